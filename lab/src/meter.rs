//! Time on the wall and time on the processor.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

/// What a round took. `cpu` is the time of all threads of the process, user and system: it tells a
/// library that waits from one that spins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
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
        Cost { wall: self.wall.elapsed(), cpu: self.cpu.elapsed() }
    }

    /// The cost from here to where another thread started its own.
    pub(crate) fn until(self, end: Self) -> Cost {
        let wall = end.wall.saturating_duration_since(self.wall);
        Cost { wall, cpu: end.cpu.as_duration().saturating_sub(self.cpu.as_duration()) }
    }
}
