//! Channels for threads and tasks alike.
//!
//! # Which one
//! | constructor | a send waits | use it for |
//! |---|---|---|
//! | [`rendezvous()`] | until a receiver takes the message, or is there to take it | handing over, with no message in between |
//! | [`bounded(n)`](bounded) | while `n` messages are there | most things: the receiver's pace limits the sender's |
//! | [`unbounded()`] | never | events that must not wait, and are few |
//! | [`conflated()`] | never; the newest message displaces the older one | states, of which only the latest counts |
//! | [`overflowing(n, _)`](overflowing) | never; the oldest, or the new one, comes back | samples and logs that may be thinned out |
//! | [`oneshot()`] | never | one answer |
//! | [`broadcast(n)`](broadcast()) | while a receiver is `n` elements behind | events that all are to hear of |
//! | [`latest(v)`](latest()) | never; the newest value replaces the older one | states that all are to see |
//! | [`never()`] | – | the arm of a choice that is switched off |
//!
//! All but the last two have any number of senders and receivers, and each message goes to one
//! receiver. The rarely made choices are in [`Builder`].
//!
//! # What is promised
//! * **Order.** Messages are received in the order in which their sends took their places. If one
//!   `send` returned before another began, its message is received first.
//! * **Nothing is lost or doubled**, whenever futures are dropped. A receive takes a message only
//!   in the poll that returns it. A send that is dropped either withdrew its message or had taken
//!   effect; [`Sender::send_ref`] tells which.
//! * **No wake-up is lost.** A waiting receive that was woken and is dropped wakes the next one.
//! * **The end.** [`close`](Sender::close), or the last sender going, ends sending: what is there
//!   (waiting sends included) can be received, then receives fail. [`cancel`](Sender::cancel), or
//!   the last receiver going, drops what is there at once and gives waiting sends their messages
//!   back: a message may hold the reply channel that somebody waits on.
//! * **Memory** is taken as messages come and given back after a burst (on Linux; elsewhere it is
//!   kept for the next burst until the channel is dropped). The messages of sends that wait are in
//!   the channel already, so the bound on memory is the capacity *and* the number of senders.
//!
//! # What is not
//! * Receivers may overtake each other, unless the channel is [`fair`](Builder::fair).
//! * A sender that is stopped by the system between two particular instructions delays receivers
//!   until it goes on, unless the channel is [`lock_free`](Builder::lock_free).
//! * [`Sender::len`] and its like are outdated at once when others are at work: do not decide by
//!   them, use `try_send` and `try_recv`.
//! * A send that waits in a select counts as there, in `len` and for those behind it, until the
//!   select has run, for which it was woken.
//! * A future that is leaked (`mem::forget`) while it waits stays in line: a send is delivered, a
//!   receive may swallow one wake-up.
//!
//! # Cost
//! Sending and receiving are O(1); so is dropping a future that waits. The algorithm, and what it
//! owes to whom, is described at the head of `channel/core.rs`.

#[doc(hidden)]
pub mod arms;
mod broadcast;
mod builder;
mod choice;
mod close;
mod common;
mod core;
#[cfg(all(test, strait_count))]
mod counts;
mod crowd;
mod error;
pub mod futures;
mod gate;
mod iter;
mod latest;
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
#[cfg(test)]
mod tests;
mod weak;

use self::common::{common, describe};

pub use self::broadcast::{
    BroadcastBuilder, BroadcastReceiver, BroadcastRecvError, BroadcastRecvTimeoutError,
    BroadcastRef, BroadcastSender, BroadcastTryRecvError,
};
pub use self::builder::Builder;
pub use self::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use self::iter::{Drain, IterBlocking};
pub use self::latest::{LatestReceiver, LatestRef, LatestSender};
pub use self::oneshot::{OneshotReceiver, OneshotSender};
pub use self::overflow::{Overflow, OverflowSender};
pub use self::receiver::Receiver;
pub use self::sender::Sender;
pub use self::weak::{WeakReceiver, WeakSender};

/// A channel without a buffer: a send waits until a receiver takes its message, or is there to
/// take it.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (tx, rx) = strait::channel::rendezvous();
/// assert!(tx.try_send(0).is_err(), "nobody is there");
/// let (sent, received) = tokio::join!(tx.send(1), rx.recv());
/// assert_eq!((sent, received), (Ok(()), Ok(1)));
/// # });
/// ```
pub fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    bounded(0)
}

/// A channel that holds up to `capacity` messages; then sends wait. `bounded(0)` is
/// [`rendezvous()`].
///
/// A large capacity costs nothing in itself: memory is taken as messages come. Capacities from
/// 2^38 on are as good as unbounded.
///
/// # Examples
/// ```
/// let (tx, rx) = strait::channel::bounded(1);
/// tx.try_send("first").unwrap();
/// assert!(tx.try_send("second").unwrap_err().is_full());
/// assert_eq!(rx.try_recv(), Ok("first"));
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    Builder::new().capacity(capacity).build()
}

/// A channel without a limit: sends never wait.
///
/// # Examples
/// ```
/// let (tx, rx) = strait::channel::unbounded();
/// (0..1000).for_each(|i| tx.try_send(i).unwrap());
/// assert_eq!(rx.len(), 1000);
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    Builder::new().unbounded().build()
}

/// A channel that keeps the newest message only; the one it displaces goes back to the sender.
///
/// # Examples
/// ```
/// let (tx, rx) = strait::channel::conflated();
/// tx.push(1).unwrap();
/// assert_eq!(tx.push(2), Ok(Some(1)));
/// assert_eq!(rx.try_recv(), Ok(2));
/// ```
pub fn conflated<T>() -> (OverflowSender<T>, Receiver<T>) {
    overflowing(1, Overflow::DropOldest)
}

/// A channel that holds up to `capacity` messages and whose sends never wait: when it is full, a
/// message goes back to the sender. A capacity of 0 counts as 1.
///
/// # Examples
/// ```
/// use strait::channel::{Overflow, overflowing};
/// let (tx, rx) = overflowing(2, Overflow::DropOldest);
/// let back: Vec<_> = (1..=4).filter_map(|i| tx.push(i).unwrap()).collect();
/// assert_eq!(back, [1, 2]);
/// assert_eq!(rx.drain().collect::<Vec<_>>(), [3, 4]);
/// ```
pub fn overflowing<T>(capacity: usize, overflow: Overflow) -> (OverflowSender<T>, Receiver<T>) {
    overflow::make(capacity, overflow)
}

/// A channel for one message.
///
/// # Examples
/// ```
/// let (tx, rx) = strait::channel::oneshot();
/// std::thread::spawn(move || tx.send(42));
/// assert_eq!(rx.recv_blocking(), Ok(42));
/// ```
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    oneshot::pair()
}

/// A channel in which every receiver gets every element.
///
/// It holds up to `capacity` elements that some receiver has not received yet; then sends wait. A
/// capacity of 0 counts as 1. Elements are dropped when all have received them. A receiver that is
/// kept and does not receive makes senders wait; [`BroadcastBuilder`] has the other way, in which it
/// loses the oldest, and a replay for receivers that come late.
///
/// # Panics
/// If `capacity` is more than 2^28: the slots are allocated when the channel is made.
///
/// # Examples
/// ```
/// let (tx, mut first) = strait::channel::broadcast(8);
/// let mut second = tx.subscribe();
/// tx.try_send("to both").unwrap();
/// assert_eq!(first.try_recv(), Ok("to both"));
/// assert_eq!(second.try_recv(), Ok("to both"));
/// ```
#[track_caller]
pub fn broadcast<T>(capacity: usize) -> (BroadcastSender<T>, BroadcastReceiver<T>) {
    BroadcastBuilder::new(capacity).build()
}

/// A state cell: it always has a value, every receiver sees the newest, and can wait for a change.
///
/// Values that were replaced before a receiver looked are not seen by it.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (tx, mut rx) = strait::channel::latest("starting");
/// assert_eq!(*rx.borrow(), "starting");
/// tx.send("running").unwrap();
/// assert_eq!(rx.changed().await, Ok(&"running"));
/// # });
/// ```
pub fn latest<T>(value: T) -> (LatestSender<T>, LatestReceiver<T>) {
    latest::pair(value)
}

/// A receiver that never receives: its channel has no sender and does not close by itself.
///
/// # Examples
/// ```
/// use strait::channel::TryRecvError;
/// let rx = strait::channel::never::<u8>();
/// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
/// ```
pub fn never<T>() -> Receiver<T> {
    receiver::never()
}
