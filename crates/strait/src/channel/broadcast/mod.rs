//! Every receiver gets every element.
//!
//! `ring` has the algorithm, `slot` and `word` what it stands on; `reader` is the place of a receiver
//! in it, `core` adds those who wait, and the rest are the handles.

mod arms;
mod builder;
mod core;
mod error;
mod futures;
#[cfg(all(test, strait_loom))]
mod loom;
mod reader;
mod receiver;
mod ring;
mod sender;
mod slot;
mod word;

pub use self::arms::{BroadcastRecvArm, BroadcastRecvRefArm, BroadcastSendArm};
pub use self::builder::BroadcastBuilder;
pub use self::error::{BroadcastRecvError, BroadcastRecvTimeoutError, BroadcastTryRecvError};
pub use self::futures::{BroadcastRecv, BroadcastRecvRef, BroadcastSend};
pub use self::receiver::{BroadcastReceiver, BroadcastRef};
pub use self::sender::BroadcastSender;
