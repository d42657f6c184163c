//! Does `strait::task` keep its word? By phase.

#![forbid(unsafe_code)]

mod cancel;
mod confined;
mod dispatcher;
mod dump;
mod failure;
mod leaks;
mod scope;
mod shield;
mod timeout;
mod virtual_time;
mod world;
