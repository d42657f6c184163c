//! Those who wait for one thing that happens to a one-to-many channel: an element, room, a change.
//!
//! # Promise
//! Nobody sleeps through what it waits for, and nothing of one who leaves remains, in O(1).
//!
//! # The handshake
//! Who waits enters the list and looks again; who changes something looks then whether somebody is
//! in the list. Both steps of each are `SeqCst`, so one of the two sees the other:
//!
//! | who waits | who changes |
//! |---|---|
//! | `waiting` := n | the thing itself |
//! | looks at the thing | looks at `waiting` |
//!
//! # Tickets
//! A ticket says what somebody waits for: the position of an element, the version after which it
//! wants another. Whoever wakes says up to where the wish has come true, so those who come back
//! while it is still at work, and wait for the next, are left alone. Those in the list who really
//! wait are in order: a waiter that entered late for something that is there already finds it in
//! its second look.

#![forbid(unsafe_code)]

use std::pin::Pin;

use crate::kernel::ballot::Seat;
use crate::kernel::patience::Patience;
use crate::kernel::prim::{AtomicU32, Mutex, Ordering, handshake};
use crate::kernel::ticket::Ticket;
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::{Stay, WaitList, Waiter, discard, rewake, wake, wake_batches};

#[derive(Debug)]
pub(super) struct Crowd {
    /// How many are in the list.
    waiting: AtomicU32,
    pub(super) patience: Patience,
    list: Mutex<WaitList>,
}

impl Crowd {
    pub(super) fn new() -> Self {
        Self {
            waiting: AtomicU32::new(0),
            patience: Patience::new(),
            list: Mutex::new(WaitList::new()),
        }
    }

    /// Whether somebody waits; to be asked after a `SeqCst` change of the thing.
    #[inline]
    pub(super) fn waits(&self) -> bool {
        if !cfg!(strait_mutant = "crowd_unordered") {
            handshake();
        }
        // SeqCst: the look of the handshake.
        self.waiting.load(Ordering::SeqCst) != 0
    }

    /// Wakes all whose ticket is not behind `reached`.
    #[cold]
    pub(super) fn wake_up_to(&self, reached: Ticket) {
        self.wake_all_but(|ticket| reached.is_before(ticket));
    }

    /// Wakes all.
    #[cold]
    pub(super) fn wake_all(&self) {
        self.wake_all_but(|_| false);
    }

    fn wake_all_but(&self, stays: impl Fn(Ticket) -> bool) {
        wake_batches(|wakes| {
            let mut list = self.list.lock();
            while !wakes.is_full()
                && let Some(waker) = list.pop_if(|ticket| !stays(ticket))
            {
                wakes.push(waker);
            }
            self.publish(&list);
        });
    }

    /// Wakes the first who is going to look.
    #[cold]
    pub(super) fn wake_one(&self) {
        loop {
            let mut list = self.list.lock();
            let popped = list.pop_counted();
            self.publish(&list);
            drop(list);
            let Some((waker, counts)) = popped else { return };
            wake(waker);
            if counts {
                return;
            }
        }
    }

    /// Under the lock.
    fn publish(&self, list: &WaitList) {
        // SeqCst: the store of the handshake; the look follows in the caller.
        self.waiting.swap(list.len() as u32, Ordering::SeqCst);
        handshake();
    }

    /// One step of somebody who waits. `look` tries, and may be called twice.
    pub(super) fn wait<R>(
        &self,
        waiter: Pin<&Waiter>,
        ticket: Ticket,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
        mut look: impl FnMut() -> Progress<R>,
    ) -> Progress<R> {
        loop {
            match look() {
                Progress::Ready(output) => {
                    self.leave(waiter);
                    return Progress::Ready(output);
                }
                Progress::Stalled => return Progress::Stalled,
                Progress::Blocked => {}
            }
            let Step::Register(waker) = step else { return Progress::Blocked };
            let stay = waiter.stay();
            if stay == Stay::Queued {
                if self.rewake(waiter, step) {
                    return Progress::Blocked;
                }
                // Told just now, by the old waker.
                continue;
            }
            // Then look again. The clone may panic, so it comes first.
            let waker = waker.clone();
            let mut list = self.list.lock();
            if stay == Stay::Told {
                // In vain: somebody was faster. Back to its place.
                waiter.rest();
                list.push_again(waiter, waker);
            } else {
                list.push_back(waiter, waker, ticket);
            }
            if let Some(seat) = seat {
                list.seat(waiter, seat);
            }
            self.publish(&list);
            drop(list);
            if cfg!(strait_mutant = "crowd_no_recheck") {
                return Progress::Blocked;
            }
        }
    }

    fn rewake(&self, waiter: Pin<&Waiter>, step: Step<'_>) -> bool {
        let Step::Register(waker) = step else { return true };
        rewake(
            waker,
            || self.list.lock().would_wake(waiter, waker),
            |new| self.list.lock().rewake(waiter, new),
        )
    }

    /// Ends a wait. Says whether it was told and may not have used it.
    #[inline]
    pub(super) fn leave(&self, waiter: Pin<&Waiter>) -> bool {
        match waiter.stay() {
            Stay::Idle => false,
            Stay::Told => {
                waiter.rest();
                true
            }
            Stay::Queued => self.leave_list(waiter),
        }
    }

    #[cold]
    fn leave_list(&self, waiter: Pin<&Waiter>) -> bool {
        let mut list = self.list.lock();
        let spent = list.unlink(waiter);
        let told = waiter.stay() == Stay::Told;
        if told {
            waiter.rest();
        }
        self.publish(&list);
        drop(list);
        discard(spent);
        told
    }
}

/// A wait on the stack: leaves the list also if code of the user panics.
#[derive(Debug)]
pub(super) struct OnStack<'a> {
    crowd: &'a Crowd,
    waiter: Pin<&'a Waiter>,
}

impl Crowd {
    pub(super) fn stay<'a>(&'a self, waiter: Pin<&'a Waiter>) -> OnStack<'a> {
        OnStack { crowd: self, waiter }
    }
}

impl<'a> OnStack<'a> {
    pub(super) fn waiter(&self) -> Pin<&'a Waiter> {
        self.waiter
    }
}

impl Drop for OnStack<'_> {
    fn drop(&mut self) {
        self.crowd.leave(self.waiter);
    }
}
