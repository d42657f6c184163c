//! What producers and consumers do besides: so many steps of a random number generator that
//! nothing can be saved, and so unequal from one time to the next that nobody falls into step. The
//! number of steps is geometric, about 1.8 ns each.

use std::hint::black_box;

/// One's own generator, and when it stops.
pub(super) struct Work {
    state: u64,
    /// A step that ends here or below is the last; 0 where there is no work.
    bound: u64,
}

impl Work {
    /// Work of so many steps in the mean, or none; everyone has another `seed`.
    pub(super) fn new(mean: u32, seed: usize) -> Self {
        // The multiplier is odd and the factor not 0, so neither is the product.
        let state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { state, bound: u64::MAX.checked_div(u64::from(mean)).unwrap_or(0) }
    }

    #[inline]
    pub(super) fn pause(&mut self) {
        if self.bound > 0 {
            self.spin();
        }
    }

    /// Its own function, so that loops without work are what they would be without this.
    #[inline(never)]
    fn spin(&mut self) -> u32 {
        let mut steps = 0;
        loop {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            steps += 1;
            if self.state <= self.bound {
                black_box(self.state);
                return steps;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_and_the_spread_are_geometric() {
        for mean in [1, 10, 100] {
            let rounds = 200_000;
            let mut work = Work::new(mean, 3);
            let steps: Vec<f64> = (0..rounds).map(|_| f64::from(work.spin())).collect();
            let measured = steps.iter().sum::<f64>() / steps.len() as f64;
            let variance =
                steps.iter().map(|steps| (steps - measured).powi(2)).sum::<f64>() / rounds as f64;
            let mean = f64::from(mean);
            assert!((measured / mean - 1.0).abs() < 0.02, "{measured} for {mean}");
            let deviation = (mean * (mean - 1.0)).sqrt();
            assert!((variance.sqrt() - deviation).abs() <= 0.03 * deviation, "{variance}");
        }
    }

    #[test]
    fn nobody_is_in_step_with_another() {
        let steps = |seed| {
            let mut work = Work::new(100, seed);
            (0..8).map(|_| work.spin()).collect::<Vec<_>>()
        };
        assert_ne!(steps(0), steps(1));
    }

    #[test]
    fn no_work_is_none() {
        let mut work = Work::new(0, 1);
        let before = work.state;
        work.pause();
        assert_eq!(work.state, before);
    }
}
