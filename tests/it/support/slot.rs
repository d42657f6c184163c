//! A send that tells what became of its message, also when its future is dropped.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};

use strait::channel::{SendError, Sender};

/// Where the message of a [`told_send`] is.
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<AtomicU8>);

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The future still has it, or never began.
    Unknown,
    /// It came back.
    Back,
    /// It was sent.
    Sent,
}

impl Told {
    /// The answer as of now.
    pub fn fate(&self) -> Fate {
        match self.0.load(SeqCst) {
            0 => Fate::Unknown,
            1 => Fate::Back,
            _ => Fate::Sent,
        }
    }
}

/// Looks, when it goes, whether the message is still in it. It goes after the future that uses it.
struct Slot<T>(Option<T>, Told);

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        self.1.0.store(if self.0.is_some() { 1 } else { 2 }, SeqCst);
    }
}

/// Sends by `send_ref` from a slot of its own.
pub async fn told_send<T>(tx: &Sender<T>, message: T, told: Told) -> Result<(), SendError<()>> {
    let mut slot = Slot(Some(message), told);
    tx.send_ref(&mut slot.0).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::hand::{hand, parked};
    use strait::channel::bounded;

    #[test]
    fn each_fate_is_told() {
        let (tx, rx) = bounded(1);
        let told = Told::default();
        let mut first = hand(told_send(&tx, 1, told.clone()));
        assert_eq!((told.fate(), first.now()), (Fate::Unknown, Ok(())));
        assert_eq!(told.fate(), Fate::Sent);
        let told = Told::default();
        let second = parked(told_send(&tx, 2, told.clone()));
        assert_eq!(told.fate(), Fate::Unknown);
        drop(second);
        assert_eq!((told.fate(), rx.drain().count()), (Fate::Back, 1));
    }
}
