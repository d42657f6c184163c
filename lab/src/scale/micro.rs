//! The calibration's pairs, in the model: how well a line behaves as the measured one does, before
//! any channel is put on top.

use super::lines::{Access, Memory};
use super::prices::{Prices, Time};

/// What a core does to the one word, again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Additions, with so much time between two of a core.
    Spaced(Time),
    CompareSwap,
    Lock,
}

/// One after another: load, read-modify-write, then for the lock the count and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Look,
    Change,
    Count,
    Leave,
}

/// Nanoseconds of all cores together for each time that one of them was through, and how many
/// changes were lost for each.
pub(super) fn run(kind: Kind, prices: Prices, cores: usize) -> (f64, f64) {
    const TIMES: u64 = 4_000;
    let mut memory = Memory::new(prices, cores, 1);
    let adds = matches!(kind, Kind::Spaced(_));
    let first = if adds { Step::Change } else { Step::Look };
    let access = |step| match step {
        Step::Look | Step::Count => Access::Load,
        Step::Change => Access::Rmw,
        Step::Leave => Access::Store,
    };
    let mut at = vec![first; cores];
    let mut seen = vec![0; cores];
    let (mut word, mut is_locked, mut through, mut lost) = (0u64, false, 0, 0);
    (0..cores).for_each(|core| memory.access(core, 0, access(first), first));
    while through < TIMES {
        let done = memory.next().expect("nobody stops");
        let core = done.core;
        let (mut next, mut is_looking_in_vain) = (first, false);
        match done.tag {
            // A store is under way.
            None if at[core] == Step::Leave => {}
            // The pause is over, or the lock has changed.
            None => {
                memory.access(core, 0, access(first), first);
                continue;
            }
            Some(Step::Look) => {
                seen[core] = word;
                is_looking_in_vain = kind == Kind::Lock && is_locked;
                next = Step::Change;
            }
            Some(Step::Change) => match kind {
                Kind::Spaced(_) => through += 1,
                Kind::CompareSwap if seen[core] == word => {
                    (word, through) = (word + 1, through + 1)
                }
                Kind::Lock if !is_locked => (is_locked, next) = (true, Step::Count),
                Kind::CompareSwap | Kind::Lock => lost += 1,
            },
            Some(Step::Count) => next = Step::Leave,
            Some(Step::Leave) => {
                is_locked = false;
                through += 1;
            }
        }
        if !done.resumes {
            continue;
        }
        at[core] = if is_looking_in_vain { first } else { next };
        if let Kind::Spaced(gap) = kind {
            memory.sleep(core, gap);
        } else if is_looking_in_vain {
            memory.watch(core, 0);
        } else {
            memory.access(core, 0, access(next), next);
        }
    }
    (memory.now() as f64 / 1e3 / TIMES as f64, lost as f64 / TIMES as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(kind: Kind, cores: usize) -> f64 {
        run(kind, Prices::round(), cores).0
    }

    #[test]
    fn fetch_and_add_of_a_group_costs_the_same_however_many_they_are() {
        // Half of 40, for the requests are on their way before, and 5 for the operation.
        for cores in [2, 4, 8] {
            assert!((each(Kind::Spaced(0), cores) - 25.0).abs() < 0.5);
        }
        assert!(each(Kind::Spaced(0), 1) < 5.1);
    }

    #[test]
    fn compare_and_swap_loses_more_the_more_there_are() {
        let (alone, none) = run(Kind::CompareSwap, Prices::round(), 1);
        assert!(alone < 6.1 && none == 0.0);
        let losses = [2, 4, 8].map(|cores| run(Kind::CompareSwap, Prices::round(), cores).1);
        assert!(losses.is_sorted() && losses[2] > 2.0, "{losses:?}");
        let times = [2, 4, 8].map(|cores| each(Kind::CompareSwap, cores));
        assert!(times.is_sorted() && times[2] > 2.0 * times[0], "{times:?}");
    }

    #[test]
    fn a_lock_costs_more_than_an_addition() {
        for cores in [2, 4, 8] {
            assert!(each(Kind::Lock, cores) > each(Kind::Spaced(0), cores));
        }
    }
}
