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

/// A channel whose operations are futures. Libraries whose receivers are not shared take part where
/// one is enough.
pub(crate) trait Tasks: 'static {
    type Tx: Clone + Send + Sync + 'static;
    type Rx: Send + 'static;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx);
    fn send(tx: &Self::Tx, message: usize) -> impl Future<Output = bool> + Send;
    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<usize>> + Send;
    fn try_send(tx: &Self::Tx, message: usize) -> bool;
}

/// What one who selects again and again is told: by callbacks, so that an idiom may keep between
/// two selects whatever it can keep.
pub(crate) trait Turns {
    /// Before each select: whether there is to be one.
    fn go_on(&mut self) -> bool;
    /// After it: what it received.
    fn take(&mut self, message: usize);
}

/// A thread's way of receiving from whichever channel is first.
pub(crate) trait ThreadPick: 'static {
    type Channel: Threads;

    /// Selects until `turns` ends it, or until an arm is closed.
    fn serve<T: Turns>(rxs: &[<Self::Channel as Threads>::Rx], turns: &mut T);
}

/// The same for a task.
pub(crate) trait TaskPick: 'static {
    type Channel: Tasks;

    fn serve<T: Turns + Send>(
        rxs: &mut [<Self::Channel as Tasks>::Rx],
        turns: &mut T,
    ) -> impl Future<Output = ()> + Send;
}

/// What a select between a send and a receive came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Sent,
    Received(usize),
    Closed,
}

/// How many channels [`ThreadMix::send_any`] and [`TaskMix::send_any`] choose from.
pub(crate) const MIXED: usize = 4;

/// A thread's way of selecting among sends.
pub(crate) trait ThreadMix: 'static {
    type Channel: Threads;
    /// How the other side of `send_any` receives.
    type Pick: ThreadPick<Channel = Self::Channel>;

    fn either(
        tx: &<Self::Channel as Threads>::Tx,
        message: usize,
        rx: &<Self::Channel as Threads>::Rx,
    ) -> Event;
    fn send_any(txs: &[<Self::Channel as Threads>::Tx], message: usize) -> bool;
}

/// The same for a task.
pub(crate) trait TaskMix: 'static {
    type Channel: Tasks;
    type Pick: TaskPick<Channel = Self::Channel>;

    fn either(
        tx: &<Self::Channel as Tasks>::Tx,
        message: usize,
        rx: &mut <Self::Channel as Tasks>::Rx,
    ) -> impl Future<Output = Event> + Send;
    fn send_any(
        txs: &[<Self::Channel as Tasks>::Tx],
        message: usize,
    ) -> impl Future<Output = bool> + Send;
}
