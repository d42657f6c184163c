//! What a receive from a broadcast channel can report.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

/// Why a [`recv`](super::BroadcastReceiver::recv) received nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BroadcastRecvError {
    /// The receiver was too slow: so many elements were displaced before it read them. The next
    /// receive goes on with the oldest that is there. Only in a channel that is
    /// [`lagging`](super::BroadcastBuilder::lagging).
    Lagged(u64),
    /// The channel is closed, and the receiver has received all.
    Closed,
}

/// Why a [`try_recv`](super::BroadcastReceiver::try_recv) received nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BroadcastTryRecvError {
    /// No element is there now.
    Empty,
    /// See [`BroadcastRecvError::Lagged`].
    Lagged(u64),
    /// The channel is closed, and the receiver has received all.
    Closed,
}

/// Why a timed receive received nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BroadcastRecvTimeoutError {
    /// The time ran out.
    Timeout,
    /// See [`BroadcastRecvError::Lagged`].
    Lagged(u64),
    /// The channel is closed, and the receiver has received all.
    Closed,
}

fn lagged(n: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "the receiver has missed {n} elements")
}

const CLOSED: &str = "the channel is closed and all was received";

impl fmt::Display for BroadcastRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Lagged(n) => lagged(n, f),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

impl fmt::Display for BroadcastTryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("the channel has no new element"),
            Self::Lagged(n) => lagged(n, f),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

impl fmt::Display for BroadcastRecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout => f.write_str("the receive timed out"),
            Self::Lagged(n) => lagged(n, f),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

impl Error for BroadcastRecvError {}
impl Error for BroadcastTryRecvError {}
impl Error for BroadcastRecvTimeoutError {}

impl From<BroadcastRecvError> for BroadcastTryRecvError {
    fn from(error: BroadcastRecvError) -> Self {
        match error {
            BroadcastRecvError::Lagged(n) => Self::Lagged(n),
            BroadcastRecvError::Closed => Self::Closed,
        }
    }
}

impl From<BroadcastRecvError> for BroadcastRecvTimeoutError {
    fn from(error: BroadcastRecvError) -> Self {
        match error {
            BroadcastRecvError::Lagged(n) => Self::Lagged(n),
            BroadcastRecvError::Closed => Self::Closed,
        }
    }
}
