//! One message, from one sender to one receiver: the answer to a question.
//!
//! `ends` has the handles, `state` the byte that they share and the proof that goes with it.

mod ends;
mod state;

#[cfg(all(test, strait_loom))]
mod loom;

pub use ends::{OneshotClosed, OneshotReceiver, OneshotSender};

/// The two ends of a new channel.
pub(super) fn pair<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    ends::pair()
}
