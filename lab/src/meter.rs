//! Time on the wall and time on the processor.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// What a round took. `cpu` is the time of all threads of the process, user and system: it tells a
/// library that waits from one that spins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// How often the one with the fewest turns and the one with the most had one, in parts of the
    /// mean; `None` where everyone has as many.
    pub(crate) spread: Option<[f64; 2]>,
}

impl Cost {
    pub(crate) fn new(wall: Duration, cpu: Duration) -> Self {
        Self { wall, cpu, spread: None }
    }

    /// With the turns that each one had.
    pub(crate) fn with_turns(self, turns: &[usize]) -> Self {
        let all: usize = turns.iter().sum();
        let of_mean = |&turns_of_one: &usize| (turns_of_one * turns.len()) as f64 / all as f64;
        let ends = turns.iter().min().zip(turns.iter().max()).filter(|_| all > 0);
        Self { spread: ends.map(|(least, most)| [of_mean(least), of_mean(most)]), ..self }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    wall: Instant,
    cpu: ProcessTime,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { cpu: ProcessTime::now(), wall: Instant::now() }
    }

    pub(crate) fn stop(self) -> Cost {
        Cost::new(self.wall.elapsed(), self.cpu.elapsed())
    }

    /// The cost from here to where another thread started its own.
    pub(crate) fn until(self, end: Self) -> Cost {
        let wall = end.wall.saturating_duration_since(self.wall);
        Cost::new(wall, end.cpu.as_duration().saturating_sub(self.cpu.as_duration()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_in_parts_of_the_mean() {
        let spread = |turns| Cost::new(Duration::ZERO, Duration::ZERO).with_turns(turns).spread;
        assert_eq!(spread(&[1, 2, 3]), Some([0.5, 1.5]));
        assert_eq!(spread(&[5]), Some([1.0, 1.0]));
        assert_eq!((spread(&[0, 0]), spread(&[])), (None, None));
    }
}
