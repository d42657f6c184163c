//! Plain sends and receives: on one thread, between threads, between tasks.

use super::{ALL, CROWDS, LEAST_SHARE, RENDEZVOUS, Row, Set, place, set};
use crate::rival::Rival;
use crate::shape::Capacity;
use crate::workload::{Job, Run, TaskRuns, ThreadRuns};

/// Those at which one thread can send without a receiver.
const BUFFERED: &[Capacity] = ALL.split_at(1).1;
/// Those at which filling up is more than a single send.
const ROOMY: &[Capacity] = ALL.split_at(2).1;
const BOUNDED: &[Capacity] = ALL.split_at(4).0;
/// A message that goes to and fro is never behind another: more room changes nothing.
const ALONE: [Capacity; 3] = [RENDEZVOUS, Capacity::Bounded(1), Capacity::Unbounded];

const ONE_NOTE: &str = "\
One thread does everything: sends and receives in turn (`same`), fills the channel and drains it \
(`fill`), tries (`try`), tries in vain, creates channels and drops them, uses them once.";

const CROWD_NOTE: &str = "\
So many producers and consumers. std, tokio, tachyonix and futures-channel have one receiver only; \
crossfire, async-channel, tokio and tachyonix have no rendezvous. `ping-pong` is one message to and \
fro over two channels, one way.";

pub(super) fn sets(rivals: &[&'static Rival]) -> Vec<Set> {
    vec![
        set("One thread", ONE_NOTE, one_thread(rivals)),
        set("Threads", CROWD_NOTE, crowds(rivals, 0)),
        set("Tasks, 1 worker", CROWD_NOTE, crowds(rivals, 1)),
        set("Tasks, 2 workers", CROWD_NOTE, crowds(rivals, 2)),
    ]
}

fn one_thread(rivals: &[&'static Rival]) -> Vec<Row> {
    type Pick = fn(ThreadRuns) -> Option<Run>;
    let workloads: [(&str, &[Capacity], Pick); 7] = [
        ("same", BUFFERED, |runs| runs.same),
        ("fill", ROOMY, |runs| runs.fill),
        ("try", BUFFERED, |runs| runs.attempt),
        ("try-empty", &ALL, |runs| runs.empty),
        ("try-full", BOUNDED, |runs| runs.full),
        ("create", &ALL, |runs| runs.create),
        ("create-use", BUFFERED, |runs| runs.once),
    ];
    let mut rows = Vec::new();
    for (workload, capacities, pick) in workloads {
        for &capacity in capacities {
            let mut job = Job::at(capacity);
            if workload == "fill" {
                job.messages = job.batch();
            }
            let name = format!("threads/{workload}/{capacity}");
            rows.push(Row::new(&name, job, rivals, |rival| {
                (rival.threads)(capacity).and_then(pick)
            }));
        }
    }
    rows
}

/// On threads if there are no workers.
fn crowds(rivals: &[&'static Rival], workers: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    if workers > 0 {
        for &capacity in BUFFERED {
            rows.push(ready(rivals, Job { workers, ..Job::at(capacity) }));
        }
    }
    let many = (workers > 0).then_some(("1000x1000", 1000, 1000));
    for (crowd, producers, consumers) in CROWDS.into_iter().chain(many) {
        for capacity in ALL {
            let job = Job { producers, consumers, workers, ..Job::at(capacity) };
            rows.push(streams(rivals, crowd, job));
        }
    }
    for capacity in ALONE {
        let job = Job { workers, messages: 2, ..Job::at(capacity) };
        let name = format!("{}/ping-pong/{capacity}", place(workers));
        rows.push(Row::new(&name, job, rivals, |rival| match workers {
            0 => (rival.threads)(capacity)?.ping_pong,
            _ => (rival.tasks)(capacity)?.ping_pong,
        }));
    }
    rows
}

/// One task that sends and receives in turn.
pub(super) fn ready(rivals: &[&'static Rival], job: Job) -> Row {
    let name = format!("{}/ready/{}", place(job.workers), job.capacity);
    Row::new(&name, job, rivals, |rival| (rival.tasks)(job.capacity)?.ready)
}

/// Producers and consumers as the job says.
pub(super) fn streams(rivals: &[&'static Rival], crowd: &str, job: Job) -> Row {
    let name = format!("{}/{crowd}/{}", place(job.workers), job.capacity);
    let job = Job { messages: job.producers * LEAST_SHARE, ..job };
    Row::new(&name, job, rivals, |rival| run(rival, job))
}

/// What runs such a job between producers and consumers.
pub(super) fn run(rival: &Rival, job: Job) -> Option<Run> {
    let ThreadRuns { streams, crowd, .. } = match job.workers {
        0 => (rival.threads)(job.capacity)?,
        _ => {
            let TaskRuns { streams, crowd, .. } = (rival.tasks)(job.capacity)?;
            ThreadRuns { streams, crowd, ..ThreadRuns::default() }
        }
    };
    if job.consumers == 1 { streams } else { crowd }
}
