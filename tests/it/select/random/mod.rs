//! Random programs of selects: tasks and threads that send and receive over several channels of all
//! kinds, by selects with one to five arms and by plain calls, with futures given up at random and
//! channels closed at random. Every message is accounted for once, of a select one arm is done and
//! nothing of the others, each consumer hears each producer in order, nobody sleeps beside work.
//!
//! `world` says what all share, and why a program ends unless a wake-up is lost; `arms` is one select;
//! `actors` are those who run them; `rounds` puts them on executors. The long runs are in `stress`.

#![forbid(unsafe_code)]
#![allow(dead_code, unreachable_pub)]

pub mod actors;
pub mod arms;
pub mod plain;
pub mod rounds;
pub mod world;

mod short;
