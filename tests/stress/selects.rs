//! Random programs of selects, rings of them, and philosophers, for minutes.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use crate::philosophers::{Forks, dinner};
use crate::random::rounds::{On, rounds};
use crate::rings::{WAYS, ring};
use crate::run::Run;
use crate::support::watch::{scaled, shrunk};

fn long(name: &str, on: On, selects: usize) {
    let run = Run::begin(name);
    let tally = rounds(on, 1_000, selects, run.seed, || run.go_on());
    println!(
        "{name}: {} operations: {} selects, {} other calls; {} futures dropped, {} messages, {} rounds",
        tally.selects + tally.calls,
        tally.selects,
        tally.calls,
        tally.dropped,
        tally.received,
        tally.rounds
    );
    assert!(tally.received > 0);
}

#[test]
#[ignore = "long"]
fn selects_on_one_thread() {
    long("selects on one thread, polled at random", On::Chaos, 4_000_000);
}

#[test]
#[ignore = "long"]
fn selects_on_one_worker() {
    long("selects on one worker", On::Tokio(1), 2_000_000);
}

#[test]
#[ignore = "long"]
fn selects_on_two_workers() {
    long("selects on two workers", On::Tokio(2), 2_000_000);
}

#[test]
#[ignore = "long"]
fn selects_on_four_workers() {
    long("selects on four workers", On::Tokio(4), 2_000_000);
}

#[test]
#[ignore = "long"]
fn selects_of_tasks_and_threads() {
    long("selects of tasks and threads", On::Mixed, 500_000);
}

/// Three seconds, or more, of each size and each way to run it; the pair in opposite order is the ring
/// of two.
#[test]
#[ignore = "long"]
fn rings_turn_for_long() {
    let run = Run::begin("rings");
    loop {
        for on in WAYS {
            for size in [2, 3, 8, 64] {
                let time = Duration::from_secs(u64::from(!shrunk()) * 3);
                let start = Instant::now();
                let meetings = ring(size, on, usize::MAX, Some(time));
                println!("rings: {size}, {on:?}: {meetings} meetings in {:?}", start.elapsed());
                assert!(meetings > 0);
            }
        }
        if !run.go_on() {
            break;
        }
    }
}

#[test]
#[ignore = "long"]
fn philosophers_dine_for_long() {
    let run = Run::begin("philosophers");
    let (mut meals, mut puts) = (0, 0);
    loop {
        for forks in [Forks::Tokens, Forks::Servants] {
            for (size, each) in [(2, 20_000), (5, 5_000), (100, 100)] {
                for workers in [Some(1), Some(2), Some(4), None] {
                    let each = scaled(if workers.is_none() { each / 20 } else { each });
                    puts += dinner(size, each, forks, workers);
                    meals += size * each;
                }
            }
        }
        if !run.go_on() {
            break;
        }
    }
    println!("philosophers: {meals} meals, a fork was put back {puts} times");
}
