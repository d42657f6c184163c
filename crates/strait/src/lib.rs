//! Concurrency for Rust that does not exist yet.

#[doc(hidden)]
pub mod channel;
mod kernel;
