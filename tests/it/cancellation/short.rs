//! A second of each; U11, U12, U15. The seeds are fixed, `STRAIT_SEED` sets others.

#![forbid(unsafe_code)]

use super::rounds::{On, rounds};
use crate::support::rng::seed;

fn short(on: On, dropped: usize) {
    let tally = rounds(on, 400, dropped, seed(1), || false);
    println!("{on:?}: {tally:?}");
    assert!(tally.sum.received > 0 && tally.dropped > 0);
}

#[test]
fn on_one_thread() {
    short(On::Chaos, 50_000);
}

#[test]
fn on_one_worker() {
    short(On::Tokio(1), 10_000);
}

#[test]
fn on_two_workers() {
    short(On::Tokio(2), 20_000);
}

#[test]
fn on_four_workers() {
    short(On::Tokio(4), 10_000);
}

#[test]
fn tasks_and_threads() {
    short(On::Mixed, 10_000);
}
