//! Random sequences of operations beside a model: an arena of nodes with numbers in place of links,
//! which computes counts, reachability, isolation and components in the plainest way.

mod arena;
mod run;

use self::run::sequence;
use crate::support::rng::seed;
use crate::support::watch::{scaled, within};

/// As many as a minute of a debug build allows.
const SEQUENCES: usize = if cfg!(debug_assertions) { 4_000 } else { 100_000 };

#[test]
fn the_model_agrees() {
    within(300, || {
        let start = seed(1);
        for seed in start..start + scaled(SEQUENCES) as u64 {
            sequence(seed, 60);
        }
    });
}

/// Few nodes, many operations: counts go up and down on the same ones.
#[test]
fn the_model_agrees_for_long() {
    within(300, || {
        let start = seed(1_000_000);
        for seed in start..start + scaled(SEQUENCES) as u64 / 40 {
            sequence(seed, 1_000);
        }
    });
}
