//! The permits of a semaphore, which come back when they are dropped.

#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::kernel::line::Closed;

use super::error::AcquireError;
use super::semaphore::{Demand, Semaphore};

macro_rules! permit {
    ($(#[$meta:meta])* $name:ident [$($life:tt)*] $semaphore:ty, $clone:expr, $same:expr) => {
        $(#[$meta])*
        #[must_use = "a permit that is dropped goes back at once"]
        #[derive(Debug)]
        pub struct $name<$($life)*> {
            semaphore: $semaphore,
            permits: u64,
        }

        impl<$($life)*> $name<$($life)*> {
            #[inline]
            pub(super) fn of(semaphore: $semaphore, permits: u64) -> Self {
                Self { semaphore, permits }
            }

            #[inline]
            pub(super) fn taken(
                taken: Result<Demand<$semaphore>, Closed>,
            ) -> Result<Self, AcquireError> {
                let Demand { semaphore, permits } = taken.map_err(|Closed| AcquireError)?;
                Ok(Self { semaphore, permits })
            }

            /// How many permits these are.
            pub fn permits(&self) -> usize {
                self.permits as usize
            }

            /// The semaphore that they are of.
            pub fn semaphore(&self) -> &Semaphore {
                &self.semaphore
            }

            /// Takes so many of them off; `None` if there are fewer.
            pub fn split(&mut self, permits: usize) -> Option<Self> {
                let permits = permits as u64;
                self.permits = self.permits.checked_sub(permits)?;
                Some(Self { semaphore: $clone(&self.semaphore), permits })
            }

            /// Puts others to these.
            ///
            /// # Panics
            /// If they are of different semaphores.
            #[track_caller]
            pub fn merge(&mut self, mut others: Self) {
                assert!(
                    $same(&self.semaphore, &others.semaphore),
                    "permits of different semaphores cannot be merged"
                );
                self.permits += std::mem::take(&mut others.permits);
            }

            /// Destroys the permits: the semaphore has fewer from here on.
            pub fn forget(mut self) {
                self.semaphore.forget(std::mem::take(&mut self.permits));
            }
        }

        impl<$($life)*> Drop for $name<$($life)*> {
            #[inline]
            fn drop(&mut self) {
                if self.permits > 0 {
                    self.semaphore.give(self.permits);
                }
            }
        }
    };
}

permit! {
    /// Permits of a [`Semaphore`], which get them back when this is dropped.
    ///
    /// # Examples
    /// ```
    /// let semaphore = strait::sync::Semaphore::new(3);
    /// let mut three = semaphore.try_acquire_many(3).unwrap();
    /// let one = three.split(1).unwrap();
    /// assert_eq!((three.permits(), one.permits()), (2, 1));
    /// drop(three);
    /// one.forget();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    Permit ['a] &'a Semaphore, |own: &&'a Semaphore| *own,
    |a: &&'a Semaphore, b: &&'a Semaphore| std::ptr::eq(*a, *b)
}

permit! {
    /// Permits of a [`Semaphore`] in an `Arc`, which get them back when this is dropped.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let semaphore = std::sync::Arc::new(strait::sync::Semaphore::new(1));
    /// let permit = semaphore.acquire_owned().await.unwrap();
    /// tokio::spawn(async move { drop(permit) }).await.unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// # });
    /// ```
    OwnedPermit [] Arc<Semaphore>, Arc::clone, Arc::ptr_eq
}
