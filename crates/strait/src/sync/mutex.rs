//! Mutexes: a value, and a line of one permit for it.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::kernel::line::Line;
use crate::kernel::prim::constructor;
use crate::kernel::turn::{InLine, Turn};

use super::futures::{Lock, LockOwned};
use super::guard::{MutexGuard, OwnedMutexGuard};
use super::place::Place;

/// A value that one thread or task at a time has access to.
///
/// Locking and unlocking a mutex that nobody else wants is one read-modify-write each, as with a
/// mutex for threads. A guard may be held across `.await` and dropped on another thread.
///
/// Who waits is served in order; how far others may overtake is said
/// [here](super#what-is-promised). The mutex is not re-entrant: to lock it twice without unlocking
/// it waits for ever (or until the time runs out, or the future is dropped).
///
/// # No poisoning
/// If the holder panics, its guard is dropped as the stack unwinds, and the next one has the lock
/// with the value as it was left. Whether that is consistent only the holder knows; in a task the
/// panic is reported by its handle anyway, and a cancelled holder leaves the value in just such a
/// state without any panic. Who changes a value in more than one step takes care of both with a
/// guard of its own. A waiter that is dropped leaves no trace.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use strait::sync::Mutex;
/// static TOTAL: Mutex<u64> = Mutex::new(0);
/// std::thread::scope(|s| {
///     s.spawn(|| *TOTAL.lock_blocking() += 1);
/// });
/// *TOTAL.lock().await += 1;
/// assert_eq!(*TOTAL.lock().await, 2);
/// # });
/// ```
pub struct Mutex<T: ?Sized> {
    line: Line,
    place: Place<T>,
}

impl<T: ?Sized> InLine for &Mutex<T> {
    const ONLY: bool = true;

    #[inline]
    fn line(&self) -> &Line {
        &self.line
    }
}

impl<T: ?Sized> InLine for Arc<Mutex<T>> {
    const ONLY: bool = true;

    #[inline]
    fn line(&self) -> &Line {
        &self.line
    }
}

impl<T> Mutex<T> {
    constructor! {
        /// A mutex that is not locked.
        pub fn new(value: T) -> Self {
            Self { line: Line::new(1), place: Place::new(value) }
        }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.place.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    #[inline]
    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    #[inline]
    pub(super) fn place(&self) -> &Place<T> {
        &self.place
    }

    /// Locks the mutex, waiting until it is free.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in line; the mutex is not locked by it.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mutex = strait::sync::Mutex::new(1);
    /// let mut guard = mutex.lock().await;
    /// *guard += 1;
    /// assert!(mutex.try_lock().is_none());
    /// # });
    /// ```
    #[inline]
    pub fn lock(&self) -> Lock<'_, T> {
        Lock::new(Turn::new(self, 1))
    }

    /// [`lock`](Self::lock), with a guard that holds the mutex.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mutex = std::sync::Arc::new(strait::sync::Mutex::new(1));
    /// let mut guard = mutex.lock_owned().await;
    /// tokio::spawn(async move { *guard += 1 }).await.unwrap();
    /// assert_eq!(*mutex.lock().await, 2);
    /// # });
    /// ```
    #[inline]
    pub fn lock_owned(self: &Arc<Self>) -> LockOwned<T> {
        LockOwned::new(Turn::new(Arc::clone(self), 1))
    }

    /// Locks the mutex if it is free and nobody waits for it.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.line.try_only().then(|| MutexGuard::of(self))
    }

    /// [`try_lock`](Self::try_lock), with a guard that holds the mutex.
    #[inline]
    pub fn try_lock_owned(self: &Arc<Self>) -> Option<OwnedMutexGuard<T>> {
        self.line.try_only().then(|| OwnedMutexGuard::of(Arc::clone(self)))
    }

    /// [`lock`](Self::lock), blocking the thread. Not for use inside an async task.
    #[inline]
    pub fn lock_blocking(&self) -> MutexGuard<'_, T> {
        if !self.line.try_only() {
            self.wait_until(None);
        }
        MutexGuard::of(self)
    }

    /// [`lock`](Self::lock), blocking the thread for at most `timeout`. `None` says that the time
    /// ran out.
    pub fn lock_timeout(&self, timeout: Duration) -> Option<MutexGuard<'_, T>> {
        let deadline = Instant::now().checked_add(timeout);
        self.wait_until(deadline).then(|| MutexGuard::of(self))
    }

    /// [`lock`](Self::lock), blocking the thread until `deadline` at the latest. `None` says that
    /// the time ran out.
    pub fn lock_deadline(&self, deadline: Instant) -> Option<MutexGuard<'_, T>> {
        self.wait_until(Some(deadline)).then(|| MutexGuard::of(self))
    }

    #[cold]
    fn wait_until(&self, deadline: Option<Instant>) -> bool {
        pin!(Turn::new(self, 1)).block(deadline).is_some()
    }

    /// Whether it is locked now. Outdated at once if others are at work.
    pub fn is_locked(&self) -> bool {
        self.line.permits() == 0
    }

    /// The value, without locking: the borrow says that nobody else has access.
    pub fn get_mut(&mut self) -> &mut T {
        self.place.get_mut()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mutex");
        match self.try_lock() {
            Some(guard) => shown.field("value", &&*guard),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish_non_exhaustive()
    }
}
