//! The futures that the operations of this room return, for those who have to name them.
//!
//! None of them does anything until it is polled; the first poll takes a place in line. Each may be
//! dropped at any moment, and gives its place up then.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::kernel::arm::{Arm, Operation};
use crate::kernel::ballot::Seat;
use crate::kernel::turn::Turn;
use crate::kernel::wait::{Progress, Step};

pub use super::barrier::BarrierWait;
pub use super::once::{GetOrInit, GetOrTryInit};

use super::error::AcquireError;
use super::event::{AutoEvent, Event};
use super::guard::{MutexGuard, OwnedMutexGuard};
use super::latch::Latch;
use super::mutex::Mutex;
use super::permit::{OwnedPermit, Permit};
use super::rwguard::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard,
    RwLockWriteGuard,
};
use super::rwlock::{Reader, RwLock, Upgrader, Writer};
use super::semaphore::{Demand, Semaphore};

/// Futures that are a turn, and what they give when it has come.
macro_rules! turns {
    ($(
        $(#[$meta:meta])*
        $name:ident [$($params:tt)*] [$($args:tt)*] ($host:ty) -> $output:ty, $give:expr;
    )*) => { $(
        pin_project! {
            $(#[$meta])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $name<$($params)*> {
                #[pin]
                turn: Turn<$host>,
            }
        }

        impl<$($params)*> $name<$($args)*> {
            #[inline]
            pub(super) fn new(turn: Turn<$host>) -> Self {
                Self { turn }
            }
        }

        impl<$($params)*> Future for $name<$($args)*> {
            type Output = $output;

            #[inline]
            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().turn.poll(context).map($give)
            }
        }

        /// In a select it is its own arm: it waits in line like any other, and takes permits in the
        /// step that gives them.
        impl<$($params)*> Arm for $name<$($args)*> {
            type Output = $output;
            const FOREIGN: bool = false;

            fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<$output> {
                self.project().turn.attempt().map($give)
            }

            fn step(
                self: Pin<&mut Self>,
                step: Step<'_>,
                _: &Waker,
                seat: Seat<'_>,
            ) -> Progress<$output> {
                self.project().turn.step(step, Some(seat)).map($give)
            }

            fn pause(self: Pin<&mut Self>) {
                self.project().turn.pause();
            }
        }

        impl<$($params)*> Operation for $name<$($args)*> {
            type Arm = Self;

            #[inline]
            fn into_arm(self) -> Self {
                self
            }
        }

        impl<$($params)*> fmt::Debug for $name<$($args)*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )* };
}

turns! {
    /// The future of [`Mutex::lock`].
    Lock ['a, T: ?Sized] ['a, T] (&'a Mutex<T>) -> MutexGuard<'a, T>, MutexGuard::taken;

    /// The future of [`Mutex::lock_owned`].
    LockOwned [T: ?Sized] [T] (Arc<Mutex<T>>) -> OwnedMutexGuard<T>, OwnedMutexGuard::taken;

    /// The future of [`Semaphore::acquire`] and [`Semaphore::acquire_many`].
    Acquire ['a] ['a] (Demand<&'a Semaphore>) -> Result<Permit<'a>, AcquireError>, Permit::taken;

    /// The future of [`Semaphore::acquire_owned`] and [`Semaphore::acquire_many_owned`].
    AcquireOwned [] [] (Demand<Arc<Semaphore>>) -> Result<OwnedPermit, AcquireError>,
        OwnedPermit::taken;

    /// The future of [`RwLock::read`].
    Read ['a, T: ?Sized] ['a, T] (Reader<&'a RwLock<T>>) -> RwLockReadGuard<'a, T>,
        RwLockReadGuard::taken;

    /// The future of [`RwLock::read_owned`].
    ReadOwned [T: ?Sized] [T] (Reader<Arc<RwLock<T>>>) -> OwnedRwLockReadGuard<T>,
        OwnedRwLockReadGuard::taken;

    /// The future of [`RwLock::write`].
    Write ['a, T: ?Sized] ['a, T] (Writer<&'a RwLock<T>>) -> RwLockWriteGuard<'a, T>,
        RwLockWriteGuard::taken;

    /// The future of [`RwLock::write_owned`].
    WriteOwned [T: ?Sized] [T] (Writer<Arc<RwLock<T>>>) -> OwnedRwLockWriteGuard<T>,
        OwnedRwLockWriteGuard::taken;

    /// The future of [`RwLock::upgradable_read`].
    UpgradableRead ['a, T: ?Sized] ['a, T] (Upgrader<&'a RwLock<T>>)
        -> RwLockUpgradableReadGuard<'a, T>, RwLockUpgradableReadGuard::taken;

    /// The future of [`RwLockUpgradableReadGuard::upgrade`].
    Upgrade ['a, T: ?Sized] ['a, T] (RwLockUpgradableReadGuard<'a, T>) -> RwLockWriteGuard<'a, T>,
        RwLockUpgradableReadGuard::upgraded;

    /// The future of [`Event::wait`].
    EventWait ['a] ['a] (&'a Event) -> (), drop;

    /// The future of [`AutoEvent::wait`].
    AutoEventWait ['a] ['a] (&'a AutoEvent) -> (), drop;

    /// The future of [`Latch::wait`].
    LatchWait ['a] ['a] (&'a Latch) -> (), drop;
}
