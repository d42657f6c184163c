//! The rows: which workload, at which capacity, with whom.

mod select;

use crate::rival::Rival;
use crate::shape::Capacity;
use crate::workload::{Job, Run, TaskRuns, ThreadRuns};

const RENDEZVOUS: Capacity = Capacity::Rendezvous;
const ALL: [Capacity; 5] = [
    RENDEZVOUS,
    Capacity::Bounded(1),
    Capacity::Bounded(64),
    Capacity::Bounded(1024),
    Capacity::Unbounded,
];
/// Those at which one thread can send without a receiver.
const BUFFERED: &[Capacity] = ALL.split_at(1).1;
/// Those at which filling up is more than a single send.
const ROOMY: &[Capacity] = ALL.split_at(2).1;
const BOUNDED: &[Capacity] = ALL.split_at(4).0;

/// Producers and consumers, and what a row with so many is called.
const CROWDS: [(&str, usize, usize); 3] = [("spsc", 1, 1), ("mpsc4", 4, 1), ("mpmc4x4", 4, 4)];

/// No producer sends fewer messages than this, or a round of many producers measures their coming
/// and going.
const LEAST_SHARE: usize = 8;

/// Rows that share a table and a geometric mean.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) title: &'static str,
    /// What a reader must know of these rows.
    pub(crate) note: &'static str,
    /// Whether there are many rows with many contestants that are far apart: a quick run gives
    /// them less time, and the slow ones get fewer messages.
    pub(crate) apart: bool,
    pub(crate) rows: Vec<Row>,
}

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// The round's shape; its number of messages is the least there can be, and every other number
    /// is a multiple of it.
    pub(crate) job: Job,
    pub(crate) entries: Vec<Entry>,
    /// Part of a quick run that has no filter.
    pub(crate) quick: bool,
    /// The most rounds, where each takes a second.
    pub(crate) rounds: Option<usize>,
}

/// A contestant in a row.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) rival: &'static Rival,
    pub(crate) run: Run,
    /// The run that it is compared with, where one has to do less than the other.
    pub(crate) plain: Option<Run>,
}

/// All rows with these rivals whose name contains one of `filters`, or all if there is none.
pub(crate) fn sets(rivals: &[&'static Rival], filters: &[String]) -> Vec<Set> {
    let mut sets = vec![
        set("One thread", one_thread(rivals)),
        set("Threads", threads(rivals)),
        set("Tasks, 1 worker", tasks(rivals, 1)),
        set("Tasks, 2 workers", tasks(rivals, 2)),
    ];
    sets.extend(select::sets(rivals));
    let asked = |row: &Row| {
        filters.is_empty() || filters.iter().any(|filter| row.name.contains(filter.as_str()))
    };
    for set in &mut sets {
        set.rows.retain(|row| asked(row) && !row.entries.is_empty());
    }
    sets.retain(|set| !set.rows.is_empty());
    sets
}

fn set(title: &'static str, rows: Vec<Row>) -> Set {
    Set { title, note: "", apart: false, rows }
}

fn one_thread(rivals: &[&'static Rival]) -> Vec<Row> {
    type Pick = fn(ThreadRuns) -> Run;
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
            let entries = entries(rivals, |rival| (rival.threads)(capacity).map(pick));
            rows.push(Row {
                name: format!("threads/{workload}/{capacity}"),
                job,
                entries,
                quick: true,
                rounds: None,
            });
        }
    }
    rows
}

fn threads(rivals: &[&'static Rival]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (crowd, producers, consumers) in CROWDS {
        for capacity in ALL {
            let messages = producers * LEAST_SHARE;
            let job = Job { producers, consumers, messages, ..Job::at(capacity) };
            let pick = |runs: ThreadRuns| runs.streams;
            let entries = entries(rivals, |rival| (rival.threads)(capacity).map(pick));
            rows.push(Row {
                name: format!("threads/{crowd}/{capacity}"),
                job,
                entries,
                quick: true,
                rounds: None,
            });
        }
    }
    rows
}

fn tasks(rivals: &[&'static Rival], workers: usize) -> Vec<Row> {
    type Pick = fn(TaskRuns) -> Run;
    let mut rows = Vec::new();
    let mut add = |crowd: &str, capacity, producers, consumers, pick: Pick| {
        let messages = producers * LEAST_SHARE;
        let job = Job { producers, consumers, workers, messages, ..Job::at(capacity) };
        let entries = entries(rivals, |rival| (rival.tasks)(capacity).map(pick));
        rows.push(Row {
            name: format!("tasks{workers}/{crowd}/{capacity}"),
            job,
            entries,
            quick: true,
            rounds: None,
        });
    };
    for &capacity in BUFFERED {
        add("ready", capacity, 1, 1, |runs| runs.ready);
    }
    for (crowd, producers, consumers) in CROWDS.into_iter().chain([("1000x1000", 1000, 1000)]) {
        for capacity in ALL {
            add(crowd, capacity, producers, consumers, |runs| runs.streams);
        }
    }
    rows
}

fn entries(rivals: &[&'static Rival], run: impl Fn(&Rival) -> Option<Run>) -> Vec<Entry> {
    let entry = |&rival: &&'static Rival| run(rival).map(|run| Entry { rival, run, plain: None });
    rivals.iter().filter_map(entry).collect()
}
