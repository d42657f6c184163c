//! Two operations on one channel at the same moment, again and again, with the moment moved until
//! either is first as often as the other: the lost wake-up, the message between close and end, the
//! drop that meets a hand-over. `ring` holds the two threads and aims, `cases`, `selects` and `pairs` say what
//! meets what.
//! The long runs are in `stress`.

#![forbid(unsafe_code)]
#![allow(dead_code, unreachable_pub)]

pub mod cases;
mod pairs;
pub mod ring;
pub mod selects;

mod short;
