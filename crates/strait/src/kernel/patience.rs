//! How long to try before going to sleep.
//!
//! A thread pauses a few times, then gives its core away a few times, then parks. On the machine
//! of the first measurements (2 virtual cores) a pause costs 26 ns, a yield that switches 1 to
//! 2 us, and a hand-over by parking across cores 24 to 51 us: so some yields before parking made
//! blocking transfers 3 to 13 times faster, while long pauses made them slower whenever both
//! cores were busy. Pauses therefore have a budget that grows by two when they end a wait and
//! shrinks by one when they do not. Here, one sender and one receiver at capacity 64 take 304 ns a message without
//! yields, 58 with 4, 32 or 128 of them; four and four take 515, 130, 85 and 70
//! (`lab/CHOICES.md`). Nothing ever spins without giving the core away behind another thread.
//!
//! A task yields to its executor (wakes itself and returns) before it registers; the partner is
//! often the next task in the same queue, and registering costs a lock: a rendezvous of two tasks
//! takes 221 ns without such yields, 131 with up to 3. This too has a budget
//! that follows success, since each such try costs a poll.

#![forbid(unsafe_code)]

use super::prim::{AtomicU8, Ordering, cores, thread};

/// What experience says about one side of a channel. Advice: races only make it less exact.
#[derive(Debug)]
pub(crate) struct Patience {
    /// Rounds of pauses that a thread makes, 0 to `MOST_PAUSES`; the high bits count waits.
    pauses: AtomicU8,
    /// Times that a task yields, 0 to `MOST_YIELDS`; the high bits count waits.
    yields: AtomicU8,
}

const MOST_PAUSES: u8 = 5;
const MOST_YIELDS: u8 = 3;
const LEVEL: u8 = 0b111;
/// One wait, counted in the bits above the level. A wait in 32 tries although the level is 0.
const WAIT: u8 = 0b1000;

impl Patience {
    #[cfg(not(strait_loom))]
    pub(crate) const fn new() -> Self {
        Self { pauses: AtomicU8::new(2), yields: AtomicU8::new(MOST_YIELDS) }
    }

    /// Loom's atomics are made at run time.
    #[cfg(strait_loom)]
    pub(crate) fn new() -> Self {
        Self { pauses: AtomicU8::new(2), yields: AtomicU8::new(MOST_YIELDS) }
    }

    /// How often the task may yield before it registers.
    pub(crate) fn yields(&self) -> u8 {
        Self::level(&self.yields, MOST_YIELDS)
    }

    /// Yielding did, or did not, end the wait.
    pub(crate) fn yields_ended(&self, well: bool) {
        Self::learn(&self.yields, well, MOST_YIELDS);
    }

    /// A thread's wait before it parks.
    pub(crate) fn spin(&self) -> Spin<'_> {
        let pauses = if cores() == 1 { 0 } else { Self::level(&self.pauses, MOST_PAUSES) };
        Spin { patience: self, pauses, step: 0 }
    }

    /// Pauses until it `is_done`, but not for long; says whether it is.
    pub(crate) fn hold_out(&self, is_done: impl Fn() -> bool) -> bool {
        if cfg!(strait_loom) || cores() == 1 {
            return false;
        }
        let mut well = false;
        // Relaxed: as in `level`. A try now and then is a short one: many waits are for a lock that
        // is held across an `.await`, and 31 pauses in 32 waits cost each of them 25 ns.
        let level = self.pauses.load(Ordering::Relaxed);
        for step in 0..if level == 0 { 2 } else { level & LEVEL } {
            for _ in 0..1 << step {
                std::hint::spin_loop();
            }
            well = is_done();
            if well {
                break;
            }
        }
        Self::learn(&self.pauses, well, MOST_PAUSES);
        well
    }

    fn level(word: &AtomicU8, most: u8) -> u8 {
        // Relaxed, here and in `learn`: advice only.
        let seen = word.load(Ordering::Relaxed);
        if seen == 0 { most } else { seen & LEVEL }
    }

    fn learn(word: &AtomicU8, well: bool, most: u8) {
        let seen = word.load(Ordering::Relaxed);
        let level = seen & LEVEL;
        let level = if well { (level + 2).min(most) } else { level.saturating_sub(1) };
        let next = (seen & !LEVEL).wrapping_add(WAIT) | level;
        if next != seen {
            word.store(next, Ordering::Relaxed);
        }
    }
}

/// The tries of one wait of a thread.
#[derive(Debug)]
pub(crate) struct Spin<'a> {
    patience: &'a Patience,
    pauses: u8,
    step: u8,
}

impl Spin<'_> {
    /// Whether to hold out for a batch: not at the first look, nor at the one that comes when the
    /// pauses have not brought one. Who takes a message as soon as it is there follows close
    /// behind the sender from then on, and the lines go to and fro for each message: one sender
    /// and one receiver at capacity 64 take 35 ns so, and 19 with batches (`lab/TUNING.md`).
    pub(crate) fn wants_more(&self) -> bool {
        self.step > 0 && self.step != self.pauses
    }

    /// Waits a little; `false` says that it is time to park.
    pub(crate) fn pause(&mut self) -> bool {
        if cfg!(strait_loom) {
            return false;
        }
        let step = self.step;
        self.step = self.step.saturating_add(1);
        if step < self.pauses {
            for _ in 0..1 << step {
                std::hint::spin_loop();
            }
            return true;
        }
        if step - self.pauses < most_yields() {
            thread::yield_now();
            return true;
        }
        false
    }

    /// The wait has ended; `parked` says how.
    pub(crate) fn end(self, parked: bool) {
        let in_pauses = self.step <= self.pauses;
        if self.step > 0 && cores() > 1 {
            Patience::learn(&self.patience.pauses, in_pauses && !parked, MOST_PAUSES);
        }
    }
}

/// Leaves a line to those who work on it, for about a microsecond.
pub(crate) fn pause() {
    if !cfg!(strait_loom) {
        for _ in 0..32 {
            std::hint::spin_loop();
        }
    }
}

/// Lets a thread that is in the middle of a few instructions finish them.
pub(crate) fn give_way() {
    if !cfg!(strait_loom) {
        for _ in 0..4 {
            std::hint::spin_loop();
        }
    }
    thread::yield_now();
}

fn most_yields() -> u8 {
    if cores() <= 4 { 32 } else { 16 }
}
