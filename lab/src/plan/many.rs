//! The rows of channels of which every receiver sees every message, or the latest value.

use super::{LEAST_SHARE, Row, Set, place};
use crate::rival::Rival;
use crate::shape::Capacity;
use crate::workload::{BroadcastRuns, Job, LatestRuns, ManyRuns, Run};

const WHOLE_NOTE: &str = "\
So many senders and receivers, at so much room; a message is one that is sent, however many receive \
it. A full channel holds its senders up until every receiver has seen what they would overwrite, \
so nothing is lost: postage, async-broadcast, Kotlin's shared flow. Each receiver must have seen \
every message, in the order of each sender.";

const PACED_NOTE: &str = "\
The same for channels that overwrite as well, tokio's and mea's: whenever the senders have filled \
the channel, together, they wait until every receiver has seen all, so that nothing is overwritten. \
They do so in the same way with every contestant, and it is in the times: one wake-up of each sender \
for so many messages as there is room.";

const LATEST_NOTE: &str = "\
One value, which every send replaces. `read`: so many threads read it, each by its own receiver, \
while nobody sends. `send`: one receiver is there and does not wait. `wake`: so many tasks wait for \
a value, and the sender waits until all have seen it before it sends the next; a message is one \
that was woken. postage copies the value for each who is woken; Kotlin's is its state flow.";

const CROWDS: [(&str, usize, usize); 4] =
    [("1x1", 1, 1), ("1x4", 1, 4), ("1x16", 1, 16), ("4x4", 4, 4)];
const ROOMS: [Capacity; 2] = [Capacity::Bounded(16), Capacity::Bounded(1024)];
const READERS: [usize; 4] = [1, 4, 16, 1000];

pub(super) fn sets(rivals: &[&'static Rival]) -> Vec<Set> {
    let set = |title, note, rows| Set { title, note, apart: true, rows };
    let whole = broadcast(rivals, "broadcast", |runs| runs.whole, &CROWDS);
    // One receiver alone is seen there.
    let paced = broadcast(rivals, "paced", |runs| runs.paced, &CROWDS[1..]);
    vec![
        set("Broadcast", WHOLE_NOTE, whole),
        set("Broadcast, paced", PACED_NOTE, paced),
        set("Latest value", LATEST_NOTE, latest(rivals)),
    ]
}

fn broadcast(
    rivals: &[&'static Rival],
    kind: &str,
    pick: fn(BroadcastRuns) -> Option<Run>,
    crowds: &[(&str, usize, usize)],
) -> Vec<Row> {
    let mut rows = Vec::new();
    for workers in 0..=2 {
        for &(crowd, producers, consumers) in crowds {
            for capacity in ROOMS {
                let messages = producers * LEAST_SHARE;
                let job = Job { producers, consumers, workers, messages, ..Job::at(capacity) };
                let name = format!("many/{kind}/{}/{crowd}/{capacity}", place(workers));
                rows.push(Row::new(&name, job, rivals, |rival| {
                    let ManyRuns { threads, tasks, .. } = (rival.many)();
                    pick(if workers == 0 { threads } else { tasks })
                }));
            }
        }
    }
    rows
}

fn latest(rivals: &[&'static Rival]) -> Vec<Row> {
    let row = |name: String, job: Job, pick: fn(LatestRuns) -> Option<Run>| {
        Row::new(&name, job, rivals, |rival| pick((rival.many)().latest))
    };
    let job = Job::at(Capacity::Bounded(1));
    let mut rows = Vec::new();
    for readers in [1, 2] {
        let job = Job { consumers: readers, messages: readers, ..job };
        rows.push(row(format!("many/latest/read/threads/{readers}"), job, |runs| runs.read));
    }
    rows.push(row("many/latest/send/threads/1".to_owned(), job, |runs| runs.send));
    for workers in [1, 2] {
        for readers in READERS {
            let job = Job { consumers: readers, workers, messages: readers, ..job };
            let name = format!("many/latest/wake/{}/{readers}", place(workers));
            rows.push(row(name, job, |runs| runs.wake));
        }
    }
    rows
}
