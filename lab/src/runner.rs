//! Runs a row: finds a number of messages that suits all contestants, then interleaves their
//! rounds, each beginning with another contestant, so that drift and neighbours hit all alike.

use std::iter;
use std::time::{Duration, Instant};

use crate::bounce::Bounce;
use crate::meter::Cost;
use crate::others::Others;
use crate::pace::Pace;
use crate::plan::{Entry, Row};
use crate::raw::{self, Contestant, Round};
use crate::shape::Payload;
use crate::watchdog::Watchdog;
use crate::workload::{Job, Run};

/// What disturbs rounds, and what ends those that hang.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) watchdog: Watchdog,
    pub(crate) bounce: Option<Bounce>,
    pub(crate) others: Others,
}

impl Ground {
    fn distance(&self) -> Option<f64> {
        self.bounce.as_ref().and_then(Bounce::measure).map(thousandths)
    }
}

/// Runs `row` without those in `hung`, who stand there with their faults; `tick` is told of every
/// round that ended.
pub(crate) fn run(
    row: &Row,
    pace: Pace,
    hung: &[Contestant],
    ground: &mut Ground,
    mut tick: impl FnMut(),
) -> raw::Row {
    let known = |entry: &Entry| hung.iter().find(|hung| hung.name == entry.rival.name);
    let mut lanes: Vec<Contestant> = Vec::new();
    let mut estimates = Vec::new();
    for entry in &row.entries {
        let mut lane = contestant(entry);
        if let Some(hung) = known(entry) {
            lane.faults.clone_from(&hung.faults);
            estimates.push(None);
        } else {
            let round = |messages| watched(row, entry, entry.run, messages, &ground.watchdog);
            let estimate = estimate(row.job.messages, pace, round);
            estimates.push(estimate.as_ref().copied().ok());
            lane.faults.extend(estimate.err());
        }
        lanes.push(lane);
    }
    // A control is slow on purpose; it must not slow down the others.
    let measured =
        |(lane, estimate): (&Contestant, &Option<f64>)| (*estimate).filter(|_| !lane.control);
    let sound = lanes.iter().zip(&estimates).filter_map(measured);
    let fastest = sound.clone().fold(f64::MAX, f64::min);
    let slowest = sound.fold(0.0, f64::max);
    for (lane, estimate) in lanes.iter_mut().zip(estimates) {
        let alone = pace.apart || lane.control;
        let last = if alone { estimate.unwrap_or(slowest) } else { slowest };
        let wanted = (pace.fastest.as_secs_f64() / fastest).min(pace.slowest.as_secs_f64() / last);
        lane.messages = (wanted as usize).next_multiple_of(row.job.messages).max(row.job.messages);
    }
    // What lies behind one round is what lies before the next: the distance is measured once
    // between them.
    let mut before = ground.distance();
    let mut longest = Duration::ZERO;
    for first in 0..pace.rounds {
        let start = Instant::now();
        if first >= Pace::LEAST && pace.end.is_some_and(|end| start + longest > end) {
            break;
        }
        for place in 0..lanes.len() {
            let at = (first + place) % lanes.len();
            let (entry, lane) = (&row.entries[at], &mut lanes[at]);
            if lane.faults.is_empty() {
                let plain = entry.plain.map(|run| (run, &mut lane.plain));
                for (run, rounds) in iter::once((entry.run, &mut lane.rounds)).chain(plain) {
                    let result = watched(row, entry, run, lane.messages, &ground.watchdog);
                    let after = ground.distance();
                    let bounce = before.zip(after).map(|(before, after)| [before, after]);
                    before = after;
                    let others = ground.others.look().map(thousandths);
                    match result {
                        Ok(cost) => rounds.push(made(cost, lane.messages, bounce, others)),
                        Err(fault) => lane.faults.push(fault),
                    }
                }
            }
            tick();
        }
        longest = longest.max(start.elapsed());
    }
    raw::Row { name: row.name.clone(), job: shape(row.job), contestants: lanes, partial: false }
}

fn watched(
    row: &Row,
    entry: &Entry,
    run: Run,
    messages: usize,
    watchdog: &Watchdog,
) -> Result<Cost, String> {
    let round = || run(Job { messages, ..row.job });
    watchdog.watch(entry.rival.name, &row.name, round).map_err(|fault| fault.to_string())
}

fn made(cost: Cost, messages: usize, bounce: Option<[f64; 2]>, others: Option<f64>) -> Round {
    let each = |time: Duration| thousandths(time.as_secs_f64() * 1e9 / messages as f64);
    let spread = cost.spread.map(|ends| ends.map(thousandths));
    Round { wall_ns: each(cost.wall), cpu_ns: each(cost.cpu), bounce, others, spread }
}

/// No clock tells more, and the record stays small.
fn thousandths(figure: f64) -> f64 {
    (figure * 1e3).round() / 1e3
}

/// One that has not run yet.
pub(crate) fn contestant(entry: &Entry) -> Contestant {
    let rival = entry.rival;
    Contestant {
        name: rival.name.to_owned(),
        package: rival.package.to_owned(),
        version: rival.version(),
        own: rival.own,
        control: rival.control,
        cancel_safe: rival.cancel_safe,
        ..Contestant::default()
    }
}

pub(crate) fn shape(job: Job) -> raw::Job {
    let payload = match job.payload {
        Payload::Word => "word",
        Payload::Bytes32 => "32B",
        Payload::Boxed => "box",
    };
    raw::Job {
        capacity: job.capacity.to_string(),
        producers: job.producers,
        consumers: job.consumers,
        workers: job.workers,
        arms: job.arms,
        busy: job.busy,
        work: job.work,
        payload: payload.to_owned(),
    }
}

/// Seconds a message, from warm-up rounds that grow until the clock can tell. A long round is
/// believed only if it is long three times, as the scheduler may have had other things to do; one
/// that is longer than any round may be is believed at once where time is short.
fn estimate(
    unit: usize,
    pace: Pace,
    round: impl Fn(usize) -> Result<Cost, String>,
) -> Result<f64, String> {
    let mut messages = 64_usize.next_multiple_of(unit);
    let mut long = 0;
    let mut seconds = f64::MAX;
    loop {
        seconds = seconds.min(round(messages)?.wall.as_secs_f64());
        let short = pace.fastest.as_secs_f64() / seconds;
        let endless = pace.end.is_some() && seconds > pace.slowest.as_secs_f64();
        if short >= 2.0 {
            messages *= if short < 8.0 { 2 } else { 4 };
            (long, seconds) = (0, f64::MAX);
        } else if long == 2 || endless {
            return Ok(seconds / messages as f64);
        } else {
            long += 1;
        }
    }
}
