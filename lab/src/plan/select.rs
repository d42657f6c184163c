//! The rows of select: over how many channels, how many of which are sent into.

use super::{Entry, LEAST_SHARE, RENDEZVOUS, Row, Set, entries};
use crate::rival::Rival;
use crate::shape::{Capacity, MIXED};
use crate::workload::{Job, MixRuns, Run};

const BUFFER: Capacity = Capacity::Bounded(64);

const READY_NOTE: &str = "\
One message at a time is sent and found by a select over so many receives, in one channel or going \
round over all. × is the ratio to the plain operation in CPU time: the same without a select. Macros take the \
arms that the source names: here 2 and 8, and the 64 that tokio and strait can have at most.";

const WAITING_NOTE: &str = "\
`select-recv`: one receiver selects over so many channels of capacity 64, one sender sends into \
one of them, or two go round over all. `select-mixed/cross`: two select between a send to and a \
receive from the other. `select-mixed/both`: 4 select among 4 sends, 4 among 4 receives. \
`select-cancel`: sends that a receive can cancel. Left out, as they cannot: macros over 1000 arms; \
sends in the `Select` of crossfire; the threads of kanal, which have no select; tokio where several \
receive from one channel; async-channel, tokio and crossfire at capacity 0; flume as a thread in \
`select-mixed/both`, which hangs. A round in which a send that lost was delivered, or a receive \
that lost took a message with it, is an error and no time. Those who are much slower than the \
fastest get fewer messages.";

/// Over how many receives a message that is there is found, or one is waited for.
const READY: [usize; 3] = [2, 8, 64];
const WAITING: [usize; 4] = [2, 8, 64, 1000];

/// The producers of rows where all channels are sent into.
const ROUND: usize = 2;

pub(super) fn sets(rivals: &[&'static Rival]) -> Vec<Set> {
    let set = |title, note, rows| Set { title, note, apart: true, rows };
    vec![
        set("Select, one thread", READY_NOTE, ready(rivals, "threads")),
        set("Select, one task", READY_NOTE, ready(rivals, "task")),
        set("Select, threads", WAITING_NOTE, waiting(rivals, 0)),
        set("Select, tasks, 1 worker", WAITING_NOTE, waiting(rivals, 1)),
        set("Select, tasks, 2 workers", WAITING_NOTE, waiting(rivals, 2)),
    ]
}

fn ready(rivals: &[&'static Rival], place: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for capacity in [BUFFER, Capacity::Unbounded] {
        for arms in READY {
            for (load, busy) in [("one", 1), ("all", arms)] {
                let picks = |rival: &Rival| match place {
                    "task" => (rival.task_picks)(arms, capacity),
                    _ => (rival.thread_picks)(arms, capacity),
                };
                let entry = |&rival: &&'static Rival| {
                    let runs = picks(rival)?;
                    Some(Entry { rival, run: runs.ready, plain: Some(runs.plain) })
                };
                rows.push(Row {
                    name: format!("{place}/select-ready/{arms}/{load}/{capacity}"),
                    job: Job { arms, busy, ..Job::at(capacity) },
                    entries: rivals.iter().filter_map(entry).collect(),
                    quick: true,
                    rounds: None,
                });
            }
        }
    }
    rows
}

/// On threads if there are no workers.
fn waiting(rivals: &[&'static Rival], workers: usize) -> Vec<Row> {
    let place = if workers == 0 { "threads".to_owned() } else { format!("tasks{workers}") };
    let mut rows = Vec::new();
    for arms in WAITING {
        for (load, producers, busy) in [("one", 1, 1), ("all", ROUND, arms)] {
            let messages = producers * LEAST_SHARE;
            let job = Job { producers, workers, messages, arms, busy, ..Job::at(BUFFER) };
            let picks = |rival: &Rival| match workers {
                0 => (rival.thread_picks)(arms, BUFFER),
                _ => (rival.task_picks)(arms, BUFFER),
            };
            let entries = entries(rivals, |rival| picks(rival).map(|runs| runs.recv));
            rows.push(Row {
                name: format!("{place}/select-recv/{arms}/{load}"),
                job,
                entries,
                quick: true,
                rounds: None,
            });
        }
    }
    type Pick = fn(MixRuns) -> Option<Run>;
    let mixes: [(&str, usize, Pick); 4] = [
        ("select-mixed/cross", 1, |runs| Some(runs.cross)),
        ("select-mixed/both", MIXED, |runs| runs.both),
        ("select-cancel/spsc", 1, |runs| Some(runs.cancel)),
        ("select-cancel/mpmc4x4", 4, |runs| runs.cancel_crowd),
    ];
    for (workload, crowd, pick) in mixes {
        for capacity in [RENDEZVOUS, BUFFER] {
            let (producers, consumers) = (crowd, crowd);
            let messages = producers * LEAST_SHARE;
            let job = Job { producers, consumers, workers, messages, ..Job::at(capacity) };
            let mixes = |rival: &Rival| match workers {
                0 => (rival.thread_mixes)(capacity),
                _ => (rival.task_mixes)(capacity),
            };
            let entries = entries(rivals, |rival| mixes(rival).and_then(pick));
            rows.push(Row {
                name: format!("{place}/{workload}/{capacity}"),
                job,
                entries,
                quick: true,
                rounds: None,
            });
        }
    }
    rows
}
