//! Semaphores: a number of permits that are handed out and come back.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::kernel::line::{Closed, Line, MOST_PERMITS};
use crate::kernel::prim::{AtomicU64, Ordering, constructor};
use crate::kernel::turn::{InLine, Turn};

use super::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use super::futures::{Acquire, AcquireOwned};
use super::permit::{OwnedPermit, Permit};

/// A number of permits, which threads and tasks acquire and give back.
///
/// Permits are guards: they come back when they are dropped, so there are never more than were
/// made. Those who wait are served in order, whether they want few permits or many; how far others
/// may overtake them is said [here](super#what-is-promised).
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use strait::sync::Semaphore;
/// let connections = Semaphore::new(2);
/// let first = connections.acquire().await?;
/// let second = connections.acquire_blocking()?;
/// assert!(connections.try_acquire().is_err());
/// drop(first);
/// assert_eq!(connections.available_permits(), 1);
/// # drop(second); Ok::<(), strait::sync::AcquireError>(()) }).unwrap();
/// ```
pub struct Semaphore {
    line: Line,
    /// Permits that exist: available, or held by somebody.
    total: AtomicU64,
    maximum: u64,
}

/// Somebody's wish for permits of a semaphore.
#[derive(Debug)]
pub(super) struct Demand<S> {
    pub(super) semaphore: S,
    pub(super) permits: u64,
}

impl InLine for Demand<&Semaphore> {
    const ONLY: bool = false;

    #[inline]
    fn line(&self) -> &Line {
        &self.semaphore.line
    }
}

impl InLine for Demand<Arc<Semaphore>> {
    const ONLY: bool = false;

    #[inline]
    fn line(&self) -> &Line {
        &self.semaphore.line
    }
}

impl Semaphore {
    /// As many permits as a semaphore may have.
    pub const MAX_PERMITS: usize =
        if MOST_PERMITS > usize::MAX as u64 / 2 { usize::MAX / 2 } else { MOST_PERMITS as usize };

    constructor! {
        /// A semaphore with so many permits. More may be [added](Self::add_permits), up to
        /// [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Panics
        /// If `permits` is more than `MAX_PERMITS`.
        #[track_caller]
        pub fn new(permits: usize) -> Self {
            Self::with_maximum(permits, Self::MAX_PERMITS)
        }
    }

    constructor! {
        /// A semaphore with so many permits, which never has more than `maximum`.
        ///
        /// To acquire more than that is refused at once; with [`new`](Self::new) it means to wait
        /// until somebody adds permits.
        ///
        /// # Panics
        /// If `permits` is more than `maximum`, or `maximum` is 0 or more than
        /// [`MAX_PERMITS`](Self::MAX_PERMITS).
        #[track_caller]
        pub fn with_maximum(permits: usize, maximum: usize) -> Self {
            assert!(maximum > 0, "a semaphore's maximum is at least one permit");
            assert!(maximum <= Self::MAX_PERMITS, "a semaphore has at most `MAX_PERMITS` permits");
            assert!(permits <= maximum, "a semaphore has at most its maximum of permits");
            let permits = permits as u64;
            Self {
                line: Line::new(permits),
                total: AtomicU64::new(permits),
                maximum: maximum as u64,
            }
        }
    }

    #[inline]
    #[track_caller]
    fn demand<S>(&self, semaphore: S, permits: usize) -> Turn<Demand<S>>
    where
        Demand<S>: InLine,
    {
        assert!(permits as u64 <= self.maximum, "the semaphore never has so many permits");
        let permits = permits as u64;
        Turn::new(Demand { semaphore, permits }, permits)
    }

    /// Acquires a permit, waiting until there is one.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in line, and loses no permit.
    ///
    /// # Errors
    /// [`AcquireError`] if the semaphore is closed, or is closed while the future waits.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let semaphore = strait::sync::Semaphore::new(1);
    /// let permit = semaphore.acquire().await?;
    /// assert_eq!(permit.permits(), 1);
    /// # Ok::<(), strait::sync::AcquireError>(()) }).unwrap();
    /// ```
    #[inline]
    pub fn acquire(&self) -> Acquire<'_> {
        Acquire::new(self.demand(self, 1))
    }

    /// Acquires several permits at once, waiting until there are enough.
    ///
    /// They are taken together or not at all. Who waits for many is not passed over in favour of
    /// those behind it who want few. For none at all nobody waits.
    ///
    /// # Cancel safety
    /// As [`acquire`](Self::acquire).
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    /// If `permits` is more than the semaphore's maximum, in this call. If the future is polled
    /// after it was ready.
    #[inline]
    #[track_caller]
    pub fn acquire_many(&self, permits: usize) -> Acquire<'_> {
        Acquire::new(self.demand(self, permits))
    }

    /// [`acquire`](Self::acquire), with a permit that holds the semaphore.
    #[inline]
    pub fn acquire_owned(self: &Arc<Self>) -> AcquireOwned {
        self.acquire_many_owned(1)
    }

    /// [`acquire_many`](Self::acquire_many), with a permit that holds the semaphore.
    ///
    /// # Panics
    /// As [`acquire_many`](Self::acquire_many).
    #[inline]
    #[track_caller]
    pub fn acquire_many_owned(self: &Arc<Self>, permits: usize) -> AcquireOwned {
        AcquireOwned::new(self.demand(Arc::clone(self), permits))
    }

    /// Acquires a permit if there is one and nobody waits for it.
    ///
    /// # Errors
    /// [`TryAcquireError`].
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Acquires several permits if there are enough and nobody waits for them.
    ///
    /// # Errors
    /// [`TryAcquireError`].
    #[inline]
    pub fn try_acquire_many(&self, permits: usize) -> Result<Permit<'_>, TryAcquireError> {
        self.try_take(permits)?;
        Ok(Permit::of(self, permits as u64))
    }

    /// [`try_acquire_many`](Self::try_acquire_many), with a permit that holds the semaphore.
    ///
    /// # Errors
    /// [`TryAcquireError`].
    pub fn try_acquire_many_owned(
        self: &Arc<Self>,
        permits: usize,
    ) -> Result<OwnedPermit, TryAcquireError> {
        self.try_take(permits)?;
        Ok(OwnedPermit::of(Arc::clone(self), permits as u64))
    }

    #[inline]
    fn try_take(&self, permits: usize) -> Result<(), TryAcquireError> {
        match self.line.try_take(permits as u64, false) {
            Ok(true) => Ok(()),
            Ok(false) => Err(TryAcquireError::NoPermits),
            Err(Closed) => Err(TryAcquireError::Closed),
        }
    }

    /// [`acquire`](Self::acquire), blocking the thread. Not for use inside an async task.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    #[inline]
    pub fn acquire_blocking(&self) -> Result<Permit<'_>, AcquireError> {
        self.acquire_many_blocking(1)
    }

    /// [`acquire_many`](Self::acquire_many), blocking the thread.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    /// If `permits` is more than the semaphore's maximum.
    #[inline]
    #[track_caller]
    pub fn acquire_many_blocking(&self, permits: usize) -> Result<Permit<'_>, AcquireError> {
        match self.line.try_take(permits as u64, true) {
            Ok(true) => Ok(Permit::of(self, permits as u64)),
            _ => self.acquire_until(permits, None).ok_or(AcquireError)?,
        }
    }

    /// [`acquire`](Self::acquire), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`AcquireTimeoutError`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use strait::sync::{AcquireTimeoutError, Semaphore};
    /// let semaphore = Semaphore::new(0);
    /// let late = semaphore.acquire_timeout(Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), AcquireTimeoutError::Timeout);
    /// ```
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire_many_timeout(1, timeout)
    }

    /// [`acquire`](Self::acquire), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`AcquireTimeoutError`].
    pub fn acquire_deadline(&self, deadline: Instant) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire_many_deadline(1, deadline)
    }

    /// [`acquire_many`](Self::acquire_many), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`AcquireTimeoutError`].
    ///
    /// # Panics
    /// If `permits` is more than the semaphore's maximum.
    #[track_caller]
    pub fn acquire_many_timeout(
        &self,
        permits: usize,
        timeout: Duration,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        let permit = self.acquire_until(permits, Instant::now().checked_add(timeout));
        Ok(permit.ok_or(AcquireTimeoutError::Timeout)??)
    }

    /// [`acquire_many`](Self::acquire_many), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`AcquireTimeoutError`].
    ///
    /// # Panics
    /// If `permits` is more than the semaphore's maximum.
    #[track_caller]
    pub fn acquire_many_deadline(
        &self,
        permits: usize,
        deadline: Instant,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        let permit = self.acquire_until(permits, Some(deadline));
        Ok(permit.ok_or(AcquireTimeoutError::Timeout)??)
    }

    #[cold]
    #[track_caller]
    fn acquire_until(
        &self,
        permits: usize,
        deadline: Option<Instant>,
    ) -> Option<Result<Permit<'_>, AcquireError>> {
        pin!(self.demand(self, permits)).block(deadline).map(Permit::taken)
    }

    /// Adds permits.
    ///
    /// # Panics
    /// If the semaphore would have more than its maximum; nothing is added then.
    ///
    /// # Examples
    /// ```
    /// let semaphore = strait::sync::Semaphore::with_maximum(0, 3);
    /// semaphore.add_permits(2);
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    #[track_caller]
    pub fn add_permits(&self, permits: usize) {
        // Relaxed, here and in `forget`: a count, and nothing but that.
        let mut total = self.total.load(Ordering::Relaxed);
        loop {
            let more = total.checked_add(permits as u64).filter(|more| *more <= self.maximum);
            let more = more.expect("a semaphore has at most its maximum of permits");
            let replaced =
                self.total.compare_exchange(total, more, Ordering::Relaxed, Ordering::Relaxed);
            match replaced {
                Ok(_) => return self.give(permits as u64),
                Err(now) => total = now,
            }
        }
    }

    #[inline]
    pub(super) fn give(&self, permits: u64) {
        self.line.give(permits);
    }

    pub(super) fn forget(&self, permits: u64) {
        self.total.fetch_sub(permits, Ordering::Relaxed);
    }

    /// How many permits could be acquired now. Outdated at once if others are at work.
    pub fn available_permits(&self) -> usize {
        self.line.permits() as usize
    }

    /// How many permits exist, available and acquired.
    pub fn total_permits(&self) -> usize {
        self.total.load(Ordering::Relaxed) as usize
    }

    /// Closes the semaphore: nobody acquires a permit from here on, and those who wait get an
    /// error. Permits that are held stay good.
    ///
    /// # Examples
    /// ```
    /// use strait::sync::{Semaphore, TryAcquireError};
    /// let semaphore = Semaphore::new(1);
    /// semaphore.close();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    /// ```
    pub fn close(&self) {
        self.line.close();
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.line.is_closed()
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available", &self.available_permits())
            .field("total", &self.total_permits())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
