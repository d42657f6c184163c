//! Waiters, and the lists they wait in.
//!
//! # Promise
//! A waiter lives inside the future, or on the stack, of whoever waits: waiting allocates
//! nothing. It is in one list at the most, is told at most once per stay, and its waker never
//! outlives the stay.
//!
//! # States of a waiter
//! ```text
//!  IDLE --push--> QUEUED --pop--> TOLD --rest--> IDLE
//!                   +-----unlink-----------------^
//! ```
//! | state | who owns links, waker, ticket |
//! |---|---|
//! | IDLE, TOLD | the owner of the waiter |
//! | QUEUED | whoever holds the lock of the list |
//!
//! QUEUED changes only under the list's lock, and TOLD is the popper's last touch. So an owner
//! that sees TOLD may free the waiter without the lock.
//!
//! # Why the interface is safe
//! The list holds raw pointers. A waiter is pushed by `Pin<&Waiter>`, so its memory is not reused
//! before its destructor ran, and the destructor of a QUEUED waiter ends the process. A waiter
//! that is leaked (`mem::forget`) stays where it is. `unlink` checks that the waiter is in *this*
//! list. A list that is dropped while it has waiters leaves them QUEUED, so only leaked ones may
//! be in it: its owner is borrowed by every future that waits.
//!
//! # Wakers are user code
//! Cloning, dropping and waking one may do anything, also use the channel or panic. So none of it
//! happens under a lock: wakers are cloned before, and those taken out are woken or dropped after,
//! by [`wake`] and [`discard`], which stop a panic there.

use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr;
use std::task::Waker;

use super::ballot::{Ballot, Seat};
use super::prim::{AtomicU8, Ordering, UnsafeCell};
use super::ticket::{START, Ticket};

pub(crate) use super::wakes::{Wakes, discard, rewake, wake, wake_batches};

const IDLE: u8 = 0;
const QUEUED: u8 = 1;
const TOLD: u8 = 2;

/// Where a waiter is in its life.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    Idle,
    Queued,
    Told,
}

/// One that waits: a task or a thread.
#[derive(Debug)]
pub(crate) struct Waiter {
    state: AtomicU8,
    links: UnsafeCell<Links>,
    _pinned: PhantomPinned,
}

#[derive(Debug)]
struct Links {
    previous: *const Waiter,
    next: *const Waiter,
    list: *const WaitList,
    waker: Option<Waker>,
    ticket: Ticket,
    /// The select that it belongs to, if it can be decided through this list. Not null only in a
    /// list, where it counts as the ballot's guest.
    ballot: *const Ballot,
    arm: u32,
}

// SAFETY: the links are used by one thread at a time, by the table at the head of the file; the
// pointers in them are used under the lock of the list only.
unsafe impl Send for Waiter {}
// SAFETY: as above.
unsafe impl Sync for Waiter {}

/// A first-in-first-out list of waiters. Its owner keeps it under a lock and does not move it
/// while it has waiters.
#[derive(Debug)]
pub(crate) struct WaitList {
    head: *const Waiter,
    tail: *const Waiter,
    len: usize,
}

// SAFETY: the pointers are to waiters, which are Send and Sync; they are used under a lock.
unsafe impl Send for WaitList {}

impl Waiter {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicU8::new(IDLE),
            links: UnsafeCell::new(Links {
                previous: ptr::null(),
                next: ptr::null(),
                list: ptr::null(),
                waker: None,
                ticket: Ticket::new(START),
                ballot: ptr::null(),
                arm: 0,
            }),
            _pinned: PhantomPinned,
        }
    }

    /// Where the waiter is. `Queued` may be outdated at once unless the list's lock is held.
    #[inline]
    pub(crate) fn stay(&self) -> Stay {
        // Acquire: pairs with the Release in `pop`; the popper does not touch us any more.
        match self.state.load(Ordering::Acquire) {
            IDLE => Stay::Idle,
            QUEUED => Stay::Queued,
            _ => Stay::Told,
        }
    }

    /// TOLD to IDLE: the owner has noticed. Not for a queued waiter.
    pub(crate) fn rest(&self) {
        debug_assert_ne!(self.stay(), Stay::Queued);
        // Relaxed: the owner's own business.
        self.state.store(IDLE, Ordering::Relaxed);
    }

    /// The ticket that it was pushed with. Not for a queued waiter.
    pub(crate) fn ticket(&self) -> Ticket {
        debug_assert_ne!(self.stay(), Stay::Queued);
        self.links(|links| links.ticket)
    }

    fn links<R>(&self, f: impl FnOnce(&mut Links) -> R) -> R {
        // SAFETY: called by the owner while IDLE, or with the list's lock held (see the table).
        self.links.with_mut(|links| f(unsafe { &mut *links }))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if self.stay() == Stay::Queued {
            // A list still points here: going on would let it write to freed memory.
            std::process::abort();
        }
    }
}

impl WaitList {
    pub(crate) const fn new() -> Self {
        Self { head: ptr::null(), tail: ptr::null(), len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Appends a waiter. The ticket says its place if it is to come back.
    pub(crate) fn push_back(&mut self, waiter: Pin<&Waiter>, waker: Waker, ticket: Ticket) {
        let after = self.tail;
        self.insert(waiter, waker, ticket, after);
    }

    /// Puts a waiter that was told in vain back to its place, which is near the front.
    pub(crate) fn push_again(&mut self, waiter: Pin<&Waiter>, waker: Waker) {
        let ticket = waiter.ticket();
        let mut after = ptr::null();
        let mut next = self.head;
        // SAFETY: pointers in the list are to waiters that are alive (head of the file).
        while let Some(other) = unsafe { next.as_ref() } {
            let (is_before, further) =
                other.links(|links| (links.ticket.is_before(ticket), links.next));
            if !is_before {
                break;
            }
            after = next;
            next = further;
        }
        self.insert(waiter, waker, ticket, after);
    }

    /// Inserts a waiter by its ticket. Tickets come nearly in order, so the search from the end
    /// is short.
    pub(crate) fn push_ordered(&mut self, waiter: Pin<&Waiter>, waker: Waker, ticket: Ticket) {
        let after = self.place_of(ticket);
        self.insert(waiter, waker, ticket, after);
    }

    /// The last waiter with a lower ticket.
    fn place_of(&self, ticket: Ticket) -> *const Waiter {
        let mut after = self.tail;
        // SAFETY: pointers in the list are to waiters that are alive (head of the file).
        while let Some(other) = unsafe { after.as_ref() } {
            let (is_before, previous) =
                other.links(|links| (links.ticket.is_before(ticket), links.previous));
            if is_before {
                break;
            }
            after = previous;
        }
        after
    }

    fn insert(&mut self, waiter: Pin<&Waiter>, waker: Waker, ticket: Ticket, after: *const Waiter) {
        assert_eq!(waiter.stay(), Stay::Idle, "a waiter is in one list at a time");
        self.link(&waiter, Some(waker), ticket, after);
        // Relaxed: published to other threads by the list's lock.
        waiter.state.store(QUEUED, Ordering::Relaxed);
    }

    fn link(
        &mut self,
        waiter: &Waiter,
        waker: Option<Waker>,
        ticket: Ticket,
        after: *const Waiter,
    ) {
        let waiter: *const Waiter = waiter;
        // SAFETY: pointers in the list are to waiters that are alive.
        let next = match unsafe { after.as_ref() } {
            None => std::mem::replace(&mut self.head, waiter),
            Some(after) => after.links(|links| std::mem::replace(&mut links.next, waiter)),
        };
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            None => self.tail = waiter,
            Some(next) => next.links(|links| links.previous = waiter),
        }
        let list: *const Self = self;
        // SAFETY: `waiter` came from a reference just now.
        let waiter = unsafe { &*waiter };
        waiter.links(|links| {
            let (ballot, arm) = (ptr::null(), 0);
            *links = Links { previous: after, next, list, waker, ticket, ballot, arm };
        });
        self.len += 1;
    }

    /// Lets others decide a select through its waiter, which is in this list.
    pub(crate) fn seat(&mut self, waiter: Pin<&Waiter>, seat: Seat<'_>) {
        assert!(self.holds(waiter), "a waiter is seated in the list that it is in");
        seat.ballot.add_guest();
        let before = waiter.links(|links| {
            links.arm = seat.arm;
            std::mem::replace(&mut links.ballot, &raw const *seat.ballot)
        });
        assert!(before.is_null(), "a waiter is seated once");
    }

    /// Whether the waiter is in this list.
    pub(crate) fn holds(&self, waiter: Pin<&Waiter>) -> bool {
        let list: *const Self = self;
        waiter.stay() == Stay::Queued && waiter.links(|links| ptr::eq(links.list, list))
    }

    /// The ticket, and the select, of each waiter that has one, from the front.
    pub(crate) fn seats(&self) -> impl Iterator<Item = (Ticket, Seat<'_>)> {
        let mut next = self.head;
        std::iter::from_fn(move || {
            loop {
                // SAFETY: pointers in the list are to waiters that are alive (head of the file).
                let waiter = unsafe { next.as_ref() }?;
                let (ticket, ballot, arm) = waiter.links(|links| {
                    next = links.next;
                    (links.ticket, links.ballot, links.arm)
                });
                // SAFETY: its guests keep a ballot from going (head of `ballot.rs`), and this one
                // stays in the list while the list is borrowed.
                if let Some(ballot) = unsafe { ballot.as_ref() } {
                    // SAFETY: it came from a `Pin`.
                    let ballot = unsafe { Pin::new_unchecked(ballot) };
                    return Some((ticket, Seat { ballot, arm, on_thread: false }));
                }
            }
        })
    }

    /// Takes the waiter with this ticket out and tells it, if there is one.
    pub(crate) fn take_out(&mut self, ticket: Ticket) -> Option<Waker> {
        self.tell(|_, links| links.ticket == ticket)?.0
    }

    /// Takes the first waiter out and tells it; its waker is for the caller to wake.
    pub(crate) fn pop(&mut self) -> Option<Waker> {
        self.tell(|_, _| true)?.0
    }

    /// The same; of a waiter that was called before, the waker is gone.
    pub(crate) fn pop_any(&mut self) -> Option<Option<Waker>> {
        Some(self.tell(|_, _| true)?.0)
    }

    /// The same, and whether it waits; otherwise it has only been told for later.
    pub(crate) fn pop_counted(&mut self) -> Option<(Waker, bool)> {
        let (waker, counts) = self.tell(|_, _| true)?;
        Some((waker?, counts))
    }

    /// The same, some left aside.
    pub(crate) fn pop_but(&mut self, but: Except<'_>) -> Option<(Waker, bool)> {
        let (waker, counts) = self.tell(|waiter, links| match but {
            Except::Select(own) => !ptr::eq(links.ballot, own),
            Except::Waiter(own) => !ptr::eq(waiter, own.get_ref()),
        })?;
        Some((waker?, counts))
    }

    /// Puts a waiter before all others.
    pub(crate) fn push_front(&mut self, waiter: Pin<&Waiter>, waker: Waker, ticket: Ticket) {
        self.insert(waiter, waker, ticket, ptr::null());
    }

    /// Calls the first waiters of a line for permits, as far as `permits` reach: takes their wakers
    /// and leaves them where they are. Those that were called before count as well. A waiter whose
    /// select is away is told and taken out, so that the next can be called.
    pub(crate) fn call(&mut self, mut permits: u64, wakes: &mut Wakes) {
        let mut next = self.head;
        for _ in 0..Wakes::MOST {
            // SAFETY: pointers in the list are to waiters that are alive.
            let Some(waiter) = (unsafe { next.as_ref() }) else { return };
            let (want, is_called) = waiter.links(|links| {
                next = links.next;
                (links.ticket.bits(), links.waker.is_none())
            });
            if want > permits || !is_called && wakes.is_full() {
                return;
            }
            if is_called || self.call_one(waiter, wakes) {
                permits -= want;
            }
        }
    }

    /// Says whether it counts.
    fn call_one(&mut self, waiter: &Waiter, wakes: &mut Wakes) -> bool {
        let (waker, ballot, arm) =
            waiter.links(|links| (links.waker.take(), links.ballot, links.arm));
        wakes.push(waker.expect("it was not called before"));
        // SAFETY: as in `seats`; we hold the list.
        let counts = unsafe { ballot.as_ref() }.is_none_or(|ballot| ballot.tell(arm));
        if !counts {
            self.remove(waiter, false);
            // Release: our last touch; pairs with the Acquire in `stay`.
            waiter.state.store(TOLD, Ordering::Release);
        }
        counts
    }

    /// Whether the waiter, which is in this list, was called since it got its waker.
    pub(crate) fn is_called(&self, waiter: Pin<&Waiter>) -> bool {
        self.holds(waiter) && waiter.links(|links| links.waker.is_none())
    }

    /// Whether the first waiter was.
    pub(crate) fn is_head_called(&self) -> bool {
        // SAFETY: pointers in the list are to waiters that are alive.
        unsafe { self.head.as_ref() }.is_some_and(|head| head.links(|links| links.waker.is_none()))
    }

    /// What those before the waiter want in all; `None` if there are many of them.
    pub(crate) fn wanted_before(&self, waiter: Pin<&Waiter>) -> Option<u64> {
        let mut wanted = 0;
        let mut next = self.head;
        for _ in 0..Wakes::MOST {
            if ptr::eq(next, waiter.get_ref()) {
                return Some(wanted);
            }
            // SAFETY: pointers in the list are to waiters that are alive.
            let other = unsafe { next.as_ref() }?;
            other.links(|links| {
                wanted += links.ticket.bits();
                next = links.next;
            });
        }
        None
    }

    /// Takes the first waiter out that is wanted, and tells it.
    fn tell(&mut self, wanted: impl Fn(&Waiter, &Links) -> bool) -> Option<(Option<Waker>, bool)> {
        let mut next = self.head;
        // SAFETY: pointers in the list are to waiters that are alive.
        while let Some(waiter) = unsafe { next.as_ref() } {
            let (wanted, further) = waiter.links(|links| (wanted(waiter, links), links.next));
            if wanted {
                let told = self.remove(waiter, true);
                // Release: our last touch; pairs with the Acquire in `stay`.
                waiter.state.store(TOLD, Ordering::Release);
                return Some(told);
            }
            next = further;
        }
        None
    }

    /// Moves the first waiter to its place in another list, if its ticket is the one wanted. Its
    /// waker is for the caller to wake; the waiter stays queued.
    pub(crate) fn hand_on(
        &mut self,
        to: &mut Self,
        wanted: impl FnOnce(Ticket) -> bool,
    ) -> Option<Waker> {
        // SAFETY: pointers in the list are to waiters that are alive.
        let waiter = unsafe { self.head.as_ref() }?;
        let (ticket, ballot, arm) = waiter.links(|links| (links.ticket, links.ballot, links.arm));
        if !wanted(ticket) {
            return None;
        }
        let (waker, _) = self.remove(waiter, true);
        to.link(waiter, None, ticket, to.place_of(ticket));
        // SAFETY: as in `seats`; we have not left the lock since.
        if let Some(alive) = unsafe { ballot.as_ref() } {
            alive.add_guest();
            waiter.links(|links| (links.ballot, links.arm) = (ballot, arm));
        }
        waker
    }

    /// Takes the first waiter out and tells it, if its ticket is the one wanted.
    pub(crate) fn pop_if(&mut self, wanted: impl FnOnce(Ticket) -> bool) -> Option<Waker> {
        // SAFETY: pointers in the list are to waiters that are alive.
        let waiter = unsafe { self.head.as_ref() }?;
        if !waiter.links(|links| wanted(links.ticket)) {
            return None;
        }
        let (waker, _) = self.remove(waiter, true);
        // Release: our last touch; pairs with the Acquire in `stay`.
        waiter.state.store(TOLD, Ordering::Release);
        waker
    }

    /// Takes a waiter out if it is still in; says whether it was. The waker is for the caller to
    /// drop, after the lock.
    pub(crate) fn unlink(&mut self, waiter: Pin<&Waiter>) -> Option<Waker> {
        if waiter.stay() != Stay::Queued {
            return None;
        }
        let list: *const Self = self;
        assert!(
            waiter.links(|links| ptr::eq(links.list, list)),
            "a waiter leaves the list that it is in"
        );
        let (waker, _) = self.remove(&waiter, false);
        // Relaxed: the owner's own business again.
        waiter.state.store(IDLE, Ordering::Relaxed);
        waker
    }

    /// Gives a queued waiter another waker; says whether it is queued still. The waker that is
    /// not needed comes back.
    pub(crate) fn rewake(&mut self, waiter: Pin<&Waiter>, waker: Waker) -> (bool, Option<Waker>) {
        if waiter.stay() == Stay::Queued {
            (true, waiter.links(|links| links.waker.replace(waker)))
        } else {
            (false, Some(waker))
        }
    }

    /// Whether the queued waiter would wake the same task as `waker`.
    pub(crate) fn would_wake(&self, waiter: Pin<&Waiter>, waker: &Waker) -> bool {
        waiter.stay() == Stay::Queued
            && waiter.links(|links| links.waker.as_ref().is_some_and(|old| old.will_wake(waker)))
    }

    /// Says also whether being told counts, if it is.
    fn remove(&mut self, waiter: &Waiter, tell: bool) -> (Option<Waker>, bool) {
        let mut counts = true;
        let (previous, next, waker, ballot, arm) = waiter.links(|links| {
            let ballot = std::mem::replace(&mut links.ballot, ptr::null());
            (links.previous, links.next, links.waker.take(), ballot, links.arm)
        });
        // SAFETY: as in `seats`.
        if let Some(ballot) = unsafe { ballot.as_ref() } {
            counts = !tell || ballot.tell(arm);
            ballot.remove_guest();
        }
        // SAFETY: pointers in the list are to waiters that are alive.
        match unsafe { previous.as_ref() } {
            None => self.head = next,
            Some(previous) => previous.links(|links| links.next = next),
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            None => self.tail = previous,
            Some(next) => next.links(|links| links.previous = previous),
        }
        self.len -= 1;
        (waker, counts)
    }
}

/// Who is not to be told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Except<'a> {
    /// The waiters of a select.
    Select(&'a Ballot),
    /// One waiter.
    Waiter(Pin<&'a Waiter>),
}
