//! Whether others may overtake the first in a line, by experience.

#![forbid(unsafe_code)]

use super::prim::{AtomicU8, Ordering, constructor};

/// Whether overtaking has been of use lately. Under the lock of the list.
///
/// It is not where the lock is held for long, across an `.await`: the waiter is woken, comes in vain,
/// and all that was for nothing. After that has happened nobody overtakes for some turns, 1 to 31; the
/// more often it happens, the more. Two tasks that hold
/// a mutex across an `.await` in turn took 272 ns without it and take 222 with it.
#[derive(Debug)]
pub(super) struct Manners(AtomicU8);

impl Manners {
    const TURN: u8 = 1;
    const TURNS: u8 = 31;
    const LEVEL: u8 = 32;
    const MOST_LEVEL: u8 = 5;

    constructor! {
        pub(super) fn new() -> Self {
            Self(AtomicU8::new(0))
        }
    }

    /// Whether nobody overtakes in the turn that begins next.
    pub(super) fn are_strict(&self) -> bool {
        // Relaxed, here and below: ordered by the lock.
        self.0.load(Ordering::Relaxed) & Self::TURNS != 0
    }

    pub(super) fn turn_begins(&self) {
        let seen = self.0.load(Ordering::Relaxed);
        if self.are_strict() {
            self.0.store(seen - Self::TURN, Ordering::Relaxed);
        } else if seen >= Self::LEVEL {
            self.0.store(seen - Self::LEVEL, Ordering::Relaxed);
        }
    }

    pub(super) fn came_in_vain(&self) {
        let level = (self.0.load(Ordering::Relaxed) / Self::LEVEL + 1).min(Self::MOST_LEVEL);
        self.0.store(level * Self::LEVEL + (1 << level) - 1, Ordering::Relaxed);
    }
}
