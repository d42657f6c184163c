//! Sends and receives as arms of a select.

#![forbid(unsafe_code)]

mod recv;
mod send;

pub use self::recv::{RecvArm, RecvEach, RecvManyArm};
pub use self::send::{Keep, SendArm};
