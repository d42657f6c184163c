//! Channels for threads and tasks alike.

mod builder;
mod close;
mod core;
mod error;
pub mod futures;
mod gate;
mod inspect;
mod iter;
mod list;
#[cfg(all(test, strait_loom))]
mod loom;
mod oneshot;
mod overflow;
mod receiver;
mod recv;
mod send;
mod sender;
mod state;
mod weak;

use self::inspect::{describe, inspect};

pub use self::builder::Builder;
pub use self::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use self::iter::{Drain, IterBlocking};
pub use self::oneshot::{OneshotReceiver, OneshotSender};
pub use self::overflow::{Overflow, OverflowSender};
pub use self::receiver::Receiver;
pub use self::sender::Sender;
pub use self::weak::{WeakReceiver, WeakSender};

/// A channel without a buffer.
pub fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    bounded(0)
}

/// A channel that holds up to `capacity` messages.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    Builder::new().capacity(capacity).build()
}

/// A channel without a limit.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    Builder::new().unbounded().build()
}

/// A channel that keeps the newest message only.
pub fn conflated<T>() -> (OverflowSender<T>, Receiver<T>) {
    overflowing(1, Overflow::DropOldest)
}

/// A channel whose sends never wait.
pub fn overflowing<T>(capacity: usize, overflow: Overflow) -> (OverflowSender<T>, Receiver<T>) {
    overflow::make(capacity, overflow)
}

/// A channel for one message.
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    oneshot::pair()
}

/// A receiver that never receives and whose channel never closes by itself.
pub fn never<T>() -> Receiver<T> {
    receiver::never()
}
