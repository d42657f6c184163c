//! Which arm is looked at first.

#![forbid(unsafe_code)]

use std::cell::Cell;

/// The order in which a select looks at its arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From one chosen at random, in a circle.
    Fair,
    /// As they are written.
    Biased,
}

impl Order {
    /// The first of `count` arms to look at.
    #[inline]
    pub(super) fn start(self, count: usize) -> usize {
        match self {
            Self::Biased => 0,
            Self::Fair if count < 2 => 0,
            Self::Fair => ((u64::from(random()) * count as u64) >> 32) as usize,
        }
    }
}

/// A number from the thread's generator: a Weyl sequence, scrambled by one multiplication.
#[inline]
pub(super) fn random() -> u32 {
    thread_local! {
        static STATE: Cell<u64> = const { Cell::new(0) };
    }
    // A model has to be the same each time.
    if cfg!(strait_loom) {
        return 0;
    }
    // A thread that ends may run selects in destructors.
    STATE
        .try_with(|state| {
            let next = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            state.set(next);
            let mixed = (next ^ (next >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
            (mixed >> 32) as u32
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_start_is_even_and_not_a_cycle() {
        for count in [2, 3, 5, 64] {
            let starts: Vec<usize> = (0..64_000).map(|_| Order::Fair.start(count)).collect();
            for arm in 0..count {
                let share = starts.iter().filter(|start| **start == arm).count() * count;
                assert!((54_000..74_000).contains(&share), "arm {arm} of {count}: {share}");
            }
            let repeats = starts.windows(2).filter(|pair| pair[0] == pair[1]).count() * count;
            assert!((48_000..80_000).contains(&repeats), "{count}: {repeats} repeats");
        }
    }

    #[test]
    fn a_biased_start_is_the_first() {
        assert!((0..100).all(|_| Order::Biased.start(7) == 0));
    }
}
