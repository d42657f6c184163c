//! The rows: which workload, at which capacity, with whom.

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
    pub(crate) rows: Vec<Row>,
}

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// The round's shape; its number of messages is the least there can be, and every other number
    /// is a multiple of it.
    pub(crate) job: Job,
    pub(crate) lanes: Vec<(&'static Rival, Run)>,
}

/// All rows with these rivals whose name contains one of `filters`, or all if there is none.
pub(crate) fn sets(rivals: &[&'static Rival], filters: &[String]) -> Vec<Set> {
    let mut sets = vec![
        Set { title: "One thread", rows: one_thread(rivals) },
        Set { title: "Threads", rows: threads(rivals) },
        Set { title: "Tasks, 1 worker", rows: tasks(rivals, 1) },
        Set { title: "Tasks, 2 workers", rows: tasks(rivals, 2) },
    ];
    let asked = |row: &Row| {
        filters.is_empty() || filters.iter().any(|filter| row.name.contains(filter.as_str()))
    };
    for set in &mut sets {
        set.rows.retain(|row| asked(row) && !row.lanes.is_empty());
    }
    sets.retain(|set| !set.rows.is_empty());
    sets
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
            let mut job = Job { capacity, producers: 1, consumers: 1, workers: 0, messages: 1 };
            if workload == "fill" {
                job.messages = job.batch();
            }
            let lanes = lanes(rivals, |rival| (rival.threads)(capacity).map(pick));
            rows.push(Row { name: format!("threads/{workload}/{capacity}"), job, lanes });
        }
    }
    rows
}

fn threads(rivals: &[&'static Rival]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (crowd, producers, consumers) in CROWDS {
        for capacity in ALL {
            let job = Job {
                capacity,
                producers,
                consumers,
                workers: 0,
                messages: producers * LEAST_SHARE,
            };
            let lanes = lanes(rivals, |rival| (rival.threads)(capacity).map(|runs| runs.streams));
            rows.push(Row { name: format!("threads/{crowd}/{capacity}"), job, lanes });
        }
    }
    rows
}

fn tasks(rivals: &[&'static Rival], workers: usize) -> Vec<Row> {
    type Pick = fn(TaskRuns) -> Run;
    let mut rows = Vec::new();
    let mut add = |crowd: &str, capacity, producers, consumers, pick: Pick| {
        let messages = producers * LEAST_SHARE;
        let job = Job { capacity, producers, consumers, workers, messages };
        let lanes = lanes(rivals, |rival| (rival.tasks)(capacity).map(pick));
        rows.push(Row { name: format!("tasks{workers}/{crowd}/{capacity}"), job, lanes });
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

fn lanes(
    rivals: &[&'static Rival],
    run: impl Fn(&Rival) -> Option<Run>,
) -> Vec<(&'static Rival, Run)> {
    rivals.iter().filter_map(|&rival| run(rival).map(|run| (rival, run))).collect()
}
