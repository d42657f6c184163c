//! Less than a second of each. The seeds are fixed, `STRAIT_SEED` sets others.

#![forbid(unsafe_code)]

use super::rounds::{On, rounds};
use crate::support::rng::seed;

fn short(on: On, selects: usize) {
    let tally = rounds(on, 60, selects, seed(1), || false);
    println!("{on:?}: {tally:?}");
    assert!(tally.received > 0 && tally.selects > 0);
}

#[test]
fn selects_on_one_thread() {
    short(On::Chaos, 50_000);
}

#[test]
fn selects_on_one_worker() {
    short(On::Tokio(1), 30_000);
}

#[test]
fn selects_on_two_workers() {
    short(On::Tokio(2), 30_000);
}

#[test]
fn selects_on_four_workers() {
    short(On::Tokio(4), 20_000);
}

#[test]
fn selects_of_tasks_and_threads() {
    short(On::Mixed, 10_000);
}
