//! The guards of [`RwLock`]s: access to the value, and the permits' way back when they are dropped.
//!
//! # Promise
//! A guard is made only from permits that were taken for it: one for a reader, `HALF` for an
//! upgradable one, `ALL` for a writer. It cannot be copied and gives them back once. A guard that
//! is made of another takes over its permits, or gives back the difference.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::kernel::line::{Closed, Line};
use crate::kernel::turn::{InLine, Turn};

use super::futures::Upgrade;
use super::rwlock::{ALL, HALF, Reader, RwLock, Upgrader, Writer, open};

macro_rules! guards {
    ($(
        $(#[$meta:meta])*
        $name:ident [$($life:lifetime)?] $lock:ty, $holder:ident, $permits:expr, $like:ty;
    )*) => { $(
        $(#[$meta])*
        #[must_use = "a lock whose guard is dropped is given back at once"]
        pub struct $name<$($life,)? T: ?Sized> {
            lock: $lock,
            /// Shared between threads, and sent, like this.
            value: PhantomData<$like>,
        }

        impl<$($life,)? T: ?Sized> $name<$($life,)? T> {
            /// The guard of permits that were taken for it.
            #[inline]
            pub(super) fn of(lock: $lock) -> Self {
                Self { lock, value: PhantomData }
            }

            #[inline]
            pub(super) fn taken(taken: Result<$holder<$lock>, Closed>) -> Self {
                Self::of(open(taken).0)
            }

            /// The lock that it is of.
            pub fn lock(this: &Self) -> &RwLock<T> {
                &this.lock
            }
        }

        impl<$($life,)? T: ?Sized> Drop for $name<$($life,)? T> {
            #[inline]
            fn drop(&mut self) {
                self.lock.line().give($permits);
            }
        }

        impl<$($life,)? T: ?Sized> Deref for $name<$($life,)? T> {
            type Target = T;

            #[inline]
            fn deref(&self) -> &T {
                // SAFETY: the guard holds the lock, and is borrowed.
                unsafe { self.lock.place().shared() }
            }
        }

        impl<$($life,)? T: ?Sized + fmt::Debug> fmt::Debug for $name<$($life,)? T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($life,)? T: ?Sized + fmt::Display> fmt::Display for $name<$($life,)? T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}

guards! {
    /// An [`RwLock`] that is locked for reading, until this is dropped.
    RwLockReadGuard ['a] &'a RwLock<T>, Reader, 1, &'a T;

    /// An [`RwLock`] that is locked for reading and perhaps writing, until this is dropped.
    RwLockUpgradableReadGuard ['a] &'a RwLock<T>, Upgrader, HALF, &'a mut T;

    /// An [`RwLock`] that is locked for writing, until this is dropped.
    RwLockWriteGuard ['a] &'a RwLock<T>, Writer, ALL, &'a mut T;

    /// An [`RwLock`] in an `Arc` that is locked for reading, until this is dropped.
    OwnedRwLockReadGuard [] Arc<RwLock<T>>, Reader, 1, T;

    /// An [`RwLock`] in an `Arc` that is locked for writing, until this is dropped.
    OwnedRwLockWriteGuard [] Arc<RwLock<T>>, Writer, ALL, T;
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds all permits, and is borrowed mutably.
        unsafe { self.lock.place().alone() }
    }
}

impl<T: ?Sized> DerefMut for OwnedRwLockWriteGuard<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds all permits, and is borrowed mutably.
        unsafe { self.lock.place().alone() }
    }
}

impl<T: ?Sized> InLine for RwLockUpgradableReadGuard<'_, T> {
    const ONLY: bool = false;

    fn line(&self) -> &Line {
        self.lock.line()
    }
}

impl<'a, T: ?Sized> RwLockUpgradableReadGuard<'a, T> {
    /// Becomes the writer, waiting until the other readers have gone. Nobody writes in between.
    ///
    /// # Cancel safety
    /// Dropping the future drops the guard, so the lock is given back.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    pub fn upgrade(self) -> Upgrade<'a, T> {
        Upgrade::new(Turn::first(self, ALL - HALF))
    }

    /// [`upgrade`](Self::upgrade), blocking the thread.
    pub fn upgrade_blocking(self) -> RwLockWriteGuard<'a, T> {
        let upgraded = pin!(Turn::first(self, ALL - HALF)).block(None);
        Self::upgraded(upgraded.expect("there is no limit of time"))
    }

    /// Becomes the writer if there are no other readers.
    ///
    /// # Errors
    /// The guard as it was, if there are.
    pub fn try_upgrade(self) -> Result<RwLockWriteGuard<'a, T>, Self> {
        // Those who wait do so for this guard, so it may go before them.
        if self.lock.line().try_take_first(ALL - HALF) == Ok(true) {
            Ok(Self::upgraded(Ok(self)))
        } else {
            Err(self)
        }
    }

    /// The guard has all permits now.
    pub(super) fn upgraded(taken: Result<Self, Closed>) -> RwLockWriteGuard<'a, T> {
        RwLockWriteGuard::of(ManuallyDrop::new(open(taken)).lock)
    }

    /// Becomes a plain reader.
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        let lock = ManuallyDrop::new(self).lock;
        lock.line().give(HALF - 1);
        RwLockReadGuard::of(lock)
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Becomes a reader. Nobody writes in between; readers that wait first in line go on.
    ///
    /// # Examples
    /// ```
    /// use strait::sync::{RwLock, RwLockWriteGuard};
    /// let lock = RwLock::new(1);
    /// let mut writer = lock.write_blocking();
    /// *writer += 1;
    /// let reader = RwLockWriteGuard::downgrade(writer);
    /// assert_eq!(*reader + *lock.read_blocking(), 4);
    /// ```
    pub fn downgrade(this: Self) -> RwLockReadGuard<'a, T> {
        let lock = ManuallyDrop::new(this).lock;
        lock.line().give(ALL - 1);
        RwLockReadGuard::of(lock)
    }

    /// Becomes an upgradable reader.
    pub fn downgrade_to_upgradable(this: Self) -> RwLockUpgradableReadGuard<'a, T> {
        let lock = ManuallyDrop::new(this).lock;
        lock.line().give(ALL - HALF);
        RwLockUpgradableReadGuard::of(lock)
    }

    /// Goes on with a part of the value.
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedRwLockWriteGuard<'a, U> {
        let part = NonNull::from(part(&mut this));
        let line = ManuallyDrop::new(this).lock.line();
        MappedRwLockWriteGuard { line, part, value: PhantomData }
    }
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// Goes on with a part of the value.
    pub fn map<U: ?Sized>(this: Self, part: impl FnOnce(&T) -> &U) -> MappedRwLockReadGuard<'a, U> {
        let part = NonNull::from(part(&this));
        let line = ManuallyDrop::new(this).lock.line();
        MappedRwLockReadGuard { line, part, value: PhantomData }
    }
}

/// A part of the value of an [`RwLock`] that is locked for reading, until this is dropped.
#[must_use = "a lock whose guard is dropped is given back at once"]
pub struct MappedRwLockReadGuard<'a, T: ?Sized> {
    line: &'a Line,
    part: NonNull<T>,
    value: PhantomData<&'a T>,
}

/// A part of the value of an [`RwLock`] that is locked for writing, until this is dropped.
#[must_use = "a lock whose guard is dropped is given back at once"]
pub struct MappedRwLockWriteGuard<'a, T: ?Sized> {
    line: &'a Line,
    part: NonNull<T>,
    value: PhantomData<&'a mut T>,
}

// SAFETY: it is a `&T` and a reference to a line, which is Sync.
unsafe impl<T: ?Sized + Sync> Send for MappedRwLockReadGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for MappedRwLockReadGuard<'_, T> {}
// SAFETY: it is a `&mut T` and a reference to a line.
unsafe impl<T: ?Sized + Send> Send for MappedRwLockWriteGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for MappedRwLockWriteGuard<'_, T> {}

impl<T: ?Sized> Drop for MappedRwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.line.give(1);
    }
}

impl<T: ?Sized> Drop for MappedRwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        self.line.give(ALL);
    }
}

impl<T: ?Sized> Deref for MappedRwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: it came from a reference into the value, which the lock keeps good.
        unsafe { self.part.as_ref() }
    }
}

impl<T: ?Sized> Deref for MappedRwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: it came from a `&mut` into the value, which the lock keeps good.
        unsafe { self.part.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for MappedRwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed mutably.
        unsafe { self.part.as_mut() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MappedRwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MappedRwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
