//! X11: thousands of random histories, each explained.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::check::linearizable;
use super::history::Event;
use super::programs::{Shape, run};
use crate::support::caps::{Cap, Kind};
use crate::support::rng::seed;
use crate::support::watch::{scaled, within};

const CAPS: [Cap; 5] = [Some(0), Some(1), Some(2), Some(3), None];

/// Runs `count` programs of a shape on each capacity, a quarter of them on each kind of channel; the
/// first without an explanation fails.
pub fn explain(shape: Shape, count: usize, start: u64) {
    for cap in CAPS {
        for seed in start..start + count as u64 {
            let kind = Kind::all(cap)[seed as usize % 4];
            let history = match catch_unwind(AssertUnwindSafe(|| run(kind, shape, seed))) {
                Ok(history) => history,
                Err(panic) => {
                    eprintln!("{kind:?}, {shape:?}, STRAIT_SEED={seed}");
                    resume_unwind(panic)
                }
            };
            if let Err(done) = linearizable(kind, &history) {
                let line = |e: &Event| format!("{:>3} call {:>2} {:?}", e.stamp, e.call, e.what);
                let told: Vec<String> = history.iter().take(done + 1).map(line).collect();
                let told = told.join("\n");
                panic!("{kind:?}, {shape:?}, STRAIT_SEED={seed}: no order explains\n{told}");
            }
        }
    }
}

#[test]
fn two_threads_are_linearizable() {
    let shape = Shape { threads: 2, steps: 6, ends: false };
    within(120, move || explain(shape, scaled(1_000), seed(1)));
}

#[test]
fn two_threads_and_an_end_are_linearizable() {
    let shape = Shape { threads: 2, steps: 6, ends: true };
    within(120, move || explain(shape, scaled(800), seed(1)));
}

#[test]
fn three_threads_are_linearizable() {
    let shape = Shape { threads: 3, steps: 4, ends: true };
    within(120, move || explain(shape, scaled(800), seed(1)));
}
