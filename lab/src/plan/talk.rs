//! The three figures of the talk: throughput of producers and consumers with work between their
//! operations, against the number of coroutines and of threads that run them.

use std::thread;

use super::channels::run;
use super::{BUFFER, LEAST_SHARE, RENDEZVOUS, Row, Set, WORK, set};
use crate::rival::Rival;
use crate::shape::Capacity;
use crate::workload::{Job, Run};

const NOTE: &str = "\
Half of so many coroutines produce, half consume, on so many threads, with 100 steps of work in \
the mean after each operation: `talk/figure/coroutines/threads`. Rounds of 100,000 and 1,000,000 \
coroutines have few messages for each, so that these contain their waking up and ending too, and \
there are fewer of them.";

/// Half of the coroutines send, half receive; the least that each sends, and how many rounds.
const COROUTINES: [(usize, usize, Option<usize>); 6] = [
    (2, LEAST_SHARE, None),
    (8, LEAST_SHARE, None),
    (64, LEAST_SHARE, None),
    (1000, LEAST_SHARE, None),
    (100_000, 2, Some(3)),
    (1_000_000, 1, Some(3)),
];

/// From here on with all threads only.
const MANY: usize = 1_000_000;

pub(super) fn sets(rivals: &[&'static Rival]) -> Vec<Set> {
    type Pick = fn(&Rival, Job) -> Option<Run>;
    let figures: [(&str, &str, Capacity, Pick); 3] = [
        ("The talk: rendezvous", "rendezvous", RENDEZVOUS, run),
        ("The talk: buffered", "buffered", BUFFER, run),
        ("The talk: select", "select", RENDEZVOUS, cancellable),
    ];
    let figure = |(title, figure, capacity, pick): (&'static str, &str, Capacity, Pick)| {
        let mut rows = Vec::new();
        for (coroutines, share, rounds) in COROUTINES {
            for workers in threads().filter(|&workers| coroutines < MANY || workers == cores()) {
                let producers = coroutines / 2;
                let job = Job {
                    producers,
                    consumers: producers,
                    workers,
                    messages: producers * share,
                    work: WORK,
                    ..Job::at(capacity)
                };
                let name = format!("talk/{figure}/{coroutines}/{workers}");
                let row = Row::new(&name, job, rivals, |rival| pick(rival, job));
                // Each row of the talk has the same work, so no name tells of it.
                let quick = super::quick::ROWS.contains(&name.as_str());
                rows.push(Row { name, rounds, quick, ..row });
            }
        }
        set(title, NOTE, rows)
    };
    figures.into_iter().map(figure).collect()
}

/// Each send is a select between it and a receive that never comes.
fn cancellable(rival: &Rival, job: Job) -> Option<Run> {
    let runs = (rival.task_mixes)(job.capacity)?;
    if job.consumers == 1 { runs.cancel } else { runs.cancel_crowd }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// 1, 2, 4 and so on, and all.
fn threads() -> impl Iterator<Item = usize> {
    let doubling = std::iter::successors(Some(1), |threads| Some(threads * 2));
    doubling.take_while(|&threads| threads < cores()).chain([cores()])
}
