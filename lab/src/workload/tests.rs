//! A lab is believed only if it tells a broken channel from a sound one.

mod broken;
mod locks;
mod many;

use self::broken::{Broken, DOUBLES, LOSES, SOUND, SWAPS};
use super::{BridgeRuns, Job, MixRuns, PickRuns, Run, TaskRuns, ThreadRuns};
use crate::shape::{Capacity, Payload};
use crate::tally::Fault;

const MESSAGES: usize = 4096;
const LOST: Fault = Fault::Count { sent: MESSAGES, received: MESSAGES - 1 };
const DOUBLED: Fault = Fault::Count { sent: MESSAGES, received: MESSAGES + 1 };

/// On threads, and on tasks of one worker.
fn job(producers: usize, consumers: usize) -> Job {
    let messages = MESSAGES;
    Job { producers, consumers, messages, workers: 1, ..Job::at(Capacity::Unbounded) }
}

fn two_arms() -> Job {
    Job { arms: 2, busy: 2, ..job(2, 1) }
}

fn fault(run: Option<Run>, job: Job) -> Option<Fault> {
    run.expect("everyone has it")(job).err()
}

/// Every workload with two sides that does nothing but pass messages on.
fn streams<const HOW: u8>() -> Vec<(Option<Run>, Job)> {
    let threads = ThreadRuns::of::<Broken<HOW>>();
    let tasks = TaskRuns::of::<Broken<HOW>>();
    let bridges = BridgeRuns::of::<Broken<HOW>>();
    let (mixes, task_mixes) =
        (MixRuns::of_threads::<Broken<HOW>>(), MixRuns::of_tasks::<Broken<HOW>>());
    let lone = [threads.streams, threads.crowd, tasks.streams, tasks.crowd];
    let crowd = [threads.crowd, tasks.crowd, mixes.both, task_mixes.both];
    let cancel = [mixes.cancel_crowd, task_mixes.cancel_crowd];
    let one = [bridges.to_task, bridges.to_thread, mixes.cancel, task_mixes.cancel];
    let mut all = Vec::new();
    all.extend(lone.into_iter().flat_map(|run| [(run, job(1, 1)), (run, job(4, 1))]));
    all.extend(crowd.into_iter().chain(cancel).map(|run| (run, job(4, 4))));
    all.extend(one.map(|run| (run, job(1, 1))));
    all
}

/// Those that send and receive in turn.
fn turns<const HOW: u8>() -> Vec<(Option<Run>, Job)> {
    let threads = ThreadRuns::of::<Broken<HOW>>();
    let tasks = TaskRuns::of::<Broken<HOW>>();
    let runs = [threads.ping_pong, tasks.ping_pong];
    runs.map(|run| (run, job(1, 1))).to_vec()
}

#[test]
fn a_sound_channel_passes() {
    let runs = ThreadRuns::of::<Broken<SOUND>>();
    let tasks = TaskRuns::of::<Broken<SOUND>>();
    for run in [runs.same, runs.fill, runs.attempt, runs.empty, runs.create, runs.once, tasks.ready]
    {
        assert_eq!(fault(run, job(1, 1)), None);
    }
    for (run, job) in streams::<SOUND>().into_iter().chain(turns::<SOUND>()) {
        assert_eq!(fault(run, job), None, "{job:?}");
    }
}

#[test]
fn a_sound_channel_passes_with_work_and_with_any_payload() {
    let payloads = [Payload::Word, Payload::Bytes32, Payload::Boxed];
    for (run, job) in streams::<SOUND>() {
        for payload in payloads {
            assert_eq!(fault(run, Job { work: 3, payload, ..job }), None, "{job:?}");
        }
    }
}

#[test]
fn a_lost_message_is_a_fault() {
    for (run, job) in streams::<LOSES>() {
        assert_eq!(fault(run, job), Some(LOST), "{job:?}");
    }
    assert_eq!(fault(ThreadRuns::of::<Broken<LOSES>>().attempt, job(1, 1)), Some(LOST));
}

#[test]
fn a_doubled_message_is_a_fault() {
    for (run, job) in streams::<DOUBLES>() {
        assert_eq!(fault(run, job), Some(DOUBLED), "{job:?}");
    }
    for (run, job) in turns::<DOUBLES>() {
        assert!(fault(run, job).is_some(), "{job:?}");
    }
}

#[test]
fn a_wrong_message_is_a_fault_in_any_payload() {
    for (run, job) in streams::<SWAPS>().into_iter().chain(turns::<SWAPS>()) {
        for payload in [Payload::Word, Payload::Bytes32, Payload::Boxed] {
            assert_eq!(fault(run, Job { payload, ..job }), Some(Fault::Sum), "{job:?}");
        }
    }
    let runs = [TaskRuns::of::<Broken<SWAPS>>().ready, ThreadRuns::of::<Broken<SWAPS>>().same];
    for run in runs {
        assert_eq!(fault(run, job(1, 1)), Some(Fault::Sum));
    }
}

#[test]
fn a_full_channel_that_takes_more_is_a_fault() {
    let runs = ThreadRuns::of::<Broken<SOUND>>();
    assert_eq!(fault(runs.full, job(1, 1)), Some(Fault::Answer));
}

/// Over one channel or several, on threads and tasks.
fn picks<const HOW: u8>() -> [PickRuns; 2] {
    [PickRuns::of_threads::<Broken<HOW>>(), PickRuns::of_tasks::<Broken<HOW>>()]
}

#[test]
fn a_sound_select_passes() {
    for runs in picks::<SOUND>() {
        assert_eq!(fault(runs.recv, two_arms()), None);
        for run in [runs.ready, runs.plain] {
            assert_eq!(fault(run, Job { producers: 1, ..two_arms() }), None);
        }
    }
    for mixes in [MixRuns::of_threads::<Broken<SOUND>>(), MixRuns::of_tasks::<Broken<SOUND>>()] {
        assert_eq!(fault(mixes.cross, job(1, 1)), None);
    }
}

#[test]
fn a_message_that_a_select_never_sees_is_a_fault() {
    for runs in picks::<LOSES>() {
        assert_eq!(fault(runs.recv, two_arms()), Some(LOST));
    }
}

#[test]
fn a_send_that_was_not_chosen_and_arrives_is_a_fault() {
    for mixes in [MixRuns::of_threads::<Broken<DOUBLES>>(), MixRuns::of_tasks::<Broken<DOUBLES>>()]
    {
        assert!(matches!(fault(mixes.cross, job(1, 1)), Some(Fault::Count { .. })));
    }
}
