//! Does `strait::graph` keep its word? Grouped as the list of behaviours that the room is held to;
//! the numbers at the tests are those of the list.

#![forbid(unsafe_code)]
#![allow(unreachable_pub)]

mod model;
mod needed;
mod probes;
mod region;
mod support;
