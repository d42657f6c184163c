//! Latches: a count that comes down, once.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use crate::kernel::line::Line;
use crate::kernel::prim::{AtomicUsize, Ordering};
use crate::kernel::turn::{InLine, Turn};

use super::futures::LatchWait;

/// A count that comes down, and lets all pass when it is 0, for good.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let jobs = strait::sync::Latch::new(2);
/// std::thread::scope(|s| {
///     for _ in 0..2 {
///         s.spawn(|| jobs.count_down());
///     }
///     jobs.wait_blocking();
/// });
/// jobs.wait().await;
/// # });
/// ```
pub struct Latch {
    left: AtomicUsize,
    // Closed when nothing is left.
    line: Line,
}

impl InLine for &Latch {
    const ONLY: bool = false;

    #[inline]
    fn line(&self) -> &Line {
        &self.line
    }
}

impl Latch {
    /// A latch for so many counts; 0 lets all pass at once.
    pub fn new(count: usize) -> Self {
        let latch = Self { left: AtomicUsize::new(count), line: Line::new(0) };
        if count == 0 {
            latch.line.close();
        }
        latch
    }

    /// Counts once. Says whether that was the last count. There is no effect after that.
    pub fn count_down(&self) -> bool {
        self.count_down_by(1)
    }

    /// Counts `n` times, or as often as is left. Says whether the last count was among them.
    pub fn count_down_by(&self, n: usize) -> bool {
        let mut left = self.left.load(Ordering::Relaxed);
        loop {
            let next = left.saturating_sub(n);
            // AcqRel: what each did before its count is visible to those who pass: the one who
            // counts last acquires it from all others, and hands it on by closing the line.
            let counted =
                self.left.compare_exchange_weak(left, next, Ordering::AcqRel, Ordering::Relaxed);
            match counted {
                Ok(_) if left > 0 && next == 0 => {
                    self.line.close();
                    return true;
                }
                Ok(_) => return false,
                Err(now) => left = now,
            }
        }
    }

    /// How many counts are left. Outdated at once if others are at work.
    pub fn count(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    /// Whether all may pass.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.line.is_closed()
    }

    /// Waits until nothing is left.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect on anybody.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    #[inline]
    pub fn wait(&self) -> LatchWait<'_> {
        LatchWait::new(Turn::until_closed(self))
    }

    /// [`wait`](Self::wait), blocking the thread.
    pub fn wait_blocking(&self) {
        self.wait_until(None);
    }

    /// [`wait`](Self::wait), blocking the thread for at most `timeout`. Says whether nothing was
    /// left in time.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// [`wait`](Self::wait), blocking the thread until `deadline` at the latest. Says whether
    /// nothing was left in time.
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_until(Some(deadline))
    }

    fn wait_until(&self, deadline: Option<Instant>) -> bool {
        self.is_open() || pin!(Turn::until_closed(self)).block(deadline).is_some()
    }
}

impl fmt::Debug for Latch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latch").field("count", &self.count()).finish_non_exhaustive()
    }
}
