//! Events: something that has happened, for all to see or for one.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use crate::kernel::line::Line;
use crate::kernel::prim::constructor;
use crate::kernel::turn::{InLine, Turn};

use super::futures::{AutoEventWait, EventWait};

/// A flag that threads and tasks wait for. Once it is set all pass, until it is
/// [reset](Self::reset).
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let ready = strait::sync::Event::new();
/// std::thread::scope(|s| {
///     s.spawn(|| ready.wait_blocking());
///     ready.set();
/// });
/// ready.wait().await;
/// ready.reset();
/// assert!(!ready.is_set());
/// # });
/// ```
pub struct Event {
    // Closed when the event is set.
    line: Line,
}

/// A flag that one waiter takes: each [`set`](Self::set) lets one pass, who resets it by that.
///
/// It is not counted: to set it again before somebody has passed is the same as once. Those who
/// wait pass in order.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let work = strait::sync::AutoEvent::new();
/// work.set();
/// work.set();
/// work.wait().await;
/// assert!(!work.try_wait());
/// # });
/// ```
pub struct AutoEvent {
    // Has a permit when the event is set.
    line: Line,
}

impl InLine for &Event {
    const ONLY: bool = false;

    #[inline]
    fn line(&self) -> &Line {
        &self.line
    }
}

impl InLine for &AutoEvent {
    const ONLY: bool = true;

    #[inline]
    fn line(&self) -> &Line {
        &self.line
    }
}

impl Event {
    constructor! {
        /// An event that is not set.
        pub fn new() -> Self {
            Self { line: Line::new(0) }
        }
    }

    /// Sets it: all who wait pass, and whoever comes until it is reset. Says whether it was not
    /// set before.
    ///
    /// Who waited when it was set passes, even if it is reset before they run. Waking several
    /// allocates their number of pointers.
    pub fn set(&self) -> bool {
        self.line.close()
    }

    /// Takes it back: whoever comes waits again. Says whether it was set.
    pub fn reset(&self) -> bool {
        self.line.open()
    }

    /// Whether it is set.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.line.is_closed()
    }

    /// Waits until it is set.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect on anybody.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    #[inline]
    pub fn wait(&self) -> EventWait<'_> {
        EventWait::new(Turn::until_closed(self))
    }

    /// [`wait`](Self::wait), blocking the thread.
    pub fn wait_blocking(&self) {
        self.wait_until(None);
    }

    /// [`wait`](Self::wait), blocking the thread for at most `timeout`. Says whether it was set in
    /// time.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// [`wait`](Self::wait), blocking the thread until `deadline` at the latest. Says whether it was
    /// set in time.
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_until(Some(deadline))
    }

    fn wait_until(&self, deadline: Option<Instant>) -> bool {
        self.is_set() || pin!(Turn::until_closed(self)).block(deadline).is_some()
    }
}

impl AutoEvent {
    constructor! {
        /// An event that is not set.
        pub fn new() -> Self {
            Self { line: Line::new(0) }
        }
    }

    /// Sets it: one passes, of those who wait or the next who comes.
    pub fn set(&self) {
        self.line.give_one_at_most();
    }

    /// Waits until it is set, and resets it.
    ///
    /// # Cancel safety
    /// The event is reset by the poll that returns. A future that was woken and is dropped leaves it
    /// to the next.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    #[inline]
    pub fn wait(&self) -> AutoEventWait<'_> {
        AutoEventWait::new(Turn::new(self, 1))
    }

    /// Resets it; says whether it was set, and nobody waited for it.
    #[inline]
    pub fn try_wait(&self) -> bool {
        self.line.try_only()
    }

    /// [`wait`](Self::wait), blocking the thread.
    pub fn wait_blocking(&self) {
        self.wait_until(None);
    }

    /// [`wait`](Self::wait), blocking the thread for at most `timeout`. Says whether it was set in
    /// time.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// [`wait`](Self::wait), blocking the thread until `deadline` at the latest. Says whether it was
    /// set in time.
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_until(Some(deadline))
    }

    fn wait_until(&self, deadline: Option<Instant>) -> bool {
        self.try_wait() || pin!(Turn::new(self, 1)).block(deadline).is_some()
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for AutoEvent {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("set", &self.is_set()).finish_non_exhaustive()
    }
}

impl fmt::Debug for AutoEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_set = self.line.permits() > 0;
        f.debug_struct("AutoEvent").field("set", &is_set).finish_non_exhaustive()
    }
}
