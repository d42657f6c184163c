//! Are selects linearizable? The model of `spec` with several channels, and calls that take effect on
//! one of them.

#![forbid(unsafe_code)]

pub mod check;
pub mod programs;
pub mod spec;

mod faults;
pub mod random;
