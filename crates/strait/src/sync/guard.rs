//! The guards of mutexes: access to the value, and the lock's end when they are dropped.
//!
//! # Promise
//! A guard is made only from a lock that was taken for it, cannot be copied, and gives the lock
//! back once. A mapped guard takes the lock over from the guard that it is made of.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

use crate::kernel::line::{Closed, Line};

use super::mutex::Mutex;

/// A locked [`Mutex`], which is unlocked when this is dropped.
#[must_use = "a mutex whose guard is dropped is unlocked at once"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// Shared between threads like the value.
    value: PhantomData<&'a mut T>,
}

/// A locked [`Mutex`] in an `Arc`, which is unlocked when this is dropped.
#[must_use = "a mutex whose guard is dropped is unlocked at once"]
pub struct OwnedMutexGuard<T: ?Sized> {
    mutex: Arc<Mutex<T>>,
    value: PhantomData<T>,
}

/// A part of the value of a locked [`Mutex`], which is unlocked when this is dropped.
#[must_use = "a mutex whose guard is dropped is unlocked at once"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    line: &'a Line,
    part: NonNull<T>,
    value: PhantomData<&'a mut T>,
}

// SAFETY: it is a `&mut T` and a reference to a line, which is Sync.
unsafe impl<T: ?Sized + Send> Send for MappedMutexGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for MappedMutexGuard<'_, T> {}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The guard of a lock that was taken for it.
    #[inline]
    pub(super) fn of(mutex: &'a Mutex<T>) -> Self {
        Self { mutex, value: PhantomData }
    }

    #[inline]
    pub(super) fn taken(taken: Result<&'a Mutex<T>, Closed>) -> Self {
        Self::of(taken.expect("a mutex is never closed"))
    }

    /// The mutex that it is of.
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.mutex
    }

    /// Goes on with a part of the value.
    ///
    /// # Examples
    /// ```
    /// use strait::sync::{Mutex, MutexGuard};
    /// let mutex = Mutex::new((1, "one"));
    /// let mut number = MutexGuard::map(mutex.lock_blocking(), |pair| &mut pair.0);
    /// *number += 1;
    /// drop(number);
    /// assert_eq!(mutex.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedMutexGuard<'a, U> {
        let part = NonNull::from(part(&mut this));
        let line = ManuallyDrop::new(this).mutex.line();
        MappedMutexGuard { line, part, value: PhantomData }
    }

    /// Goes on with a part of the value, if it is there.
    ///
    /// # Errors
    /// The guard, if it is not.
    pub fn try_map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedMutexGuard<'a, U>, Self> {
        let Some(part) = part(&mut this).map(NonNull::from) else { return Err(this) };
        let line = ManuallyDrop::new(this).mutex.line();
        Ok(MappedMutexGuard { line, part, value: PhantomData })
    }
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    /// The guard of a lock that was taken for it.
    #[inline]
    pub(super) fn of(mutex: Arc<Mutex<T>>) -> Self {
        Self { mutex, value: PhantomData }
    }

    #[inline]
    pub(super) fn taken(taken: Result<Arc<Mutex<T>>, Closed>) -> Self {
        Self::of(taken.expect("a mutex is never closed"))
    }

    /// The mutex that it is of.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        &this.mutex
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// Goes on with a part of the part.
    pub fn map<U: ?Sized>(
        mut this: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedMutexGuard<'a, U> {
        let part = NonNull::from(part(&mut this));
        let line = ManuallyDrop::new(this).line;
        MappedMutexGuard { line, part, value: PhantomData }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.line().give_only();
    }
}

impl<T: ?Sized> Drop for OwnedMutexGuard<T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.line().give_only();
    }
}

impl<T: ?Sized> Drop for MappedMutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.line.give_only();
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock, and is borrowed.
        unsafe { self.mutex.place().shared() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock, and is borrowed mutably.
        unsafe { self.mutex.place().alone() }
    }
}

impl<T: ?Sized> Deref for OwnedMutexGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock, and is borrowed.
        unsafe { self.mutex.place().shared() }
    }
}

impl<T: ?Sized> DerefMut for OwnedMutexGuard<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock, and is borrowed mutably.
        unsafe { self.mutex.place().alone() }
    }
}

impl<T: ?Sized> Deref for MappedMutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: it came from a `&mut` into the value, which the lock keeps good.
        unsafe { self.part.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for MappedMutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed mutably.
        unsafe { self.part.as_mut() }
    }
}

macro_rules! shown {
    ($($guard:ty),*) => { $(
        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )* };
}

shown!(MutexGuard<'_, T>, OwnedMutexGuard<T>, MappedMutexGuard<'_, T>);
