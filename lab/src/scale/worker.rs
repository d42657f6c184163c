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
    /// Looks in vain before it yields.
    pauses: u32,
    /// The other side's counter at the last look that held out for more.
    mark: u64,
    dice: u64,
}

/// How many looks in vain, each followed by a longer pause, come before a thread yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    Fixed(u32),
    /// As many as have ended waits lately: strait's `kernel/patience.rs`. Each of 32 waits at
    /// level 0 tries the most again.
    Learned {
        level: u32,
        waits: u32,
    },
}

impl Patience {
    pub(super) const LEARNED: Self = Self::Learned { level: 2, waits: 0 };
    const MOST: u32 = 5;

    fn pauses(self) -> u32 {
        match self {
            Self::Fixed(pauses) => pauses,
            Self::Learned { level: 0, waits } if waits.is_multiple_of(32) => Self::MOST,
            Self::Learned { level, .. } => level,
        }
    }

    /// A wait is over, which took so many looks of as many as there were pauses for.
    fn learn(&mut self, polls: u32, pauses: u32) {
        if let Self::Learned { level, waits } = self
            && polls > 0
        {
            let in_pauses = polls <= pauses;
            *level = if in_pauses { (*level + 2).min(Self::MOST) } else { level.saturating_sub(1) };
            *waits += 1;
        }
    }
}

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
            pauses: 0,
            mark: 0,
            dice: (seed ^ (core as u64 + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// The next operation: the other one, or the same again. `patience` is that of each side.
    pub(super) fn begin(&mut self, alternates: bool, patience: &mut [Patience; 2]) {
        patience[usize::from(self.sends)].learn(self.polls, self.pauses);
        self.sends ^= alternates;
        self.is_at_work = false;
        self.pauses = patience[usize::from(self.sends)].pauses();
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
        self.polls > self.pauses
    }

    /// How many more it wants than its own: none at the first look, at the last one before it
    /// yields, and if the other side has done nothing since the look before.
    pub(super) fn holds_out_for(&mut self, batch: u64, counter: u64) -> u64 {
        if self.polls == 0 || self.polls == self.pauses {
            return 0;
        }
        let has_stopped = std::mem::replace(&mut self.mark, counter) == counter;
        if has_stopped { 0 } else { batch }
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

#[test]
fn patience_grows_with_success_and_tries_again_after_failures() {
    let mut patience = Patience::LEARNED;
    (0..9).for_each(|_| patience.learn(1, 2));
    assert_eq!(patience.pauses(), 5);
    (0..9).for_each(|_| patience.learn(9, 5));
    assert_eq!(patience.pauses(), 0);
    let pauses = (0..32).map(|_| {
        patience.learn(9, 5);
        patience.pauses()
    });
    assert_eq!(pauses.filter(|&pauses| pauses == 5).count(), 1);
    let mut fixed = Patience::Fixed(7);
    fixed.learn(9, 7);
    assert_eq!(fixed.pauses(), 7);
}
