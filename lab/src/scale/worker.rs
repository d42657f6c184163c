//! One core of the model: where it is in its operation, what it has seen, and its dice.

use super::lines::Core;
use super::prices::Time;
use super::program::Step;

#[derive(Debug)]
pub(super) struct Worker<'a> {
    pub(super) sends: bool,
    pub(super) steps: &'a [Step],
    pub(super) at: usize,
    /// Where it goes on after these steps.
    pub(super) resume: Option<(&'a [Step], usize)>,
    /// It waits for time to pass, or for a line.
    pub(super) is_asleep: bool,
    pub(super) is_at_work: bool,
    /// The steps are those of a look in vain.
    pub(super) is_idle: bool,
    /// It found a ticket without its message.
    pub(super) is_stalled: bool,
    pub(super) has_announced: bool,
    pub(super) seen: u64,
    pub(super) version: u64,
    pub(super) ticket: u64,
    has_ticket: bool,
    /// Looks in vain, and lost claims, of this operation.
    pub(super) polls: u32,
    pub(super) losses: u32,
    dice: u64,
}

/// Looks in vain before a thread yields.
pub(super) const PAUSES: u32 = 5;

impl<'a> Worker<'a> {
    pub(super) fn new(core: Core, seed: u64) -> Self {
        Self {
            sends: !core.is_multiple_of(2),
            steps: &[],
            at: 0,
            resume: None,
            is_asleep: false,
            is_at_work: true,
            is_idle: false,
            is_stalled: false,
            has_announced: false,
            seen: 0,
            version: 0,
            ticket: 0,
            has_ticket: false,
            polls: 0,
            losses: 0,
            dice: (seed ^ (core as u64 + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// The next operation: the other one, or the same again.
    pub(super) fn begin(&mut self, alternates: bool) {
        self.sends ^= alternates;
        self.is_at_work = false;
        (self.is_stalled, self.has_ticket) = (false, false);
        (self.polls, self.losses) = (0, 0);
    }

    pub(super) fn step(&self) -> Step {
        self.steps[self.at]
    }

    pub(super) fn go(&mut self, steps: &'a [Step], at: usize) {
        (self.steps, self.at) = (steps, at);
    }

    /// Does `steps`, then goes on elsewhere.
    pub(super) fn detour(&mut self, steps: &'a [Step], then: (&'a [Step], usize)) {
        self.resume = Some(then);
        self.go(steps, 0);
    }

    pub(super) fn see(&mut self, counter: u64, version: u64) {
        (self.seen, self.version) = (counter, version);
    }

    pub(super) fn take(&mut self, ticket: u64) {
        (self.ticket, self.has_ticket) = (ticket, true);
    }

    /// Which message the operation is about, as far as it knows.
    pub(super) fn about(&self) -> u64 {
        if self.has_ticket { self.ticket } else { self.seen }
    }

    pub(super) fn is_yielding(&self) -> bool {
        self.polls > PAUSES
    }

    fn random(&mut self) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice
    }

    /// From 0 to 1, both excluded.
    pub(super) fn share(&mut self) -> f64 {
        ((self.random() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Exponentially distributed, which the geometric work of the lab nearly is.
    pub(super) fn time(&mut self, mean: Time) -> Time {
        (-self.share().ln() * mean as f64) as Time
    }
}

#[test]
fn times_have_their_mean() {
    let mut worker = Worker::new(3, 7);
    let sum: Time = (0..100_000).map(|_| worker.time(1000)).sum();
    assert!((99_000_000..101_000_000).contains(&sum), "{sum}");
}
