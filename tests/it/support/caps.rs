//! The capacities that the tests are run over.

#![forbid(unsafe_code)]

use strait::channel::{Builder, Receiver, Sender, bounded, unbounded};

/// `None` is unbounded.
pub type Cap = Option<usize>;

/// Rendezvous, the small ones where special rules apply, a middling one, and no bound.
pub const CAPS: [Cap; 6] = [Some(0), Some(1), Some(2), Some(3), Some(64), None];

/// Those with a buffer and a bound.
pub const BUFFERED: [usize; 4] = [1, 2, 3, 64];

/// A channel of that capacity.
pub fn open<T>(cap: Cap) -> (Sender<T>, Receiver<T>) {
    match cap {
        Some(capacity) => bounded(capacity),
        None => unbounded(),
    }
}

/// Fills the buffer with `0..capacity`, by `try_send`.
#[track_caller]
pub fn full<T: std::fmt::Debug>(
    capacity: usize,
    make: impl Fn(usize) -> T,
) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = bounded(capacity);
    for i in 0..capacity {
        assert!(tx.try_send(make(i)).is_ok(), "message {i} of {capacity} did not fit");
    }
    (tx, rx)
}

/// A capacity, and the choices of the builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The capacity.
    pub cap: Cap,
    /// Messages go to receivers in the order in which they began to wait.
    pub fair: bool,
    /// Receivers pass by a sender that has stopped half-way.
    pub lock_free: bool,
}

impl Kind {
    /// The four kinds of one capacity, the usual one first.
    pub fn all(cap: Cap) -> [Self; 4] {
        [(false, false), (true, false), (false, true), (true, true)].map(|(fair, lock_free)| Self {
            cap,
            fair,
            lock_free,
        })
    }

    /// The usual kind of that capacity.
    pub fn usual(cap: Cap) -> Self {
        Self { cap, fair: false, lock_free: false }
    }

    /// A channel of this kind.
    pub fn open<T>(self) -> (Sender<T>, Receiver<T>) {
        let builder = Builder::new().fair(self.fair).lock_free(self.lock_free);
        match self.cap {
            Some(capacity) => builder.capacity(capacity).build(),
            None => builder.unbounded().build(),
        }
    }
}
