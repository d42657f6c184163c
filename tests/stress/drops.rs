//! Ten million dropped futures and more: the tests of `cancellation`, for minutes.

#![forbid(unsafe_code)]

use crate::cancellation::rounds::{On, rounds};
use crate::run::Run;

fn long(name: &str, on: On, dropped: usize) {
    let run = Run::begin(name);
    let tally = rounds(on, 4_000, dropped, run.seed, || run.go_on());
    println!(
        "{name}: {} futures dropped in {} rounds, {:?}",
        tally.dropped, tally.rounds, tally.sum
    );
    assert!(tally.sum.received > 0);
}

#[test]
#[ignore = "long"]
fn drops_on_one_thread() {
    long("drops on one thread, polled at random", On::Chaos, 6_000_000);
}

#[test]
#[ignore = "long"]
fn drops_on_one_worker() {
    long("drops on one worker", On::Tokio(1), 2_000_000);
}

#[test]
#[ignore = "long"]
fn drops_on_two_workers() {
    long("drops on two workers", On::Tokio(2), 2_000_000);
}

#[test]
#[ignore = "long"]
fn drops_on_four_workers() {
    long("drops on four workers", On::Tokio(4), 2_000_000);
}

#[test]
#[ignore = "long"]
fn drops_of_tasks_and_threads() {
    long("drops of tasks and threads", On::Mixed, 1_000_000);
}
