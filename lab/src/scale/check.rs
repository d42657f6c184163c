//! How far the model is off where it can be told: its figures for one and two cores beside
//! measured ones, taken in the same run.

use std::thread;
use std::time::{Duration, Instant};

use super::calibrate::{Calibration, is_same_distance, one_way};
use super::micro::{self, Kind};
use super::pair::{self, Cpus};
use super::prices::ns;
use super::program::Design;
use super::world::{self, Setting};
use super::{Check, counts, designs};
use crate::stats::Quartiles;

/// Rounds that count, and that are tried.
const ROUNDS: usize = 5;
const TRIES: usize = 12;
/// How long a round takes, about.
const ROUND: Duration = Duration::from_millis(8);
const CAPACITIES: [usize; 2] = [64, 1024];

/// A library that can be measured, and the design that it has.
struct Real {
    name: &'static str,
    design: fn(u64) -> Design,
    /// Measures nanoseconds a message: capacity, steps of work, processors (one of them: the same
    /// thread does both), messages.
    time: fn(usize, u64, Option<Cpus>, u64) -> f64,
}

const REALS: [Real; 3] = [
    Real {
        name: "strait",
        design: counts::strait,
        time: |capacity, work, cpus, messages| {
            let (tx, rx) = strait::channel::bounded(capacity);
            let send = |message| drop(tx.send_blocking(message));
            time(send, || rx.recv_blocking().unwrap_or(0), work, cpus, messages)
        },
    },
    Real {
        name: "crossbeam",
        design: |_| designs::cas_ring(),
        time: |capacity, work, cpus, messages| {
            let (tx, rx) = crossbeam_channel::bounded(capacity);
            let send = |message| drop(tx.send(message));
            time(send, || rx.recv().unwrap_or(0), work, cpus, messages)
        },
    },
    Real {
        name: "kanal",
        design: |_| designs::spin_lock(),
        time: |capacity, work, cpus, messages| {
            let (tx, rx) = kanal::bounded(capacity);
            let send = |message| drop(tx.send(message));
            time(send, || rx.recv().unwrap_or(0), work, cpus, messages)
        },
    },
];

/// Sends `messages` numbers and receives them, with work after each operation.
fn time(
    send: impl Fn(u64) + Sync,
    recv: impl Fn() -> u64 + Sync,
    work: u64,
    cpus: Option<Cpus>,
    messages: u64,
) -> f64 {
    let sum = std::sync::atomic::AtomicU64::new(0);
    let took = match cpus {
        Some(cpus) => pair::run(cpus, |side| {
            let mut dice = side + 1;
            let mut received = 0;
            for message in 0..messages {
                if side == 0 {
                    send(message)
                } else {
                    received += recv()
                }
                pair::work(&mut dice, work);
            }
            sum.fetch_add(received, std::sync::atomic::Ordering::Relaxed);
        }),
        None => {
            let (start, mut dice, mut received) = (Instant::now(), 1, 0);
            for message in 0..messages {
                send(message);
                pair::work(&mut dice, work);
                received += recv();
                pair::work(&mut dice, work);
            }
            sum.fetch_add(received, std::sync::atomic::Ordering::Relaxed);
            start.elapsed()
        }
    };
    assert_eq!(sum.into_inner(), messages * (messages - 1) / 2, "each message once");
    took.as_secs_f64() * 1e9 / messages as f64
}

/// The median of rounds in which the processors were as far from each other as in the
/// calibration; none if that never happened.
fn measured(real: &Real, capacity: usize, work: u64, cpus: Option<Cpus>, way: f64) -> Option<f64> {
    let round = |messages| match cpus {
        Some(_) => (real.time)(capacity, work, cpus, messages),
        None => thread::scope(|scope| {
            let alone = scope.spawn(|| (real.time)(capacity, work, None, messages));
            alone.join().expect("the counts are right")
        }),
    };
    let messages = (ROUND.as_secs_f64() * 1e9 / round(2_000)).clamp(1e3, 1e6) as u64;
    let is_near = || cpus.is_none_or(|cpus| is_same_distance(one_way(cpus), way));
    let mut rounds = Vec::new();
    for _ in 0..TRIES {
        let before = is_near();
        let time = round(messages);
        if before && is_near() {
            rounds.push(time);
        }
        if rounds.len() == ROUNDS {
            break;
        }
    }
    Quartiles::of(rounds).map(|quartiles| quartiles.median)
}

/// Steps of work, and the word for it in the names of scenarios.
pub(super) const WORKS: [(u64, &str); 2] = [(0, ""), (STEPS, "/w500ns")];
/// How many steps take about 500 ns.
const STEPS: u64 = 280;

/// All that can be compared.
pub(super) fn check(cpus: Cpus, of: &Calibration, mut tick: impl FnMut(&str)) -> Vec<Check> {
    let mut checks = lines(of);
    for (steps, suffix) in WORKS {
        for (cores, cpus) in [(1, None), (2, Some(cpus))] {
            for capacity in CAPACITIES {
                let scenario = match cores {
                    1 => format!("same/{capacity}{suffix}"),
                    _ => format!("spsc/{capacity}{suffix}"),
                };
                tick(&format!("check {scenario}"));
                for real in &REALS {
                    let Some(measured_ns) = measured(real, capacity, steps, cpus, of.pair.one_way)
                    else {
                        continue;
                    };
                    let capacity = capacity as u64;
                    let work = ns(of.step * steps as f64);
                    let setting = Setting { cores, capacity, work, messages: 20_000, seed: 1 };
                    let run = world::run(&(real.design)(capacity), of.prices(), setting);
                    let (scenario, design) = (scenario.clone(), real.name.to_owned());
                    checks.push(Check { cores, scenario, design, model_ns: run.ns, measured_ns });
                }
            }
        }
    }
    checks
}

/// What the calibration itself measured, with the model made from it.
fn lines(of: &Calibration) -> Vec<Check> {
    let kinds = [
        (Kind::FetchAdd, "fetch-and-add", of.pair.fetch_add),
        (Kind::CompareSwap, "compare-and-swap", of.pair.compare_swap),
        (Kind::Lock, "spin lock", of.pair.lock),
    ];
    let check = |(kind, name, measured_ns): (Kind, &str, f64)| Check {
        cores: 2,
        scenario: "one line".to_owned(),
        design: name.to_owned(),
        model_ns: micro::run(kind, of.prices(), 2).0,
        measured_ns,
    };
    kinds.into_iter().map(check).collect()
}
