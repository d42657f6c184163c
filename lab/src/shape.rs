//! The shape a library must fit to be measured: static dispatch, no boxes, no vtables.
//!
//! A send or a receive answers *whether* it worked, never why: a failed one ends its loop, and the
//! count that every round checks tells on it.

mod lock;
mod many;
mod payload;

use std::fmt;

pub(crate) use self::lock::{
    TaskMutex, TaskRwLock, TaskSemaphore, ThreadMutex, ThreadRwLock, ThreadSemaphore, Twins,
};
pub(crate) use self::many::{Latest, TaskBroadcast, ThreadBroadcast};
pub(crate) use self::payload::{Message, Payload};

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

/// A channel whose operations block the thread. Where receivers are not shared it takes part in
/// what one is enough for.
pub(crate) trait Threads<M: Message = usize>: 'static {
    type Tx: Clone + Send + 'static;
    type Rx: Send + 'static;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx);
    fn send(tx: &Self::Tx, message: M) -> bool;
    fn recv(rx: &mut Self::Rx) -> Option<M>;
    fn try_send(tx: &Self::Tx, message: M) -> bool;
    fn try_recv(rx: &mut Self::Rx) -> Option<M>;
}

/// A channel whose operations are futures.
pub(crate) trait Tasks<M: Message = usize>: 'static {
    type Tx: Clone + Send + 'static;
    type Rx: Send + 'static;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx);
    fn send(tx: &mut Self::Tx, message: M) -> impl Future<Output = bool> + Send;
    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<M>> + Send;
    fn try_send(tx: &mut Self::Tx, message: M) -> bool;
}

/// A channel of threads that carries every payload.
pub(crate) trait AnyThreads:
    Threads<usize> + Threads<[u64; 4]> + Threads<Box<usize>>
{
}

impl<R> AnyThreads for R where R: Threads<usize> + Threads<[u64; 4]> + Threads<Box<usize>> {}

/// The same with receivers that are shared.
pub(crate) trait SharedThreads:
    Threads<usize, Rx: Clone> + Threads<[u64; 4], Rx: Clone> + Threads<Box<usize>, Rx: Clone>
{
}

impl<R> SharedThreads for R where
    R: Threads<usize, Rx: Clone> + Threads<[u64; 4], Rx: Clone> + Threads<Box<usize>, Rx: Clone>
{
}

/// A channel of tasks that carries every payload.
pub(crate) trait AnyTasks: Tasks<usize> + Tasks<[u64; 4]> + Tasks<Box<usize>> {}

impl<R> AnyTasks for R where R: Tasks<usize> + Tasks<[u64; 4]> + Tasks<Box<usize>> {}

/// The same with receivers that are shared.
pub(crate) trait SharedTasks:
    Tasks<usize, Rx: Clone> + Tasks<[u64; 4], Rx: Clone> + Tasks<Box<usize>, Rx: Clone>
{
}

impl<R> SharedTasks for R where
    R: Tasks<usize, Rx: Clone> + Tasks<[u64; 4], Rx: Clone> + Tasks<Box<usize>, Rx: Clone>
{
}

/// A channel with a thread at one end and tasks at the other.
pub(crate) trait Bridge: 'static {
    /// What is done at the thread's end.
    type Threads: Threads;
    /// What is done at the task's end.
    type Tasks: Tasks;

    fn to_task(capacity: Capacity) -> (<Self::Threads as Threads>::Tx, <Self::Tasks as Tasks>::Rx);
    fn to_thread(
        capacity: Capacity,
    ) -> (<Self::Tasks as Tasks>::Tx, <Self::Threads as Threads>::Rx);
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
    fn serve<T: Turns>(rxs: &mut [<Self::Channel as Threads>::Rx], turns: &mut T);
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
    type Channel: Threads<usize, Rx: Clone>;
    /// How the other side of `send_any` receives.
    type Pick: ThreadPick<Channel = Self::Channel>;

    fn either(
        tx: &<Self::Channel as Threads>::Tx,
        message: usize,
        rx: &mut <Self::Channel as Threads>::Rx,
    ) -> Event;
    fn send_any(txs: &[<Self::Channel as Threads>::Tx], message: usize) -> bool;
}

/// The same for a task.
pub(crate) trait TaskMix: 'static {
    type Channel: Tasks;
    type Pick: TaskPick<Channel = Self::Channel>;

    fn either(
        tx: &mut <Self::Channel as Tasks>::Tx,
        message: usize,
        rx: &mut <Self::Channel as Tasks>::Rx,
    ) -> impl Future<Output = Event> + Send;
    fn send_any(
        txs: &mut [<Self::Channel as Tasks>::Tx],
        message: usize,
    ) -> impl Future<Output = bool> + Send;
}
