//! Random numbers from a printed seed.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// xorshift64*, with shared access so that a future can borrow it.
#[derive(Debug)]
pub struct Rng(AtomicU64);

impl Rng {
    /// Any seed will do.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))
    }

    /// The next 64 bits.
    pub fn next(&self) -> u64 {
        let mut x = self.0.load(Relaxed);
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0.store(x, Relaxed);
        x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 8
    }

    /// One of `0..n`.
    pub fn below(&self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True once in `n`.
    pub fn one_in(&self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// The seed of this run: `STRAIT_SEED`, or `usual`.
pub fn seed(usual: u64) -> u64 {
    std::env::var("STRAIT_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(usual)
}
