//! The rows: which workload, at which capacity, with whom.
//!
//! - `channels`: on one thread, on threads, on tasks.
//! - `bridge`: between a thread and a task.
//! - `payload`: with larger messages, and with work between them.
//! - `sync`: locks and semaphores; `many`: one to many.
//! - `select`, `talk`: what their names say; `quick`: what a quick run leaves.

mod bridge;
mod channels;
mod many;
mod payload;
mod quick;
mod select;
mod sync;
mod talk;

use crate::rival::Rival;
use crate::shape::{Capacity, Payload};
use crate::workload::{Job, Run};

const RENDEZVOUS: Capacity = Capacity::Rendezvous;
const ALL: [Capacity; 5] = [
    RENDEZVOUS,
    Capacity::Bounded(1),
    Capacity::Bounded(64),
    Capacity::Bounded(1024),
    Capacity::Unbounded,
];
const BUFFER: Capacity = Capacity::Bounded(64);

/// Producers and consumers, and what a row with so many is called.
const CROWDS: [(&str, usize, usize); 3] = [("spsc", 1, 1), ("mpsc4", 4, 1), ("mpmc4x4", 4, 4)];

/// No producer sends fewer messages than this, or a round of many producers measures their coming
/// and going.
const LEAST_SHARE: usize = 8;

/// Steps of work where there is work.
const WORK: u32 = 100;

/// Where those take part who must come out slow.
const CONTROLLED: [&str; 2] = ["threads/spsc/64", "threads/mpsc4/64"];

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
    /// Whether a quick run has it that names no rows.
    pub(crate) quick: bool,
    /// The most rounds, where each takes a second.
    pub(crate) rounds: Option<usize>,
    pub(crate) entries: Vec<Entry>,
}

impl Row {
    /// A row with all who have such a run. What is unusual about the job is added to the name.
    fn new(
        name: &str,
        job: Job,
        rivals: &[&'static Rival],
        run: impl Fn(&Rival) -> Option<Run>,
    ) -> Self {
        Self::beside_plain(name, job, rivals, |rival| Some((run(rival)?, None)))
    }

    /// The same, with the run that each is compared with.
    fn beside_plain(
        name: &str,
        job: Job,
        rivals: &[&'static Rival],
        runs: impl Fn(&Rival) -> Option<(Run, Option<Run>)>,
    ) -> Self {
        let payload = match job.payload {
            Payload::Word => String::new(),
            payload => format!("/{payload}"),
        };
        let work = if job.work > 0 { format!("/w{}", job.work) } else { String::new() };
        let name = format!("{name}{payload}{work}");
        // Programs of other languages know only words.
        let able = |rival: &Rival| rival.outside.is_none() || job.payload == Payload::Word;
        let asked = |rival: &&&'static Rival| {
            able(rival) && (!rival.control || CONTROLLED.contains(&name.as_str()))
        };
        let entry =
            |&rival: &&'static Rival| runs(rival).map(|(run, plain)| Entry { rival, run, plain });
        let entries = rivals.iter().filter(asked).filter_map(entry).collect();
        Self { quick: quick::ROWS.contains(&name.as_str()), name, job, rounds: None, entries }
    }
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
    let mut sets = channels::sets(rivals);
    sets.push(set("Between a thread and a task", bridge::NOTE, bridge::rows(rivals)));
    sets.extend(payload::sets(rivals));
    sets.extend(select::sets(rivals));
    sets.extend(sync::sets(rivals));
    sets.extend(many::sets(rivals));
    sets.extend(talk::sets(rivals));
    let asked = |row: &Row| {
        filters.is_empty() || filters.iter().any(|filter| row.name.contains(filter.as_str()))
    };
    retain(sets, |row| asked(row) && !row.entries.is_empty())
}

/// What is left for a quick run.
pub(crate) fn quick(sets: Vec<Set>) -> Vec<Set> {
    retain(sets, |row| row.quick)
}

fn retain(mut sets: Vec<Set>, wanted: impl Fn(&Row) -> bool) -> Vec<Set> {
    sets.iter_mut().for_each(|set| set.rows.retain(&wanted));
    sets.retain(|set| !set.rows.is_empty());
    sets
}

fn set(title: &'static str, note: &'static str, rows: Vec<Row>) -> Set {
    Set { title, note, apart: false, rows }
}

/// What rows of threads, or of tasks on so many workers, begin with.
fn place(workers: usize) -> String {
    if workers == 0 { "threads".to_owned() } else { format!("tasks{workers}") }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn names(sets: &[Set]) -> Vec<&str> {
        sets.iter().flat_map(|set| &set.rows).map(|row| row.name.as_str()).collect()
    }

    fn everyone() -> Vec<&'static Rival> {
        crate::rival::ALL.iter().collect()
    }

    #[test]
    fn every_row_has_its_own_name() {
        let sets = sets(&everyone(), &[]);
        let names = names(&sets);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn every_row_that_is_named_exists() {
        let sets = sets(&everyone(), &[]);
        let names = names(&sets);
        for name in quick::ROWS.iter().chain(&CONTROLLED) {
            // The talk goes to as many threads as there are.
            assert!(names.contains(name) || name.starts_with("talk/"), "{name}");
        }
    }

    #[test]
    fn a_quick_run_has_the_rows_that_are_marked() {
        let quick = quick(sets(&everyone(), &[]));
        assert!(quick.iter().flat_map(|set| &set.rows).all(|row| row.quick));
        assert!((70..100).contains(&names(&quick).len()), "{}", names(&quick).len());
    }

    #[test]
    fn a_control_takes_part_where_it_must() {
        let sets = sets(&everyone(), &[]);
        for row in sets.iter().flat_map(|set| &set.rows) {
            let controlled = row.entries.iter().any(|entry| entry.rival.control);
            assert_eq!(controlled, CONTROLLED.contains(&row.name.as_str()), "{}", row.name);
        }
    }

    #[test]
    fn a_row_that_is_not_as_usual_says_so() {
        let row = |work, payload| {
            let job = Job { work, payload, ..Job::at(BUFFER) };
            Row::new("a/64", job, &[], |_| None).name
        };
        assert_eq!(row(0, Payload::Word), "a/64");
        assert_eq!(row(100, Payload::Word), "a/64/w100");
        assert_eq!(row(100, Payload::Bytes32), "a/64/32B/w100");
        assert_eq!(row(0, Payload::Boxed), "a/64/box");
    }
}
