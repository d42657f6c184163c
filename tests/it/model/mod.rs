//! Is the channel linearizable? Random programs run on two or three threads, with blocking calls,
//! futures polled by hand, and futures dropped; what they did is recorded with the time of each call
//! and each return, and `check` looks for an order in which a channel that does one thing at a time
//! (`spec`) could have done the same. `select` is the same for several channels and selects over them.

#![forbid(unsafe_code)]
#![allow(dead_code, unreachable_pub)]

pub mod check;
pub mod history;
pub mod programs;
pub mod select;
pub mod spec;

mod faults;
pub mod random;
