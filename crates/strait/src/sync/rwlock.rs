//! Locks for one writer or many readers, as a line of weighted permits.
//!
//! # Picture
//! ```text
//!   |<-------- ALL = 2 * HALF - 1 permits --------->|
//!   | a writer takes all                            |
//!   | an upgradable reader: HALF |  readers: 1 each |
//! ```
//! Two upgradable readers do not fit, one and readers do; so the line, which knows of numbers only,
//! keeps all the rules. An upgrade takes the rest, and goes before all who wait, since they wait
//! for it. A downgrade gives back what is too much.

#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::kernel::line::{Closed, Line};
use crate::kernel::prim::constructor;
use crate::kernel::turn::{InLine, Turn};

use super::futures::{Read, ReadOwned, UpgradableRead, Write, WriteOwned};
use super::place::Place;
use super::rwguard::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard,
    RwLockWriteGuard,
};

/// What an upgradable reader takes; more than there can be readers.
pub(super) const HALF: u64 = 1 << 30;
/// What a writer takes.
pub(super) const ALL: u64 = 2 * HALF - 1;

/// A value that many may read at the same time, or one may write.
///
/// All who wait, readers and writers, do so in one line. While the first in it is a writer, readers
/// that come wait behind it: writers do not starve, and neither do readers. So a reader that reads
/// again without letting go may wait for ever, namely if a writer has come in between.
///
/// One reader at a time may be *upgradable*: it reads beside others, and can become the writer
/// without letting anybody else write in between.
///
/// There is no poisoning, for the reasons given at [`Mutex`](super::Mutex#no-poisoning).
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use strait::sync::RwLock;
/// let lock = RwLock::new(1);
/// {
///     let (a, b) = (lock.read().await, lock.read_blocking());
///     assert_eq!(*a + *b, 2);
/// }
/// *lock.write().await += 1;
/// assert_eq!(lock.into_inner(), 2);
/// # });
/// ```
pub struct RwLock<T: ?Sized> {
    line: Line,
    /// Readers share the value, so it must be `Sync` for the lock to be.
    shared: PhantomData<T>,
    place: Place<T>,
}

macro_rules! in_line {
    ($($(#[$meta:meta])* $name:ident),*) => { $(
        $(#[$meta])*
        pub(super) struct $name<L>(pub(super) L);

        impl<T: ?Sized> InLine for $name<&RwLock<T>> {
            const ONLY: bool = false;

            #[inline]
            fn line(&self) -> &Line {
                &self.0.line
            }
        }

        impl<T: ?Sized> InLine for $name<Arc<RwLock<T>>> {
            const ONLY: bool = false;

            #[inline]
            fn line(&self) -> &Line {
                &self.0.line
            }
        }
    )* };
}

in_line! {
    /// Who wants to read.
    Reader,
    /// Who wants to read and perhaps to write.
    Upgrader,
    /// Who wants to write.
    Writer
}

impl<T> RwLock<T> {
    constructor! {
        /// A lock that nobody holds.
        pub fn new(value: T) -> Self {
            Self { line: Line::new(ALL), shared: PhantomData, place: Place::new(value) }
        }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.place.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    #[inline]
    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    #[inline]
    pub(super) fn place(&self) -> &Place<T> {
        &self.place
    }

    /// Locks for reading, waiting until no writer has the lock or waits before.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in line.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    #[inline]
    pub fn read(&self) -> Read<'_, T> {
        Read::new(Turn::new(Reader(self), 1))
    }

    /// Locks for writing, waiting until nobody has the lock.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in line; readers that waited behind it go on.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    #[inline]
    pub fn write(&self) -> Write<'_, T> {
        Write::new(Turn::new(Writer(self), ALL))
    }

    /// Locks for reading in a way that can become writing: see
    /// [`upgrade`](RwLockUpgradableReadGuard::upgrade). Waits until no writer and no other
    /// upgradable reader has the lock or waits before.
    ///
    /// # Cancel safety
    /// As [`read`](Self::read).
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use strait::sync::RwLock;
    /// let cache = RwLock::new(Vec::new());
    /// let seen = cache.upgradable_read().await;
    /// assert!(cache.try_read().is_some(), "others may read");
    /// if seen.is_empty() {
    ///     seen.upgrade().await.push(1);
    /// }
    /// assert_eq!(cache.into_inner(), [1]);
    /// # });
    /// ```
    #[inline]
    pub fn upgradable_read(&self) -> UpgradableRead<'_, T> {
        UpgradableRead::new(Turn::new(Upgrader(self), HALF))
    }

    /// [`read`](Self::read), with a guard that holds the lock.
    #[inline]
    pub fn read_owned(self: &Arc<Self>) -> ReadOwned<T> {
        ReadOwned::new(Turn::new(Reader(Arc::clone(self)), 1))
    }

    /// [`write`](Self::write), with a guard that holds the lock.
    #[inline]
    pub fn write_owned(self: &Arc<Self>) -> WriteOwned<T> {
        WriteOwned::new(Turn::new(Writer(Arc::clone(self)), ALL))
    }

    #[inline]
    fn try_take(&self, permits: u64) -> bool {
        self.line.try_take(permits, false) == Ok(true)
    }

    /// Locks for reading if no writer has the lock and nobody waits.
    #[inline]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.try_take(1).then(|| RwLockReadGuard::of(self))
    }

    /// Locks for writing if nobody has the lock or waits for it.
    #[inline]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.try_take(ALL).then(|| RwLockWriteGuard::of(self))
    }

    /// Locks for upgradable reading if no writer and no other such reader has the lock, and nobody
    /// waits.
    #[inline]
    pub fn try_upgradable_read(&self) -> Option<RwLockUpgradableReadGuard<'_, T>> {
        self.try_take(HALF).then(|| RwLockUpgradableReadGuard::of(self))
    }

    /// [`try_read`](Self::try_read), with a guard that holds the lock.
    pub fn try_read_owned(self: &Arc<Self>) -> Option<OwnedRwLockReadGuard<T>> {
        self.try_take(1).then(|| OwnedRwLockReadGuard::of(Arc::clone(self)))
    }

    /// [`try_write`](Self::try_write), with a guard that holds the lock.
    pub fn try_write_owned(self: &Arc<Self>) -> Option<OwnedRwLockWriteGuard<T>> {
        self.try_take(ALL).then(|| OwnedRwLockWriteGuard::of(Arc::clone(self)))
    }

    /// Takes permits on this thread; says whether they came in time.
    #[inline]
    fn take_until(&self, permits: u64, deadline: Option<Instant>) -> bool {
        self.line.try_take(permits, true) == Ok(true) || self.wait_until(permits, deadline)
    }

    #[cold]
    fn wait_until(&self, permits: u64, deadline: Option<Instant>) -> bool {
        pin!(Turn::new(Reader(self), permits)).block(deadline).is_some()
    }

    /// [`read`](Self::read), blocking the thread. Not for use inside an async task.
    #[inline]
    pub fn read_blocking(&self) -> RwLockReadGuard<'_, T> {
        self.take_until(1, None);
        RwLockReadGuard::of(self)
    }

    /// [`write`](Self::write), blocking the thread. Not for use inside an async task.
    #[inline]
    pub fn write_blocking(&self) -> RwLockWriteGuard<'_, T> {
        self.take_until(ALL, None);
        RwLockWriteGuard::of(self)
    }

    /// [`upgradable_read`](Self::upgradable_read), blocking the thread.
    #[inline]
    pub fn upgradable_read_blocking(&self) -> RwLockUpgradableReadGuard<'_, T> {
        self.take_until(HALF, None);
        RwLockUpgradableReadGuard::of(self)
    }

    /// [`read`](Self::read), blocking the thread for at most `timeout`. `None` says that the time
    /// ran out.
    pub fn read_timeout(&self, timeout: Duration) -> Option<RwLockReadGuard<'_, T>> {
        let deadline = Instant::now().checked_add(timeout);
        self.take_until(1, deadline).then(|| RwLockReadGuard::of(self))
    }

    /// [`write`](Self::write), blocking the thread for at most `timeout`. `None` says that the time
    /// ran out.
    pub fn write_timeout(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, T>> {
        let deadline = Instant::now().checked_add(timeout);
        self.take_until(ALL, deadline).then(|| RwLockWriteGuard::of(self))
    }

    /// [`read`](Self::read), blocking the thread until `deadline` at the latest. `None` says that
    /// the time ran out.
    pub fn read_deadline(&self, deadline: Instant) -> Option<RwLockReadGuard<'_, T>> {
        self.take_until(1, Some(deadline)).then(|| RwLockReadGuard::of(self))
    }

    /// [`write`](Self::write), blocking the thread until `deadline` at the latest. `None` says that
    /// the time ran out.
    pub fn write_deadline(&self, deadline: Instant) -> Option<RwLockWriteGuard<'_, T>> {
        self.take_until(ALL, Some(deadline)).then(|| RwLockWriteGuard::of(self))
    }

    /// The value, without locking: the borrow says that nobody else has access.
    pub fn get_mut(&mut self) -> &mut T {
        self.place.get_mut()
    }
}

/// A lock is never closed.
pub(super) fn open<H>(taken: Result<H, Closed>) -> H {
    taken.unwrap_or_else(|Closed| unreachable!("a lock is never closed"))
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RwLock");
        match self.try_read() {
            Some(guard) => shown.field("value", &&*guard),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish_non_exhaustive()
    }
}
