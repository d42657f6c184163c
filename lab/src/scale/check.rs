//! How far the model is off where it can be told: its figures for one and two cores beside
//! measured ones, taken in the same run.
//!
//! What is known to remain: crossbeam takes up to twice the model's time, as its functions do more
//! than the steps of its ring; and two threads that only send and receive, where the model is
//! up to twice too slow, and more when the processors are far from each other: threads that get out
//! of step stay so, a line then carries several messages, and when that happens depends on more
//! than the model knows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cpu_time::ThreadTime;

use super::calibrate::{Calibration, WORK, is_same_distance, one_way};
use super::pair::{self, Cpus};
use super::prices::{Prices, ns};
use super::program::Design;
use super::world::{self, Setting};
use super::{Check, counts, designs};
use crate::stats::Quartiles;

/// Rounds that count, and that are tried.
const ROUNDS: usize = 15;
const TRIES: usize = 100;
/// How long a round takes, about: short, so that some are over before the system runs others.
const ROUND: Duration = Duration::from_micros(800);
const CAPACITIES: [usize; 2] = [64, 1024];

/// A library that can be measured, and the design that it has.
struct Real {
    name: &'static str,
    design: fn(u64) -> Design,
    /// Measures nanoseconds a message: capacity, steps of work, processors (one of them: the same
    /// thread does both), messages.
    time: fn(usize, u64, Option<Cpus>, u64) -> Option<f64>,
}

const REALS: [Real; 3] = [
    Real {
        name: "strait",
        design: counts::strait,
        time: |capacity, work, cpus, messages| {
            let (tx, rx) = strait::channel::bounded(capacity);
            let send = |message| tx.send_blocking(message).is_ok();
            time(send, || rx.recv_blocking().unwrap_or(0), work, cpus, messages)
        },
    },
    Real {
        name: "crossbeam",
        design: |_| designs::cas_ring(),
        time: |capacity, work, cpus, messages| {
            let (tx, rx) = crossbeam_channel::bounded(capacity);
            let send = |message| tx.send(message).is_ok();
            time(send, || rx.recv().unwrap_or(0), work, cpus, messages)
        },
    },
    Real {
        name: "kanal",
        design: |_| designs::spin_lock(),
        time: |capacity, work, cpus, messages| {
            let (tx, rx) = kanal::bounded(capacity);
            let send = |message| tx.send(message).is_ok();
            time(send, || rx.recv().unwrap_or(0), work, cpus, messages)
        },
    },
];

/// Sends `messages` numbers and receives them, with work after each operation. None if others
/// disturbed it; on one processor they cannot, since the time counts in which the thread ran.
fn time(
    send: impl Fn(u64) -> bool + Sync,
    recv: impl Fn() -> u64 + Sync,
    work: u64,
    cpus: Option<Cpus>,
    messages: u64,
) -> Option<f64> {
    let sum = AtomicU64::new(0);
    let part = |sends: bool, receives: bool, seed: u64| {
        let (mut dice, mut received) = (seed, 0);
        for message in 0..messages {
            if sends {
                assert!(send(message), "nobody closes the channel");
                pair::work(&mut dice, work);
            }
            if receives {
                received += recv();
                pair::work(&mut dice, work);
            }
        }
        sum.fetch_add(received, Ordering::Relaxed);
    };
    let (took, counts) = match cpus {
        Some(cpus) => {
            let took = pair::run(cpus, |side| part(side == 0, side == 1, side + 1));
            (took.wall, took.is_undisturbed())
        }
        None => {
            let start = ThreadTime::now();
            part(true, true, 1);
            (start.elapsed(), true)
        }
    };
    assert_eq!(sum.into_inner(), messages * (messages - 1) / 2, "each message once");
    counts.then(|| took.as_secs_f64() * 1e9 / messages as f64)
}

/// The median of the undisturbed rounds in which the processors were as far from each other as in
/// the calibration; none if there were too few.
fn measured(real: &Real, capacity: usize, work: u64, cpus: Option<Cpus>, way: f64) -> Option<f64> {
    let messages = ROUND.as_nanos() as u64 / (40 + 4 * work);
    let is_near =
        || cpus.is_none_or(|cpus| one_way(cpus).is_some_and(|now| is_same_distance(now, way)));
    let round = |_| {
        let before = is_near();
        let time = (real.time)(capacity, work, cpus, messages)?;
        (before && is_near()).then_some(time)
    };
    let rounds: Vec<f64> = (0..TRIES).filter_map(round).take(ROUNDS).collect();
    let enough = rounds.len() > ROUNDS / 3;
    Quartiles::of(rounds).filter(|_| enough).map(|quartiles| quartiles.median)
}

/// Steps of work, and the word for it in the names of scenarios.
pub(super) const WORKS: [(u64, &str); 2] = [(0, ""), (WORK, "/w500ns")];

/// All that can be compared.
pub(super) fn check(
    cpus: Cpus,
    of: &Calibration,
    prices: Prices,
    mut tick: impl FnMut(&str),
) -> Vec<Check> {
    let mut checks = lines(of, prices);
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
                    let work = ns(if steps > 0 { of.work } else { 0.0 });
                    let setting = Setting { cores, capacity, work, messages: 10_000, seed: 1 };
                    let run = world::run(&(real.design)(capacity), prices, setting);
                    let (scenario, design) = (scenario.clone(), real.name.to_owned());
                    checks.push(Check { cores, scenario, design, model_ns: run.ns, measured_ns });
                }
            }
        }
    }
    checks
}

/// What the calibration itself measured of two cores, with the model that was fitted to it.
fn lines(of: &Calibration, prices: Prices) -> Vec<Check> {
    let check = |(name, measured_ns, model_ns): (&str, f64, f64)| Check {
        cores: 2,
        scenario: "one line (fitted)".to_owned(),
        design: name.to_owned(),
        model_ns,
        measured_ns,
    };
    of.pairs(&prices).map(check).to_vec()
}
