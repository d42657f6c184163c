//! The place of a receiver in the ring, behind an interface that is safe.
//!
//! # Promise
//! The place moves on exactly when an element was delivered: read to the end, or handed out. A
//! `Clone` that panics, a guard that is leaked, a future that is dropped leave it where it is, and
//! the element comes again.
//!
//! # What is held
//! `held` says that a look-up was left open: the element at the place may be read, and in a lagging
//! channel is pinned by us. It is closed by `end`, which moves on, or by whatever comes next, which
//! does not. The share in all elements from the place on is the reader's own until it is dropped.

use std::pin::{Pin, pin};
use std::ptr::NonNull;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::kernel::ballot::Seat;
use crate::kernel::prim::Arc;
use crate::kernel::wait::{Progress, Step, Tries, block};
use crate::kernel::waiter::Waiter;

use super::core::Core;
use super::ring::{Found, Pinned, Released};
use super::slot::Node;
use super::word::Position;

pub(super) struct Reader<T> {
    core: Arc<Core<T>>,
    place: Place<T>,
}

/// A place in the ring of one core, always the same.
pub(super) struct Place<T> {
    position: Position,
    held: Held<T>,
}

enum Held<T> {
    No,
    /// By its share.
    Shared,
    /// By a pin.
    Pinned(NonNull<Node<T>>),
}

// SAFETY: what it reads is shared with receivers on other threads, and may be dropped here: `T` must
// be Sync and Send.
unsafe impl<T: Send + Sync> Send for Reader<T> {}
// SAFETY: through a shared reference it gives out nothing but elements by shared reference.
unsafe impl<T: Send + Sync> Sync for Reader<T> {}

/// What a receiver finds.
#[must_use]
#[derive(Debug)]
pub(super) enum Look<R> {
    Ready(R),
    Empty,
    Closed,
    /// So many elements were displaced; the place has moved on.
    Missed(u64),
    Stalled,
}

impl<T> Place<T> {
    /// Takes the next element out, or clones it if others are to read it.
    #[inline]
    pub(super) fn take(&mut self, core: &Core<T>) -> Look<T>
    where
        T: Clone,
    {
        self.let_go(core);
        let word = match core.ring.look(self.position) {
            Found::Full(word) => word,
            found => return self.not_there(found),
        };
        if core.ring.config.lags {
            return self.take_pinned(core);
        }
        // SAFETY: the share is ours, and we move on.
        if let Some(element) = unsafe { core.ring.take_last(self.position, word) } {
            self.position = self.position.plus(1);
            core.has_freed();
            return Look::Ready(element);
        }
        // SAFETY: our share is given back after this.
        let element = unsafe { core.ring.shared(self.position) }.clone();
        self.held = Held::Shared;
        self.end(core);
        Look::Ready(element)
    }

    fn take_pinned(&mut self, core: &Core<T>) -> Look<T>
    where
        T: Clone,
    {
        // SAFETY: a share of ours, and a pin that `held` remembers.
        match unsafe { core.ring.pin(self.position, true) } {
            Pinned::Missed => self.take(core),
            Pinned::Moved(element) => {
                self.position = self.position.plus(1);
                Look::Ready(element)
            }
            Pinned::Here(node) => {
                self.held = Held::Pinned(node);
                // SAFETY: pinned until `end`.
                let element = unsafe { Node::get(node) }.clone();
                self.end(core);
                Look::Ready(element)
            }
        }
    }

    /// Holds the next element where it is.
    pub(super) fn hold(&mut self, core: &Core<T>) -> Look<()> {
        self.let_go(core);
        loop {
            match core.ring.look(self.position) {
                Found::Full(_) => {}
                found => return self.not_there(found),
            }
            if !core.ring.config.lags {
                self.held = Held::Shared;
                return Look::Ready(());
            }
            // SAFETY: a pin that `held` remembers.
            match unsafe { core.ring.pin(self.position, false) } {
                Pinned::Here(node) => {
                    self.held = Held::Pinned(node);
                    return Look::Ready(());
                }
                Pinned::Missed | Pinned::Moved(_) => {}
            }
        }
    }

    fn wait<R>(
        &mut self,
        core: &Core<T>,
        waiter: Pin<&Waiter>,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
        f: &mut impl FnMut(&mut Self, &Core<T>) -> Look<R>,
    ) -> Progress<Look<R>> {
        core.receivers.wait(waiter, self.position.ticket(), step, seat, || {
            if !core.is_worth_while(self.position, step) {
                return Progress::Blocked;
            }
            match f(self, core) {
                Look::Empty => Progress::Blocked,
                Look::Stalled => Progress::Stalled,
                found => Progress::Ready(found),
            }
        })
    }

    fn not_there<R>(&mut self, found: Found) -> Look<R> {
        match found {
            Found::Full(_) | Found::Empty => Look::Empty,
            Found::Closed => Look::Closed,
            Found::Stalled => Look::Stalled,
            Found::Missed(n) => {
                self.position = self.position.plus(n);
                Look::Missed(n)
            }
        }
    }

    /// The element that is held was read: moves on.
    fn end(&mut self, core: &Core<T>) {
        let position = self.position;
        let Some(released) = self.release(core, true) else { return };
        self.position = position.plus(1);
        if released.frees {
            core.has_freed();
        }
        drop(released.element);
    }

    /// Lets go of an element that was held and not read.
    #[inline]
    fn let_go(&mut self, core: &Core<T>) {
        if !matches!(self.held, Held::No) {
            drop(self.release(core, false));
        }
    }

    fn release(&mut self, core: &Core<T>, was_read: bool) -> Option<Released<T>> {
        let pin = match std::mem::replace(&mut self.held, Held::No) {
            Held::No => return None,
            Held::Shared if !was_read => return None,
            Held::Shared => None,
            Held::Pinned(node) => Some(node),
        };
        // SAFETY: the pin and the share were ours, once. The reference that was given out was bound
        // to a borrow of the reader, which has ended.
        Some(unsafe { core.ring.release(self.position, pin, was_read) })
    }
}

impl<T> Reader<T> {
    /// The receiver that a new ring counts already.
    pub(super) fn first(core: Arc<Core<T>>) -> Self {
        let position = core.ring.rear().position();
        Self::at(core, position)
    }

    fn at(core: Arc<Core<T>>, position: Position) -> Self {
        Self { core, place: Place { position, held: Held::No } }
    }

    /// `None`: there are too many.
    pub(super) fn subscribe(core: &Arc<Core<T>>) -> Option<Self> {
        let position = core.ring.subscribe()?;
        Some(Self::at(Arc::clone(core), position))
    }

    /// One more at the same place.
    pub(super) fn duplicate(&self) -> Option<Self> {
        self.core.ring.duplicate(self.place.position)?;
        Some(Self::at(Arc::clone(&self.core), self.place.position))
    }

    pub(super) fn core(&self) -> &Arc<Core<T>> {
        &self.core
    }

    /// How many elements it is behind, displaced ones included.
    pub(super) fn behind(&self) -> u64 {
        self.core.ring.ahead(self.place.position).0
    }

    /// One look, without waiting.
    #[inline]
    pub(super) fn look<R>(
        &mut self,
        f: impl FnOnce(&mut Place<T>, &Core<T>) -> Look<R>,
    ) -> Look<R> {
        f(&mut self.place, &self.core)
    }

    /// One step of a wait for what `f` looks for.
    pub(super) fn wait<R>(
        &mut self,
        waiter: Pin<&Waiter>,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
        mut f: impl FnMut(&mut Place<T>, &Core<T>) -> Look<R>,
    ) -> Progress<Look<R>> {
        self.place.wait(&self.core, waiter, step, seat, &mut f)
    }

    /// One poll of a task that waits.
    pub(super) fn poll<R>(
        &mut self,
        waiter: Pin<&Waiter>,
        tries: &mut Tries,
        context: &mut Context<'_>,
        mut f: impl FnMut(&mut Place<T>, &Core<T>) -> Look<R>,
    ) -> Poll<Look<R>> {
        let (core, place) = (&*self.core, &mut self.place);
        tries.poll(&core.receivers.patience, context, |step| {
            place.wait(core, waiter, step, None, &mut f)
        })
    }

    /// Waits on this thread; `None`: the deadline came first.
    #[cold]
    pub(super) fn block<R>(
        &mut self,
        deadline: Option<Instant>,
        mut f: impl FnMut(&mut Place<T>, &Core<T>) -> Look<R>,
    ) -> Option<Look<R>> {
        let (core, place) = (&*self.core, &mut self.place);
        let waiter = pin!(Waiter::new());
        let stay = core.receivers.stay(waiter.as_ref());
        block(&core.receivers.patience, deadline, |step| {
            place.wait(core, stay.waiter(), step, None, &mut f)
        })
    }

    /// The element that `hold` has found.
    pub(super) fn held(&self) -> &T {
        match self.place.held {
            Held::No => unreachable!("it was held before"),
            // SAFETY: our share keeps it until `&mut self` is used again.
            Held::Shared => unsafe { self.core.ring.shared(self.place.position) },
            // SAFETY: as above, by our pin.
            Held::Pinned(node) => unsafe { Node::get(node) },
        }
    }

    /// The element that is held was read: moves on.
    pub(super) fn end(&mut self) {
        self.place.end(&self.core);
    }
}

impl<T> Drop for Reader<T> {
    fn drop(&mut self) {
        /// Goes on with the rest if the destructor of an element panics.
        struct GiveUp<'a, T> {
            core: &'a Core<T>,
            next: Position,
            end: Position,
        }
        impl<T> GiveUp<'_, T> {
            fn run(&mut self) {
                while self.next != self.end {
                    let position = self.next;
                    self.next = position.plus(1);
                    // SAFETY: the share was ours; each position once.
                    let released = unsafe { self.core.ring.give_up(position) };
                    if released.frees {
                        self.core.has_freed();
                    }
                    drop(released.element);
                }
            }
        }
        impl<T> Drop for GiveUp<'_, T> {
            fn drop(&mut self) {
                self.run();
            }
        }
        self.place.let_go(&self.core);
        let end = self.core.ring.count_out();
        let next = self.core.ring.oldest(self.place.position, end);
        let mut rest = GiveUp { core: &self.core, next, end };
        rest.run();
        // The last receiver may have been all that senders waited for.
        self.core.has_freed();
    }
}
