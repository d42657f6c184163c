//! Runs a row: finds a number of messages that suits all contestants, then interleaves their
//! rounds, each beginning with another contestant, so that drift and neighbours hit all alike.

use std::time::Duration;

use crate::meter::{Cost, PerMessage};
use crate::plan::Row;
use crate::rival::Rival;
use crate::tally::Fault;
use crate::watchdog::Watchdog;
use crate::workload::{Job, Run};

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    /// What a round of the fastest contestant should take.
    pub(crate) fastest: Duration,
    /// What a round of the slowest may take; this one has the last word.
    pub(crate) slowest: Duration,
}

impl Pace {
    /// For figures.
    pub(crate) const FULL: Self = Self {
        rounds: 25,
        fastest: Duration::from_millis(10),
        slowest: Duration::from_millis(100),
    };
    /// For a look.
    pub(crate) const QUICK: Self =
        Self { rounds: 7, fastest: Duration::from_millis(6), slowest: Duration::from_millis(50) };
}

/// What one contestant did in a row.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) rival: &'static Rival,
    pub(crate) rounds: Vec<PerMessage>,
    /// The faults of all its rounds, warm-up included. One is enough to void the times.
    pub(crate) faults: Vec<Fault>,
}

/// A row that has been run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) messages: usize,
    pub(crate) lanes: Vec<Lane>,
}

/// Runs `row`; `tick` is told of every round that ended.
pub(crate) fn run(row: &Row, pace: Pace, watchdog: &Watchdog, mut tick: impl FnMut()) -> Outcome {
    let round = |rival: &Rival, run: Run, messages| {
        watchdog.watch(rival.name, &row.name, || run(Job { messages, ..row.job }))
    };
    let mut lanes: Vec<Lane> = Vec::new();
    let (mut fastest, mut slowest) = (f64::MAX, 0_f64);
    for &(rival, run) in &row.lanes {
        let mut faults = Vec::new();
        match estimate(row.job.messages, pace, |messages| round(rival, run, messages)) {
            Ok(estimate) => {
                (fastest, slowest) = (fastest.min(estimate), slowest.max(estimate));
            }
            Err(fault) => faults.push(fault),
        }
        lanes.push(Lane { rival, rounds: Vec::with_capacity(pace.rounds), faults });
    }
    let wanted = (pace.fastest.as_secs_f64() / fastest).min(pace.slowest.as_secs_f64() / slowest);
    let messages = (wanted as usize).next_multiple_of(row.job.messages).max(row.job.messages);
    for first in 0..pace.rounds {
        for place in 0..lanes.len() {
            let at = (first + place) % lanes.len();
            let (rival, run) = row.lanes[at];
            if lanes[at].faults.is_empty() {
                match round(rival, run, messages) {
                    Ok(cost) => lanes[at].rounds.push(cost.per_message(messages)),
                    Err(fault) => lanes[at].faults.push(fault),
                }
            }
            tick();
        }
    }
    Outcome { name: row.name.clone(), messages, lanes }
}

/// Seconds a message, from warm-up rounds that grow until the clock can tell. A long round is
/// believed only if it is long three times: the scheduler may have had other things to do.
fn estimate(
    unit: usize,
    pace: Pace,
    round: impl Fn(usize) -> Result<Cost, Fault>,
) -> Result<f64, Fault> {
    let mut messages = 64_usize.next_multiple_of(unit);
    let mut long = 0;
    let mut seconds = f64::MAX;
    loop {
        seconds = seconds.min(round(messages)?.wall.as_secs_f64());
        let short = pace.fastest.as_secs_f64() / seconds;
        if short >= 2.0 {
            messages *= if short < 8.0 { 2 } else { 4 };
            (long, seconds) = (0, f64::MAX);
        } else if long == 2 {
            return Ok(seconds / messages as f64);
        } else {
            long += 1;
        }
    }
}
