//! Does `strait::task` keep its word? By phase.

#![forbid(unsafe_code)]

mod cancel;
mod failure;
mod scope;
mod world;
