//! Futures dropped at random, by the hundred thousand: every message is accounted for once, each
//! producer is heard in order by every consumer, nobody sleeps beside work, nothing is left over.
//!
//! `world` holds the book and the two kinds of actor, as tasks; `threads` the same as threads;
//! `rounds` runs them on an executor that polls at random (`support::exec`), on tokio, and mixed.
//! The long runs are in `stress`.

#![forbid(unsafe_code)]
#![allow(dead_code, unreachable_pub)]

pub mod rounds;
pub mod threads;
pub mod world;

mod short;
