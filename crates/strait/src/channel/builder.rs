//! The choices that are rarely made.

#![forbid(unsafe_code)]

use crate::kernel::prim::Arc;

use super::core::{Config, Core};
use super::receiver::Receiver;
use super::sender::Sender;

/// Makes a channel with choices that the constructors leave at their defaults.
///
/// # Examples
/// ```
/// let (tx, rx) = strait::channel::Builder::new().capacity(16).fair(true).build();
/// tx.try_send(1).unwrap();
/// assert_eq!(rx.try_recv(), Ok(1));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    config: Config,
}

impl Builder {
    /// A rendezvous channel, not fair, not lock-free.
    pub fn new() -> Self {
        let config = Config { capacity: Some(0), fair: false, lock_free: false, displaces: false };
        Self { config }
    }

    /// How many messages the channel holds without a send that waits; 0 is a rendezvous channel.
    ///
    /// Memory is taken as messages come, so a large capacity costs nothing in itself.
    pub fn capacity(mut self, capacity: usize) -> Self {
        self.config.capacity = Some(capacity);
        self
    }

    /// No limit: sends never wait.
    pub fn unbounded(mut self) -> Self {
        self.config.capacity = None;
        self
    }

    /// Whether a receive that comes later may not overtake one that waits.
    ///
    /// By default it may: a receiver that runs takes a message that a sleeping receiver was
    /// woken for, which then waits on, at the head of the line. With `true` messages go to
    /// receivers in the order in which they began to wait, which costs a context switch for
    /// each message as soon as receivers wait. A message that is there for a woken receiver then
    /// counts as absent for `try_recv`.
    ///
    /// Sends are always admitted in order.
    pub fn fair(mut self, fair: bool) -> Self {
        self.config.fair = fair;
        self
    }

    /// Whether a receiver passes by a sender that the system stopped between taking its place in
    /// line and putting its message there.
    ///
    /// By default receivers wait for it, as in most channels: the window is a few instructions.
    /// With `true` such a sender loses its place and takes a new one; each send costs one atomic
    /// read-modify-write more. Messages are handed over without a lock then; looking up memory,
    /// once in 64 operations, and going to sleep still take short ones. While a sender is passed by it
    /// holds two places, so `try_send` may find a bounded channel full one message early.
    pub fn lock_free(mut self, lock_free: bool) -> Self {
        self.config.lock_free = lock_free;
        self
    }

    /// Makes the channel.
    pub fn build<T>(self) -> (Sender<T>, Receiver<T>) {
        let core = Arc::new(Core::new(self.config));
        (Sender::counted(Arc::clone(&core)), Receiver::counted(core))
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}
