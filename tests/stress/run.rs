//! How long, from which seed, and one at a time.

#![forbid(unsafe_code)]

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::rng::seed;
use crate::support::watch::shrunk;

static TURN: Mutex<()> = Mutex::new(());

/// One long test, while it has the machine.
#[derive(Debug)]
pub(crate) struct Run {
    _turn: MutexGuard<'static, ()>,
    end: Instant,
    /// Where its seeds begin.
    pub(crate) seed: u64,
}

impl Run {
    /// Waits for its turn, and prints its seed.
    pub(crate) fn begin(name: &str) -> Self {
        let turn = TURN.lock().unwrap_or_else(|broken| broken.into_inner());
        let usual = if shrunk() { 0 } else { 60 };
        let seconds = std::env::var("STRAIT_STRESS_SECONDS").ok().and_then(|s| s.parse().ok());
        let seconds = Duration::from_secs(seconds.unwrap_or(usual));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let seed = seed(now % 1_000_000);
        println!("{name}: {} s, STRAIT_SEED={seed}", seconds.as_secs());
        Self { _turn: turn, end: Instant::now() + seconds, seed }
    }

    /// Whether there is time left.
    pub(crate) fn go_on(&self) -> bool {
        Instant::now() < self.end
    }
}
