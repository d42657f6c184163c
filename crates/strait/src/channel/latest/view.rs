//! The place of a receiver: the value that it saw last, pinned, and what it counts as seen.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

use crate::kernel::ballot::Seat;
use crate::kernel::prim::Arc;
use crate::kernel::wait::{Progress, Step, Tries, block};
use crate::kernel::waiter::Waiter;

use super::super::error::RecvError;
use super::cell::Pinned;
use super::core::{Core, ticket_of};

pub(super) struct View<T> {
    core: Arc<Core<T>>,
    sight: Sight<T>,
}

/// What a receiver of one core, always the same, has in sight.
pub(super) struct Sight<T> {
    pinned: Pinned<T>,
    /// The newest version that counts as seen; 0 if none does.
    seen: u64,
    /// The newest version that the predicate of a wait has refused.
    refused: u64,
}

// SAFETY: it reads values that other threads read, and may drop them: `T` must be Sync and Send. The
// pin may be given back on any thread.
unsafe impl<T: Send + Sync> Send for View<T> {}
// SAFETY: as above; through a shared reference it gives out nothing but what the cell does.
unsafe impl<T: Send + Sync> Sync for View<T> {}

/// What a wait was for, or that it will not come.
pub(super) type Found = Option<Result<(), RecvError>>;

impl<T> Sight<T> {
    fn value(&self) -> &T {
        // SAFETY: the pin is exchanged or given back through `&mut self` only.
        unsafe { self.pinned.get() }
    }

    /// Goes to the newest value, without counting it as seen.
    #[inline]
    fn renew(&mut self, core: &Core<T>) {
        if !core.cell.is_newest(&self.pinned) {
            self.exchange(core);
        }
    }

    #[cold]
    fn exchange(&mut self, core: &Core<T>) {
        let newer = core.cell.pin();
        debug_assert!(newer.version() >= self.pinned.version(), "time goes forward");
        let older = std::mem::replace(&mut self.pinned, newer);
        // The user's code, after all is in order.
        drop(core.cell.unpin(older));
    }

    /// Whether there is a version that does not count as seen.
    #[inline]
    fn has_news(&self, core: &Core<T>) -> bool {
        // Any other value is newer than ours, and ours not older than what we have seen.
        !core.cell.is_newest(&self.pinned) || self.pinned.version() > self.seen
    }

    /// Counts the newest value as seen.
    fn see(&mut self, core: &Core<T>) {
        self.renew(core);
        self.seen = self.pinned.version();
    }

    /// Looks for a version that does not count as seen, and counts it as such.
    #[inline]
    pub(super) fn find_news(&mut self, core: &Core<T>) -> Found {
        // Nothing comes after the close, so that is asked first.
        let is_closed = core.cell.is_closed();
        if self.has_news(core) {
            self.see(core);
            return Some(Ok(()));
        }
        is_closed.then_some(Err(RecvError))
    }

    /// Looks for a value that the predicate accepts, and counts it as seen.
    pub(super) fn find(&mut self, core: &Core<T>, accepts: &mut impl FnMut(&T) -> bool) -> Found {
        let is_closed = core.cell.is_closed();
        self.renew(core);
        let version = self.pinned.version();
        if version > self.refused {
            if accepts(self.value()) {
                self.seen = version;
                return Some(Ok(()));
            }
            self.refused = version;
        }
        is_closed.then_some(Err(RecvError))
    }

    fn wait(
        &mut self,
        core: &Core<T>,
        waiter: Pin<&Waiter>,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
        f: &mut impl FnMut(&mut Self, &Core<T>) -> Found,
    ) -> Progress<Result<(), RecvError>> {
        // If it is too low by now, it is told early.
        let ticket = ticket_of(self.pinned.version() + 1);
        core.crowd.wait(waiter, ticket, step, seat, || match f(self, core) {
            Some(found) => Progress::Ready(found),
            None => Progress::Blocked,
        })
    }
}

impl<T> View<T> {
    /// The newest value counts as seen.
    pub(super) fn new(core: Arc<Core<T>>) -> Self {
        core.add_receiver();
        let pinned = core.cell.pin();
        let seen = pinned.version();
        Self { core, sight: Sight { pinned, seen, refused: 0 } }
    }

    /// One more that has seen as much.
    pub(super) fn duplicate(&self) -> Self {
        let mut other = Self::new(Arc::clone(&self.core));
        other.sight.seen = self.sight.seen;
        other
    }

    pub(super) fn core(&self) -> &Arc<Core<T>> {
        &self.core
    }

    /// The value that it is at.
    pub(super) fn value(&self) -> &T {
        self.sight.value()
    }

    /// Goes to the newest value, without counting it as seen.
    #[inline]
    pub(super) fn renew(&mut self) -> &T {
        self.sight.renew(&self.core);
        self.sight.value()
    }

    /// Counts the newest value as seen.
    pub(super) fn see(&mut self) -> &T {
        self.sight.see(&self.core);
        self.sight.value()
    }

    /// Counts nothing as seen.
    pub(super) fn unsee(&mut self) {
        self.sight.seen = 0;
    }

    pub(super) fn has_news(&self) -> bool {
        self.sight.has_news(&self.core)
    }

    /// The next predicate has refused nothing yet.
    pub(super) fn forget_refused(&mut self) {
        self.sight.refused = 0;
    }

    /// One look, without waiting.
    #[inline]
    pub(super) fn look(&mut self, f: impl FnOnce(&mut Sight<T>, &Core<T>) -> Found) -> Found {
        f(&mut self.sight, &self.core)
    }

    /// One step of a wait for what `f` looks for.
    pub(super) fn wait(
        &mut self,
        waiter: Pin<&Waiter>,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
        mut f: impl FnMut(&mut Sight<T>, &Core<T>) -> Found,
    ) -> Progress<Result<(), RecvError>> {
        self.sight.wait(&self.core, waiter, step, seat, &mut f)
    }

    /// One poll of a task that waits.
    pub(super) fn poll(
        &mut self,
        waiter: Pin<&Waiter>,
        tries: &mut Tries,
        context: &mut Context<'_>,
        mut f: impl FnMut(&mut Sight<T>, &Core<T>) -> Found,
    ) -> Poll<Result<(), RecvError>> {
        let (core, sight) = (&*self.core, &mut self.sight);
        tries.poll(&core.crowd.patience, context, |step| {
            sight.wait(core, waiter, step, None, &mut f)
        })
    }

    /// Waits on this thread; `None`: the deadline came first.
    #[cold]
    pub(super) fn block(
        &mut self,
        deadline: Option<Instant>,
        mut f: impl FnMut(&mut Sight<T>, &Core<T>) -> Found,
    ) -> Option<Result<(), RecvError>> {
        let (core, sight) = (&*self.core, &mut self.sight);
        let waiter = pin!(Waiter::new());
        let stay = core.crowd.stay(waiter.as_ref());
        block(&core.crowd.patience, deadline, |step| {
            sight.wait(core, stay.waiter(), step, None, &mut f)
        })
    }
}

impl<T> Drop for View<T> {
    fn drop(&mut self) {
        self.core.drop_receiver();
        // The one that is left does nothing.
        let pinned = self.sight.pinned.alias();
        drop(self.core.cell.unpin(pinned));
    }
}
