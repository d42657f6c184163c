//! Thousands of random histories of selects, each explained.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::check::{Line, linearizable};
use super::programs::{Shape, run};
use crate::support::rng::seed;
use crate::support::watch::{scaled, within};

const CAPS: [[usize; 2]; 5] = [[0, 0], [0, 1], [1, 1], [0, 2], [1, 2]];

/// Runs `count` programs of a shape on channels of each pair of capacities; the first without an
/// explanation fails.
pub fn explain(shape: Shape, count: usize, start: u64) {
    for caps in CAPS {
        for seed in start..start + count as u64 {
            let history = match catch_unwind(AssertUnwindSafe(|| run(caps, shape, seed))) {
                Ok(history) => history,
                Err(panic) => {
                    eprintln!("{caps:?}, {shape:?}, STRAIT_SEED={seed}");
                    resume_unwind(panic)
                }
            };
            if let Err(done) = linearizable(&caps, &history) {
                let line = |e: &Line| format!("{:>3} call {:>2} {:?}", e.stamp, e.call, e.what);
                let told: Vec<String> = history.iter().take(done + 1).map(line).collect();
                let told = told.join("\n");
                panic!("{caps:?}, {shape:?}, STRAIT_SEED={seed}: no order explains\n{told}");
            }
        }
    }
}

#[test]
fn selects_of_two_threads_are_linearizable() {
    let shape = Shape { threads: 2, steps: 4 };
    within(120, move || explain(shape, scaled(600), seed(1)));
}

#[test]
fn selects_of_three_threads_are_linearizable() {
    let shape = Shape { threads: 3, steps: 3 };
    within(120, move || explain(shape, scaled(400), seed(1)));
}
