//! Channels of which every receiver sees every message, or the latest value. `producers` send,
//! `consumers` receive.
//!
//! - `threads`, `tasks`: broadcast; `pace`: how nothing is overwritten where a channel would;
//!   `latest`: one value.

mod latest;
mod pace;
mod tasks;
mod threads;

use super::{Job, Run};
use crate::memory;
use crate::shape::{Latest, TaskBroadcast, ThreadBroadcast};
use crate::tally::{Fault, Tally};

/// Everything the channels of one to many of a library are put through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ManyRuns {
    pub(crate) threads: BroadcastRuns,
    pub(crate) tasks: BroadcastRuns,
    /// Many tasks that wait for a message.
    pub(crate) wait: Option<memory::Run>,
    pub(crate) latest: LatestRuns,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BroadcastRuns {
    /// Senders wait until every receiver has seen what they would overwrite; `None` where they
    /// do not.
    pub(crate) whole: Option<Run>,
    /// All senders wait after so many messages as there is room for.
    pub(crate) paced: Option<Run>,
    pub(crate) hold: Option<memory::Run>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LatestRuns {
    pub(crate) read: Option<Run>,
    pub(crate) send: Option<Run>,
    pub(crate) wake: Option<Run>,
    pub(crate) hold: Option<memory::Run>,
    pub(crate) wait: Option<memory::Run>,
}

impl ManyRuns {
    /// Of a channel that overwrites nothing that is still to be seen.
    pub(crate) fn whole_threads<B: ThreadBroadcast>(self) -> Self {
        let mut runs = self.paced_threads::<B>();
        runs.threads.whole = Some(threads::whole::<B>);
        runs
    }

    pub(crate) fn whole_tasks<B: TaskBroadcast>(self) -> Self {
        let mut runs = self.paced_tasks::<B>();
        runs.tasks.whole = Some(tasks::whole::<B>);
        runs
    }

    /// Of any channel.
    pub(crate) fn paced_threads<B: ThreadBroadcast>(mut self) -> Self {
        self.threads.paced = Some(threads::paced::<B>);
        self.threads.hold = Some(memory::broadcast_of_threads::<B>);
        self
    }

    pub(crate) fn paced_tasks<B: TaskBroadcast>(mut self) -> Self {
        self.tasks.paced = Some(tasks::paced::<B>);
        self.tasks.hold = Some(memory::broadcast_of_tasks::<B>);
        self.wait = Some(memory::broadcast_receivers::<B>);
        self
    }

    pub(crate) fn latest<L: Latest>(mut self) -> Self {
        self.latest = LatestRuns {
            read: Some(latest::read::<L>),
            send: Some(latest::send::<L>),
            wake: Some(latest::wake::<L>),
            hold: Some(memory::latest::<L>),
            wait: Some(memory::latest_receivers::<L>),
        };
        self
    }
}

/// Every receiver must have seen all messages, each sender's in their order.
fn tally(job: Job) -> Tally {
    Tally::new(job.producers, true)
}

fn check(job: Job, tallies: &[Tally]) -> Result<(), Fault> {
    tallies.iter().try_for_each(|tally| job.check(tally))
}
