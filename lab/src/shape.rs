//! The shape a library must fit to be measured: static dispatch, no boxes, no vtables.
//!
//! A send or a receive answers *whether* it worked, never why: a failed one ends its loop, and the
//! count that every round checks tells on it.

use std::fmt;

/// How many messages a channel holds before a send waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    /// None: a send waits for its receive.
    Rendezvous,
    /// So many; at least one.
    Bounded(usize),
    /// No limit.
    Unbounded,
}

impl Capacity {
    /// The messages that fit without waiting, or `otherwise` where there is no limit.
    pub(crate) fn room_or(self, otherwise: usize) -> usize {
        match self {
            Self::Rendezvous => 0,
            Self::Bounded(capacity) => capacity,
            Self::Unbounded => otherwise,
        }
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rendezvous => f.write_str("0"),
            Self::Bounded(capacity) => capacity.fmt(f),
            Self::Unbounded => f.write_str("unbounded"),
        }
    }
}

/// A channel whose operations block the thread.
pub(crate) trait Threads: 'static {
    type Tx: Clone + Send + 'static;
    type Rx: Clone + Send + 'static;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx);
    fn send(tx: &Self::Tx, message: usize) -> bool;
    fn recv(rx: &Self::Rx) -> Option<usize>;
    fn try_send(tx: &Self::Tx, message: usize) -> bool;
    fn try_recv(rx: &Self::Rx) -> Option<usize>;
}

/// A channel whose operations are futures.
pub(crate) trait Tasks: 'static {
    type Tx: Clone + Send + Sync + 'static;
    type Rx: Clone + Send + Sync + 'static;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx);
    fn send(tx: &Self::Tx, message: usize) -> impl Future<Output = bool> + Send;
    fn recv(rx: &Self::Rx) -> impl Future<Output = Option<usize>> + Send;
}
