//! Where a lock keeps its value.
//!
//! # Promise
//! Access is by those who hold the lock alone: the two methods that give it are unsafe, and the
//! guards, which hold it, are all that calls them.

use crate::kernel::prim::{UnsafeCell, constructor};

/// A value whose lock lies beside it.
#[derive(Debug)]
pub(super) struct Place<T: ?Sized>(UnsafeCell<T>);

// SAFETY: a lock hands the value from thread to thread (`T: Send`), and gives references to it to
// several at the same time only from the guards of readers, which ask for `T: Sync` to be shared or
// sent themselves.
unsafe impl<T: ?Sized + Send> Sync for Place<T> {}
// SAFETY: the value goes with it.
unsafe impl<T: ?Sized + Send> Send for Place<T> {}

impl<T> Place<T> {
    constructor! {
        pub(super) fn new(value: T) -> Self {
            Self(UnsafeCell::new(value))
        }
    }

    pub(super) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> Place<T> {
    pub(super) fn get_mut(&mut self) -> &mut T {
        self.0.with_mut(|value| {
            // SAFETY: the place is borrowed mutably.
            unsafe { &mut *value }
        })
    }

    /// # Safety
    /// The caller holds the lock, for reading at least, as long as the reference lives.
    #[inline]
    pub(super) unsafe fn shared(&self) -> &T {
        self.0.with(|value| {
            // SAFETY: nobody writes as long as the caller holds the lock.
            unsafe { &*value }
        })
    }

    /// # Safety
    /// The caller holds the lock for itself alone, and uses no other reference meanwhile.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "the lock says that there is no other")]
    pub(super) unsafe fn alone(&self) -> &mut T {
        self.0.with_mut(|value| {
            // SAFETY: nobody else has access as long as the caller holds the lock.
            unsafe { &mut *value }
        })
    }
}
