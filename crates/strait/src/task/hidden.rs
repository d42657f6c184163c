//! What the macros expand to. Not for direct use.

#![forbid(unsafe_code)]

use std::time::Duration;

use super::blocking::run_program;
use super::scope::Scope;

/// The program of `#[strait::main]`.
#[track_caller]
pub fn main<F, Fut, T>(limit: Duration, f: F) -> T
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    run_program(limit, f).unwrap_or_else(|failure| {
        eprintln!("{failure}");
        std::process::exit(1)
    })
}
