//! What is measured. A workload knows the shape of a channel and no library; it returns what the
//! round cost, or the fault that makes the round worthless.

mod attempt;
mod create;
mod fill;
mod ready;
mod same;
mod select;
mod streams;
mod task_streams;
#[cfg(test)]
mod tests;

pub(crate) use self::select::{MixRuns, PickRuns};
use crate::memory;
use crate::meter::Cost;
use crate::shape::{Capacity, Tasks, Threads};
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
}

impl Job {
    /// One producer, one consumer, one channel, nothing to do.
    pub(crate) const fn at(capacity: Capacity) -> Self {
        Self { capacity, producers: 1, consumers: 1, workers: 0, messages: 1, arms: 1, busy: 1 }
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

/// Everything a blocking channel is put through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadRuns {
    pub(crate) create: Run,
    pub(crate) once: Run,
    pub(crate) same: Run,
    pub(crate) fill: Run,
    pub(crate) attempt: Run,
    pub(crate) empty: Run,
    pub(crate) full: Run,
    pub(crate) streams: Run,
    pub(crate) hold: Option<memory::Run>,
}

impl ThreadRuns {
    pub(crate) fn of<R: Threads>() -> Self {
        Self {
            create: create::create::<R>,
            once: create::once::<R>,
            same: same::run::<R>,
            fill: fill::run::<R>,
            attempt: attempt::both::<R>,
            empty: attempt::empty::<R>,
            full: attempt::full::<R>,
            streams: streams::run::<R>,
            hold: Some(memory::of_threads::<R>),
        }
    }
}

/// Everything a channel of futures is put through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskRuns {
    pub(crate) ready: Run,
    pub(crate) streams: Run,
    pub(crate) hold: Option<memory::Run>,
    /// Many tasks that wait in a receive; needs receivers that are shared.
    pub(crate) receivers: Option<memory::Run>,
    /// Many tasks that wait in a send.
    pub(crate) senders: Option<memory::Run>,
}

impl TaskRuns {
    pub(crate) fn of<R: Tasks<Rx: Clone>>() -> Self {
        Self {
            ready: ready::run::<R>,
            streams: task_streams::run::<R>,
            hold: Some(memory::of_tasks::<R>),
            receivers: Some(memory::receivers::<R>),
            senders: Some(memory::senders::<R>),
        }
    }
}
