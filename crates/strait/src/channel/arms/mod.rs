//! Sends and receives as arms of a select.

#![forbid(unsafe_code)]

mod recv;
mod send;

pub use super::broadcast::{BroadcastRecvArm, BroadcastRecvRefArm, BroadcastSendArm};
pub use super::latest::{LatestChangedArm, LatestWaitForArm};

pub use self::recv::{RecvArm, RecvEach, RecvManyArm};
pub use self::send::{Keep, SendArm};
