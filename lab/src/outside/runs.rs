//! The rounds of the programs as plain functions, which is what rows are made of.

use super::System;
use super::crew;
use super::protocol::Workload;
use crate::meter::Cost;
use crate::tally::Fault;
use crate::workload::{
    BroadcastRuns, Job, LatestRuns, LockRuns, ManyRuns, MixRuns, PickRuns, Run, SyncRuns, TaskRuns,
};

/// A system as a type, for a plain function holds no value.
pub(crate) trait Peer: 'static {
    const SYSTEM: System;
}

fn ask<P: Peer>(workload: Workload, job: Job) -> Result<Cost, Fault> {
    crew::ask(P::SYSTEM, workload, job)
}

pub(crate) fn task_runs<P: Peer>() -> TaskRuns {
    TaskRuns {
        ready: Some(|job| ask::<P>(Workload::Ready, job)),
        streams: Some(|job| ask::<P>(Workload::Streams, job)),
        crowd: Some(|job| ask::<P>(Workload::Streams, job)),
        ping_pong: Some(|job| ask::<P>(Workload::PingPong, job)),
        ..TaskRuns::default()
    }
}

pub(crate) fn pick_runs<P: Peer>() -> PickRuns {
    PickRuns {
        ready: Some(|job| ask::<P>(Workload::SelectReady, job)),
        plain: Some(|job| ask::<P>(Workload::SelectPlain, job)),
        recv: Some(|job| ask::<P>(Workload::SelectRecv, job)),
    }
}

pub(crate) fn mix_runs<P: Peer>() -> MixRuns {
    MixRuns {
        cross: Some(|job| ask::<P>(Workload::Cross, job)),
        cancel: Some(|job| ask::<P>(Workload::Cancel, job)),
        cancel_crowd: Some(|job| ask::<P>(Workload::Cancel, job)),
        both: Some(|job| ask::<P>(Workload::Both, job)),
    }
}

pub(crate) fn sync_runs<P: Peer>() -> SyncRuns {
    SyncRuns {
        mutex: tasks(|job| ask::<P>(Workload::Mutex, job)),
        semaphore: tasks(|job| ask::<P>(Workload::Semaphore, job)),
        rw_lock: tasks(|job| ask::<P>(Workload::RwLock, job)),
    }
}

fn tasks(run: Run) -> LockRuns {
    LockRuns { tasks: Some(run), ..LockRuns::default() }
}

pub(crate) fn many_runs<P: Peer>() -> ManyRuns {
    let broadcast: Run = |job| ask::<P>(Workload::Broadcast, job);
    ManyRuns {
        tasks: BroadcastRuns { whole: Some(broadcast), ..BroadcastRuns::default() },
        latest: LatestRuns {
            wake: Some(|job| ask::<P>(Workload::Latest, job)),
            ..LatestRuns::default()
        },
        ..ManyRuns::default()
    }
}
