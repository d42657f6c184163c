//! Does `strait::graph` keep its word? Grouped as the list of behaviours that the room is held to;
//! the numbers at the tests are those of the list.

#![deny(unsafe_code)]
#![allow(unreachable_pub)]

mod bound;
#[allow(unsafe_code)]
mod crowd;
mod drops;
mod dump;
mod frozen;
mod globals;
#[allow(unsafe_code)]
mod interop;
mod inventory;
mod memory;
mod model;
mod needed;
mod probes;
mod region;
mod support;
