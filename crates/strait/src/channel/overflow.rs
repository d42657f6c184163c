//! Channels whose sends never wait: what is too much comes back to the sender.
//!
//! *Drop the newest* refuses a message that finds no room, which is `try_send`. *Drop the oldest*
//! always takes a ticket and publishes, and then, if more than `capacity` messages are in line,
//! receives one itself. Each push adds one message and, if that is one too many, takes one out,
//! so with k pushes under way at most `capacity + k` are there, and `capacity` when they are done.
//! The one that comes back may be the push's own message, if `capacity` others came after it.

#![forbid(unsafe_code)]

use std::fmt;

use crate::kernel::patience::give_way;
use crate::kernel::prim::Arc;

use super::core::{Config, Core, FLAG_DISPLACES};
use super::error::SendError;
use super::futures::Closed;
use super::receiver::Receiver;
use super::recv::Claim;
use super::send::{Begun, Refused};

/// Which message makes way when a channel is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// The one that has been in the channel for the longest time.
    DropOldest,
    /// The one that is being sent.
    DropNewest,
}

/// The sending side of a channel that never makes a sender wait.
///
/// Made by [`conflated`](super::conflated) and [`overflowing`](super::overflowing). When the last
/// sender is dropped the channel closes: receivers get what is there, then the end.
pub struct OverflowSender<T> {
    core: Arc<Core<T>>,
}

pub(super) fn make<T>(capacity: usize, overflow: Overflow) -> (OverflowSender<T>, Receiver<T>) {
    let config = Config {
        capacity: Some(capacity.max(1)),
        fair: false,
        lock_free: false,
        displaces: overflow == Overflow::DropOldest,
    };
    let core = Arc::new(Core::new(config));
    (OverflowSender { core: Arc::clone(&core) }, Receiver::counted(core))
}

impl<T> OverflowSender<T> {
    /// Sends a message. If the channel was full, gives back the one that made way: the oldest, or
    /// with [`Overflow::DropNewest`] the message itself.
    ///
    /// # Errors
    /// [`SendError`] with the message if the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = strait::channel::conflated();
    /// assert_eq!(tx.push(1), Ok(None));
    /// assert_eq!(tx.push(2), Ok(Some(1)));
    /// assert_eq!(rx.try_recv(), Ok(2));
    /// ```
    pub fn push(&self, message: T) -> Result<Option<T>, SendError<T>> {
        if !self.core.has(FLAG_DISPLACES) {
            return match self.core.try_send(message) {
                Ok(()) => Ok(None),
                Err(Refused::Full(message)) => Ok(Some(message)),
                Err(Refused::Closed(message)) => Err(SendError(message)),
            };
        }
        match self.core.begin_send(message, false) {
            Begun::Closed(message) => Err(SendError(message)),
            Begun::Sent | Begun::Waits(_) => Ok(self.make_room()),
        }
    }

    fn make_room(&self) -> Option<T> {
        loop {
            let front = self.core.load_front();
            let rear = self.core.load_rear();
            let waiting = rear.ticket().since(front.ticket());
            if waiting <= self.core.bound() as i64 || rear.is_closed() {
                // After the close the rear counts sends that failed too. Nobody adds to the channel
                // any more; what is too much is at most one message for each push that was under
                // way then.
                return None;
            }
            match self.core.claim_at(front, &mut false, None) {
                Some(Claim::Received(message)) => return Some(message),
                Some(Claim::Stalled) => give_way(),
                Some(Claim::Empty | Claim::Left | Claim::Closed) | None => {}
            }
        }
    }

    /// Waits until the channel is closed, or its last receiver was dropped.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(&self.core)
    }
}

impl<T> Clone for OverflowSender<T> {
    fn clone(&self) -> Self {
        self.core.add_sender();
        Self { core: Arc::clone(&self.core) }
    }
}

impl<T> Drop for OverflowSender<T> {
    fn drop(&mut self) {
        self.core.drop_sender();
    }
}

impl<T> fmt::Debug for OverflowSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::describe("OverflowSender", &self.core, f)
    }
}

super::common!(OverflowSender<T>);
