//! Runs a row: finds a number of messages that suits all contestants, then interleaves their
//! rounds, each beginning with another contestant, so that drift and neighbours hit all alike.

use std::iter;
use std::time::Duration;

use crate::meter::{Cost, PerMessage};
use crate::plan::{Entry, Row};
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
    /// Whether those who are too slow for the number of messages that suits the fastest get fewer,
    /// instead of bringing it down for all.
    pub(crate) apart: bool,
}

impl Pace {
    /// For figures.
    pub(crate) const FULL: Self = Self {
        rounds: 25,
        fastest: Duration::from_millis(10),
        slowest: Duration::from_millis(100),
        apart: false,
    };
    /// For a look.
    pub(crate) const QUICK: Self = Self {
        rounds: 7,
        fastest: Duration::from_millis(6),
        slowest: Duration::from_millis(50),
        apart: false,
    };
    /// For a look at many rows.
    pub(crate) const BRIEF: Self = Self {
        rounds: 4,
        fastest: Duration::from_millis(2),
        slowest: Duration::from_millis(10),
        apart: false,
    };

    /// How often `row` is run.
    pub(crate) fn rounds(&self, row: &Row) -> usize {
        row.rounds.map_or(self.rounds, |most| most.min(self.rounds))
    }
}

/// What one contestant did in a row.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) rival: &'static Rival,
    pub(crate) messages: usize,
    pub(crate) rounds: Vec<PerMessage>,
    /// The rounds of the plain run, where there is one.
    pub(crate) plain: Vec<PerMessage>,
    /// The faults of all its rounds, warm-up included. One is enough to void the times.
    pub(crate) faults: Vec<Fault>,
}

/// A row that has been run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) lanes: Vec<Lane>,
}

/// Runs `row`; `tick` is told of every round that ended.
pub(crate) fn run(row: &Row, pace: Pace, watchdog: &Watchdog, mut tick: impl FnMut()) -> Outcome {
    let round = |rival: &Rival, run: Run, messages| {
        watchdog.watch(rival.name, &row.name, || run(Job { messages, ..row.job }))
    };
    let mut lanes: Vec<Lane> = Vec::new();
    let mut estimates = Vec::new();
    for &Entry { rival, run, .. } in &row.entries {
        let mut faults = Vec::new();
        match estimate(row.job.messages, pace, |messages| round(rival, run, messages)) {
            Ok(estimate) => estimates.push(estimate),
            Err(fault) => {
                estimates.push(0.0);
                faults.push(fault);
            }
        }
        lanes.push(Lane { rival, messages: 0, rounds: vec![], plain: vec![], faults });
    }
    let sound = estimates.iter().copied().filter(|&estimate| estimate > 0.0);
    let fastest = sound.clone().fold(f64::MAX, f64::min);
    let slowest = sound.fold(0.0, f64::max);
    for (lane, estimate) in lanes.iter_mut().zip(estimates) {
        let last = if pace.apart { estimate } else { slowest };
        let wanted = (pace.fastest.as_secs_f64() / fastest).min(pace.slowest.as_secs_f64() / last);
        lane.messages = (wanted as usize).next_multiple_of(row.job.messages).max(row.job.messages);
    }
    for first in 0..pace.rounds(row) {
        for place in 0..lanes.len() {
            let at = (first + place) % lanes.len();
            let (entry, lane) = (&row.entries[at], &mut lanes[at]);
            if lane.faults.is_empty() {
                let plain = entry.plain.map(|run| (run, &mut lane.plain));
                for (run, rounds) in iter::once((entry.run, &mut lane.rounds)).chain(plain) {
                    match round(entry.rival, run, lane.messages) {
                        Ok(cost) => rounds.push(cost.per_message(lane.messages)),
                        Err(fault) => lane.faults.push(fault),
                    }
                }
            }
            tick();
        }
    }
    Outcome { name: row.name.clone(), lanes }
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
