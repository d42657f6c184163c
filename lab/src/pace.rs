//! How long and how often: the same for every row of a full run, what is left of the time in a
//! quick one.

use std::time::{Duration, Instant};

/// What the rows of a quick run may take; with the start, the memory, the model and the report it
/// ends within two minutes.
const QUICK: Duration = Duration::from_secs(80);
/// Rounds of a contestant in a quick row, warm-up included, in the time that it has.
const QUICK_ROUNDS: u32 = 16;

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
    /// After this no interleaved round begins, unless there are fewer than [`Pace::LEAST`].
    pub(crate) end: Option<Instant>,
}

impl Pace {
    /// The fewest interleaved rounds.
    pub(crate) const LEAST: usize = 3;

    /// For figures.
    pub(crate) const FULL: Self = Self {
        rounds: 25,
        fastest: Duration::from_millis(10),
        slowest: Duration::from_millis(100),
        apart: false,
        end: None,
    };

    /// For a look, when each contestant of the row has `each`.
    fn quick(each: Duration, contestants: usize, now: Instant) -> Self {
        let round = each / QUICK_ROUNDS;
        let fastest = round.clamp(Duration::from_micros(300), Duration::from_millis(6));
        Self {
            rounds: 7,
            fastest,
            slowest: fastest * 8,
            apart: false,
            end: Some(now + each * u32::try_from(contestants).unwrap_or(u32::MAX)),
        }
    }
}

/// The time of a run.
#[derive(Debug)]
pub(crate) struct Budget {
    end: Option<Instant>,
    rounds: Option<usize>,
    /// Contestants of the rows that are still to be run, all together.
    left: usize,
}

impl Budget {
    /// Of a run with so many contestants in all rows together, of which `spent` is already gone.
    pub(crate) fn new(
        quick: bool,
        rounds: Option<usize>,
        contestants: usize,
        spent: Duration,
    ) -> Self {
        let end = quick.then(|| Instant::now() + QUICK.saturating_sub(spent));
        Self { end, rounds, left: contestants }
    }

    /// The pace of the next row, which has so many; `None` if its time is gone.
    pub(crate) fn next(&mut self, contestants: usize, apart: bool) -> Option<Pace> {
        let now = Instant::now();
        let pace = match self.end {
            None => Pace::FULL,
            Some(end) => {
                let rest = end.checked_duration_since(now)?;
                let each = rest / u32::try_from(self.left.max(1)).unwrap_or(u32::MAX);
                Pace::quick(each, contestants, now)
            }
        };
        self.left = self.left.saturating_sub(contestants);
        Some(Pace { apart, rounds: self.rounds.unwrap_or(pace.rounds), ..pace })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_divides_what_is_left() {
        let mut budget = Budget::new(true, None, 100, Duration::ZERO);
        let pace = budget.next(10, false).unwrap();
        let row = pace.end.unwrap() - Instant::now();
        assert!(row <= QUICK / 10 && row > QUICK / 11, "{row:?}");
        assert_eq!(pace.fastest, Duration::from_millis(6));
        let pace = Budget::new(true, None, 10_000, Duration::ZERO).next(10, false).unwrap();
        assert!(pace.fastest < Duration::from_millis(1), "more rows make shorter rounds");
    }

    #[test]
    fn a_quick_run_has_an_end_and_a_full_one_has_not() {
        assert!(Budget::new(true, None, 100, QUICK * 2).next(10, false).is_none());
        let pace = Budget::new(false, Some(3), 100, QUICK * 2).next(10, true).unwrap();
        assert_eq!((pace.rounds, pace.apart, pace.end), (3, true, None));
    }
}
