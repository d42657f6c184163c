//! What is measured. A workload knows the shape of a channel and no library; it returns what the
//! round cost, or the fault that makes the round worthless.

mod attempt;
mod bridge;
mod create;
mod fill;
mod many;
mod ping_pong;
mod race;
mod ready;
mod same;
mod select;
mod streams;
mod sync;
mod task_streams;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use self::many::{BroadcastRuns, LatestRuns, ManyRuns};
pub(crate) use self::select::{MixRuns, PickRuns};
pub(crate) use self::sync::{LockRuns, SyncRuns, WRITE_IN};
use crate::memory;
use crate::meter::Cost;
use crate::shape::{AnyTasks, AnyThreads, Bridge, Capacity, Payload, SharedTasks, SharedThreads};
use crate::tally::{Fault, Tally};

/// One round of one workload with one library.
pub(crate) type Run = fn(Job) -> Result<Cost, Fault>;

/// The size of a round. `messages` is a multiple of `producers`, and of the batch where a workload
/// works in batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) capacity: Capacity,
    pub(crate) producers: usize,
    pub(crate) consumers: usize,
    /// Worker threads of the runtime; threads have none.
    pub(crate) workers: usize,
    pub(crate) messages: usize,
    /// The channels that a select chooses from.
    pub(crate) arms: usize,
    /// How many of them are sent into.
    pub(crate) busy: usize,
    /// Steps of work, in the mean, after each operation of either side, where a workload has two
    /// sides that go on by themselves.
    pub(crate) work: u32,
    /// Whether a task gives way to all others while it holds a lock.
    pub(crate) yields: bool,
    pub(crate) payload: Payload,
}

impl Job {
    /// One producer, one consumer, one channel, nothing to do.
    pub(crate) const fn at(capacity: Capacity) -> Self {
        Self {
            capacity,
            producers: 1,
            consumers: 1,
            workers: 0,
            messages: 1,
            arms: 1,
            busy: 1,
            work: 0,
            yields: false,
            payload: Payload::Word,
        }
    }

    /// How many messages each producer sends.
    fn share(self) -> usize {
        self.messages / self.producers
    }

    fn tally(self) -> Tally {
        Tally::new(self.producers, self.consumers == 1 && self.busy == 1)
    }

    fn check(self, received: &Tally) -> Result<(), Fault> {
        received.check(self.producers, self.share())
    }

    fn check_all(self, tallies: &[Tally]) -> Result<(), Fault> {
        let mut received = self.tally();
        tallies.iter().for_each(|tally| received.add(tally));
        self.check(&received)
    }

    /// The messages sent before the first is received, where a workload works in batches.
    pub(crate) fn batch(self) -> usize {
        self.capacity.room_or(1024)
    }
}

/// Calls `run::<R, M>` with the payload that the job names.
macro_rules! by_payload {
    ($job:expr, $run:ident::<$channel:ident>) => {
        match $job.payload {
            $crate::shape::Payload::Word => $run::<$channel, usize>($job),
            $crate::shape::Payload::Bytes32 => $run::<$channel, [u64; 4]>($job),
            $crate::shape::Payload::Boxed => $run::<$channel, Box<usize>>($job),
        }
    };
}
use by_payload;

/// Everything a blocking channel is put through. Whoever cannot do something leaves it out; a
/// rival that is no library fills in functions of its own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ThreadRuns {
    pub(crate) create: Option<Run>,
    pub(crate) once: Option<Run>,
    pub(crate) same: Option<Run>,
    pub(crate) fill: Option<Run>,
    pub(crate) attempt: Option<Run>,
    pub(crate) empty: Option<Run>,
    pub(crate) full: Option<Run>,
    /// Any number of producers, one consumer.
    pub(crate) streams: Option<Run>,
    /// Any number of both.
    pub(crate) crowd: Option<Run>,
    pub(crate) ping_pong: Option<Run>,
    pub(crate) hold: Option<memory::Run>,
}

impl ThreadRuns {
    pub(crate) fn of<R: SharedThreads>() -> Self {
        Self { crowd: Some(streams::crowd::<R>), ..Self::of_lone::<R>() }
    }

    /// Of a channel whose receiver is not shared.
    pub(crate) fn of_lone<R: AnyThreads>() -> Self {
        Self {
            create: Some(create::create::<R>),
            once: Some(create::once::<R>),
            same: Some(same::run::<R>),
            fill: Some(fill::run::<R>),
            attempt: Some(attempt::both::<R>),
            empty: Some(attempt::empty::<R>),
            full: Some(attempt::full::<R>),
            streams: Some(streams::lone::<R>),
            crowd: None,
            ping_pong: Some(ping_pong::threads::<R>),
            hold: Some(memory::of_threads::<R>),
        }
    }
}

/// Everything a channel of futures is put through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TaskRuns {
    pub(crate) ready: Option<Run>,
    /// Any number of producers, one consumer.
    pub(crate) streams: Option<Run>,
    /// Any number of both.
    pub(crate) crowd: Option<Run>,
    pub(crate) ping_pong: Option<Run>,
    pub(crate) hold: Option<memory::Run>,
    /// Many tasks that wait in a receive; needs receivers that are shared.
    pub(crate) receivers: Option<memory::Run>,
    /// Many tasks that wait in a send.
    pub(crate) senders: Option<memory::Run>,
}

impl TaskRuns {
    pub(crate) fn of<R: SharedTasks>() -> Self {
        Self {
            crowd: Some(task_streams::crowd::<R>),
            receivers: Some(memory::receivers::<R>),
            ..Self::of_lone::<R>()
        }
    }

    /// Of a channel whose receiver is not shared.
    pub(crate) fn of_lone<R: AnyTasks>() -> Self {
        Self {
            ready: Some(ready::run::<R>),
            streams: Some(task_streams::lone::<R>),
            crowd: None,
            ping_pong: Some(ping_pong::tasks::<R>),
            hold: Some(memory::of_tasks::<R>),
            receivers: None,
            senders: Some(memory::senders::<R>),
        }
    }
}

/// Everything a channel between a thread and a task is put through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BridgeRuns {
    pub(crate) to_task: Option<Run>,
    pub(crate) to_thread: Option<Run>,
}

impl BridgeRuns {
    pub(crate) fn of<B: Bridge>() -> Self {
        Self { to_task: Some(bridge::to_task::<B>), to_thread: Some(bridge::to_thread::<B>) }
    }
}
