//! What a broadcast channel does with slow receivers, and for those that come late.

#![forbid(unsafe_code)]

use crate::kernel::prim::Arc;

use super::core::Core;
use super::reader::Reader;
use super::receiver::BroadcastReceiver;
use super::ring::Config;
use super::sender::BroadcastSender;

/// The largest capacity; the slots are made at once.
const MOST: usize = 1 << 28;

/// Makes a broadcast channel with choices that [`broadcast`](crate::channel::broadcast()) leaves at
/// their defaults.
///
/// # Examples
/// ```
/// use strait::channel::{BroadcastBuilder, BroadcastRecvError};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (tx, mut rx) = BroadcastBuilder::new(2).lagging(true).replay(1).build();
/// for i in 1..=5 {
///     tx.try_send(i).unwrap();
/// }
/// assert_eq!(rx.recv().await, Err(BroadcastRecvError::Lagged(3)));
/// assert_eq!(rx.recv().await, Ok(4));
/// let mut late = tx.subscribe();
/// assert_eq!(late.recv().await, Ok(5));
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct BroadcastBuilder {
    config: Config,
}

impl BroadcastBuilder {
    /// A channel for `capacity` elements in which senders wait for slow receivers, and nothing is
    /// replayed. A capacity of 0 counts as 1.
    ///
    /// # Panics
    /// If `capacity` is more than 2^28: the slots are allocated when the channel is made.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity <= MOST, "a broadcast channel holds up to 2^28 elements");
        Self { config: Config { capacity: capacity.max(1), lags: false, replay: 0 } }
    }

    /// Whether a receiver that is `capacity` elements behind loses the oldest instead of making
    /// senders wait. It is told how many it has lost.
    pub fn lagging(mut self, lagging: bool) -> Self {
        self.config.lags = lagging;
        self
    }

    /// How many of the last elements a new receiver gets first; the capacity at the most.
    ///
    /// Elements then stay in the channel until they are displaced by new ones, also when all
    /// receivers have read them, or there is none.
    pub fn replay(mut self, elements: usize) -> Self {
        self.config.replay = elements;
        self
    }

    /// Makes the channel, with one receiver.
    pub fn build<T>(self) -> (BroadcastSender<T>, BroadcastReceiver<T>) {
        let replay = self.config.replay.min(self.config.capacity);
        let core = Arc::new(Core::new(Config { replay, ..self.config }));
        let reader = Reader::first(Arc::clone(&core));
        (BroadcastSender::counted(core), BroadcastReceiver::new(reader))
    }
}
