//! Waiting for the first of several operations: receives from many channels, a send against a
//! receive, sends into many channels.

mod cancel;
mod mixed;
mod ready;
mod recv;
mod task_cancel;
mod task_mixed;
mod task_recv;
mod turns;

use std::time::Duration;

use super::{Job, Run};
use crate::shape::{TaskMix, TaskPick, Tasks, ThreadMix, ThreadPick};

/// Channels are kept open until the receiver has all messages, or has not got them after so long:
/// then the close ends it, and the count tells of the loss.
const LINGER: Duration = Duration::from_secs(1);

/// Everything a way of receiving from several channels is put through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PickRuns {
    pub(crate) ready: Option<Run>,
    /// What `ready` does, without a select.
    pub(crate) plain: Option<Run>,
    pub(crate) recv: Option<Run>,
}

impl PickRuns {
    pub(crate) fn of_threads<P: ThreadPick>() -> Self {
        Self {
            ready: Some(ready::threads::<P>),
            plain: Some(ready::plain_threads::<P::Channel>),
            recv: Some(recv::run::<P>),
        }
    }

    pub(crate) fn of_tasks<P: TaskPick>() -> Self {
        Self {
            ready: Some(ready::task::<P>),
            plain: Some(ready::plain_task::<P::Channel>),
            recv: Some(task_recv::run::<P>),
        }
    }
}

/// Everything a way of selecting among sends is put through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MixRuns {
    pub(crate) cross: Option<Run>,
    /// With one producer and one consumer.
    pub(crate) cancel: Option<Run>,
    /// With several of both; `None` where a channel has one receiver only.
    pub(crate) cancel_crowd: Option<Run>,
    /// The same.
    pub(crate) both: Option<Run>,
}

impl MixRuns {
    pub(crate) fn of_threads<M: ThreadMix>() -> Self {
        Self {
            cross: Some(mixed::cross::<M>),
            cancel: Some(cancel::run::<M>),
            cancel_crowd: Some(cancel::run::<M>),
            both: Some(mixed::both::<M>),
        }
    }

    pub(crate) fn of_tasks<M: TaskMix<Channel: Tasks<usize, Rx: Clone>>>() -> Self {
        Self {
            cancel_crowd: Some(task_cancel::crowd::<M>),
            both: Some(task_mixed::both::<M>),
            ..Self::of_lone_tasks::<M>()
        }
    }

    pub(crate) fn of_lone_tasks<M: TaskMix>() -> Self {
        Self {
            cross: Some(task_mixed::cross::<M>),
            cancel: Some(task_cancel::lone::<M>),
            cancel_crowd: None,
            both: None,
        }
    }
}
