//! Does `strait::graph` keep its word? Grouped as the list of behaviours that the room is held to;
//! the numbers at the tests are those of the list.

#![deny(unsafe_code)]
#![allow(unreachable_pub)]

mod dump;
mod globals;
#[allow(unsafe_code)]
mod interop;
mod model;
mod needed;
mod probes;
mod region;
mod support;
