//! The place of one message.
//!
//! # Promise
//! A cell carries one message from one send to one receive. Whoever finds the cell's stamp to be
//! `(ticket, state)` knows whose it is; a stamp with another ticket means "not this one".
//!
//! # Picture
//! `stamp = ticket << 4 | state`
//!
//! ```text
//!            publish                      receiver
//!  EMPTY ---------------> FULL --------------------------------> DONE
//!    |   publish, no room       receiver CAS           receiver
//!    +------------------> PENDING ----------> TAKEN -----------> DONE
//!    |                      | | | sender CAS, admitted
//!    |                      | | +-----------> FULL
//!    |                      | | sender CAS, withdrawn   receiver that passes
//!    |                      | +-------------> GONE ------------> DONE
//!    |                      | canceller CAS           sender takes it back
//!    |                      +---------------> BACK ------------> DONE
//!    | publish, by a select                    receiver, for whom the select was decided
//!    +------------------> CHOICE ------------------------------> DONE
//!    |                      | | owner CAS, admitted
//!    |                      | +-------------> FULL
//!    |                      | owner CAS, another arm was chosen
//!    |                      +---------------> VOID, like GONE ---> DONE, or EMPTY again
//!    |                      | receiver or canceller, CAS
//!    |                      +---------------> BACK
//!    | sender that finds the channel closed
//!    +------------------> GONE
//!    | receiver that claimed it, CAS (lock-free mode)  sender that comes late
//!    +------------------> BROKEN ------------------------------> DONE
//!  DONE --- the segment is recycled ---> EMPTY
//! ```
//!
//! # Who owns the value
//! | state | owner of the value | next step is made by |
//! |---|---|---|
//! | EMPTY | the sender that holds the ticket | the same; in lock-free mode the receiver that claimed the ticket may break it |
//! | FULL | nobody until a receiver claims the ticket | that receiver |
//! | PENDING | nobody; sender, receiver and canceller race by CAS | the winner |
//! | CHOICE | nobody; the select's owner, or whoever holds the gate's lock, makes the next step (see `channel/choice.rs`) | the winner |
//! | TAKEN | the receiver that made it so | the same |
//! | GONE | nothing inside; the sender moved it out while it held the gate's lock | a receiver that passes it, under the same lock |
//! | VOID | the same, but nobody ever saw a message there; the last ticket of a channel is given back then, and the cell is EMPTY again | the same |
//! | BACK | the sender | the same |
//! | BROKEN | the sender | the same |
//! | DONE | nothing inside | the recycler, when all cells of the segment are DONE |
//!
//! Only PENDING, CHOICE and (in lock-free mode) EMPTY have more than one contender, so only they pay a
//! read-modify-write; the rest are plain stores.

use std::mem::MaybeUninit;

use super::prim::{AtomicU64, Ordering, UnsafeCell};
use super::ticket::Ticket;

const EMPTY: u64 = 0;
const FULL: u64 = 1;
const PENDING: u64 = 2;
const TAKEN: u64 = 3;
const GONE: u64 = 4;
const BACK: u64 = 5;
const BROKEN: u64 = 6;
const DONE: u64 = 7;
const CHOICE: u64 = 8;
const VOID: u64 = 9;
const STATE_BITS: u32 = 4;
const STATE_MASK: u64 = (1 << STATE_BITS) - 1;

const fn stamp(ticket: Ticket, state: u64) -> u64 {
    ticket.bits() << STATE_BITS | state
}

/// What a receiver sees at a ticket.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peek {
    /// The sender has not published yet, or the pointer was outdated.
    Unpublished,
    /// A message; claiming the ticket makes it ours.
    Full,
    /// A message whose send waits; claiming the ticket lets us try for it.
    Pending,
    /// The message of a select that has not chosen; to be met under the gate's lock.
    Choice,
    /// Withdrawn: nothing here, to be passed.
    Gone,
    /// Somebody else is done with it or about to be; the front has moved.
    Past,
}

/// What a claimed cell gave.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<T> {
    Message(T),
    /// Its sender withdrew it between the look and the claim; the cell must be passed under the
    /// gate's lock.
    Withdrawn,
}

/// What became of a message that waits for admission.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Settled<T> {
    /// Still waiting.
    Pending,
    /// It is in the channel, or was received.
    Sent,
    /// The channel was cancelled; the message is back.
    Returned(T),
}

/// A place for one message.
#[derive(Debug)]
pub(crate) struct Cell<T> {
    stamp: AtomicU64,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Cell<T> {
    pub(super) fn new() -> Self {
        Self { stamp: AtomicU64::new(EMPTY), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Moves the message in.
    ///
    /// # Safety
    /// The caller holds the send ticket of this cell and has not published it.
    pub(crate) unsafe fn fill(&self, message: T) {
        // SAFETY: an unpublished cell belongs to the holder of its send ticket alone, and tickets
        // are unique; a receiver reads the value only after it saw the published stamp.
        self.value.with_mut(|slot| unsafe { (*slot).write(message) });
    }

    /// Moves the message out, bit by bit.
    ///
    /// # Safety
    /// The caller owns the value by the table at the head of this file, and it was filled.
    unsafe fn move_out(&self) -> T {
        // SAFETY: ownership and initialization are the caller's promise; the state that follows
        // keeps everybody else from reading it again.
        self.value.with(|slot| unsafe { (*slot).assume_init_read() })
    }

    /// EMPTY to FULL, or to PENDING when the sender will wait.
    pub(crate) fn publish(&self, ticket: Ticket, pending: bool) {
        let state = if pending { PENDING } else { FULL };
        // Release: publishes the message; pairs with the Acquire in `peek`.
        self.stamp.store(stamp(ticket, state), Ordering::Release);
    }

    /// The same by a swap. Gives the message back if a receiver has broken the cell.
    pub(crate) fn publish_or_break(&self, ticket: Ticket, pending: bool) -> Option<T> {
        self.swap_in(ticket, if pending { PENDING } else { FULL })
    }

    /// EMPTY to CHOICE, under the gate's lock. Gives the message back as above.
    pub(crate) fn publish_choice(&self, ticket: Ticket) -> Option<T> {
        self.swap_in(ticket, CHOICE)
    }

    fn swap_in(&self, ticket: Ticket, state: u64) -> Option<T> {
        // AcqRel: Release as in `publish`; Acquire pairs with nothing that is read, the value is
        // our own.
        let before = self.stamp.swap(stamp(ticket, state), Ordering::AcqRel);
        if before != stamp(ticket, BROKEN) {
            return None;
        }
        // SAFETY: BROKEN says that the one receiver of this cell has left it for good, so the
        // value is still ours.
        let message = unsafe { self.move_out() };
        self.finish(ticket);
        Some(message)
    }

    /// EMPTY to BROKEN, so that the receiver that claimed the ticket need not wait for a sender
    /// that does not come. Says `false` if the sender was faster.
    pub(crate) fn break_empty(&self, ticket: Ticket) -> bool {
        // AcqRel: on failure the sender was faster, Acquire then pairs with its publication.
        self.stamp
            .compare_exchange(EMPTY, stamp(ticket, BROKEN), Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// EMPTY to GONE, by a sender that found the channel closed. Under the gate's lock. Says
    /// `false` if a receiver has broken the cell and left it.
    pub(crate) fn publish_gone(&self, ticket: Ticket) -> bool {
        // AcqRel swap: in lock-free mode a receiver may have broken the cell before.
        let before = self.stamp.swap(stamp(ticket, GONE), Ordering::AcqRel);
        let broken = before == stamp(ticket, BROKEN);
        if broken {
            self.finish(ticket);
        }
        !broken
    }

    /// Whether `peek` would see FULL.
    #[inline]
    pub(crate) fn is_full_at(&self, ticket: Ticket) -> bool {
        // Acquire: pairs with the Release of whoever wrote the stamp.
        self.stamp.load(Ordering::Acquire) == stamp(ticket, FULL)
    }

    /// What stands at `ticket`.
    #[inline]
    pub(crate) fn peek(&self, ticket: Ticket) -> Peek {
        // Acquire: pairs with the Release of whoever wrote the stamp.
        let seen = self.stamp.load(Ordering::Acquire);
        if seen == stamp(ticket, FULL) {
            return Peek::Full;
        }
        if seen >> STATE_BITS != ticket.bits() {
            return Peek::Unpublished;
        }
        match seen & STATE_MASK {
            EMPTY => Peek::Unpublished,
            PENDING => Peek::Pending,
            CHOICE => Peek::Choice,
            GONE | VOID => Peek::Gone,
            _ => Peek::Past,
        }
    }

    /// Takes the message of a FULL cell whose ticket the caller claimed.
    ///
    /// # Safety
    /// The caller alone claimed the receive ticket, after `peek` saw FULL there.
    #[inline]
    pub(crate) unsafe fn take_full(&self, ticket: Ticket) -> T {
        // SAFETY: FULL changes only by the one who claimed the ticket: the value is ours. `peek`
        // has acquired it.
        let message = unsafe { self.move_out() };
        self.finish(ticket);
        message
    }

    /// Takes the message of a cell whose ticket the caller claimed, unless it was withdrawn.
    ///
    /// # Safety
    /// The caller alone claimed the receive ticket, after `peek` saw a message there.
    pub(crate) unsafe fn take(&self, ticket: Ticket) -> Taken<T> {
        // Acquire: pairs with the Release in `publish`.
        let mut seen = self.stamp.load(Ordering::Acquire);
        if seen == stamp(ticket, PENDING) {
            // SeqCst: the TAKEN half of the handshake with a sender that waits for an
            // acknowledgement (it raises `attention`, then looks at the stamp; we change the
            // stamp, then look at `attention`). Acquire on failure pairs with its sender's CAS.
            match self.stamp.compare_exchange(
                seen,
                stamp(ticket, TAKEN),
                Ordering::SeqCst,
                Ordering::Acquire,
            ) {
                Ok(_) => seen = stamp(ticket, FULL),
                Err(now) => seen = now,
            }
        }
        if seen != stamp(ticket, FULL) {
            return Taken::Withdrawn;
        }
        // SAFETY: FULL or TAKEN, which nobody else changes, and the receive ticket is ours.
        Taken::Message(unsafe { self.take_full(ticket) })
    }

    /// Takes the message of a select that was decided for it.
    ///
    /// # Safety
    /// The caller holds the gate's lock, saw CHOICE here, has decided the select for this very
    /// message, and alone claimed the receive ticket.
    pub(crate) unsafe fn take_choice(&self, ticket: Ticket) -> T {
        // SAFETY: the owner of a decided select does not touch the cell, all others need the lock.
        // `peek` has acquired the value.
        unsafe { self.take_full(ticket) }
    }

    /// Hands the message of a claimed cell back to its sender if that still waits; otherwise
    /// like [`take`](Self::take). `None` means handed back.
    ///
    /// # Safety
    /// As for [`take`](Self::take); the message of a select, under the gate's lock only.
    pub(crate) unsafe fn give_back(&self, ticket: Ticket) -> Option<Taken<T>> {
        // Relaxed: which of the two it is, if it waits still, was fixed by the publication.
        let seen = self.stamp.load(Ordering::Relaxed);
        let waiting = if seen == stamp(ticket, CHOICE) { CHOICE } else { PENDING };
        // SeqCst on success: the BACK half of the handshake with the waiting sender, as TAKEN
        // above. Acquire on failure pairs with the publication or the sender's CAS.
        let won = self.stamp.compare_exchange(
            stamp(ticket, waiting),
            stamp(ticket, BACK),
            Ordering::SeqCst,
            Ordering::Acquire,
        );
        match won {
            Ok(_) => None,
            // SAFETY: the caller's promise is the same.
            Err(_) => Some(unsafe { self.take(ticket) }),
        }
    }

    /// How the message of a waiting sender stands; `admitted` tells whether it fits by now, and is
    /// asked only if nobody has taken it.
    ///
    /// # Safety
    /// The caller is the sender that published PENDING here and has not settled it yet; or CHOICE,
    /// and nobody can decide its select now.
    pub(crate) unsafe fn settle(
        &self,
        ticket: Ticket,
        admitted: impl FnOnce() -> bool,
    ) -> Settled<T> {
        // SeqCst: the look of the handshakes named in `take` and `give_back`.
        let mut seen = self.stamp.load(Ordering::SeqCst);
        if seen == stamp(ticket, PENDING) || seen == stamp(ticket, CHOICE) {
            if !admitted() {
                return Settled::Pending;
            }
            // AcqRel: Release hands the value on to the receiver that finds FULL; Acquire on
            // failure pairs with the Release of whoever was faster.
            match self.stamp.compare_exchange(
                seen,
                stamp(ticket, FULL),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Settled::Sent,
                Err(now) => seen = now,
            }
        }
        if seen == stamp(ticket, BACK) {
            // SAFETY: BACK gives the value to its sender, which the caller is.
            let message = unsafe { self.move_out() };
            self.finish(ticket);
            return Settled::Returned(message);
        }
        // TAKEN, DONE, or recycled since: a receiver has it.
        Settled::Sent
    }

    /// PENDING to GONE, or CHOICE to VOID: takes the message out again. If that is too late, says how the message
    /// stands, which is never `Settled::Pending`.
    ///
    /// # Safety
    /// As for [`settle`](Self::settle), and the caller holds the gate's lock.
    pub(crate) unsafe fn withdraw(&self, ticket: Ticket) -> Result<T, Settled<T>> {
        // Relaxed: as in `give_back`.
        let seen = self.stamp.load(Ordering::Relaxed);
        let (waiting, gone) =
            if seen == stamp(ticket, CHOICE) { (CHOICE, VOID) } else { (PENDING, GONE) };
        // AcqRel: Release for the receiver that passes the cell (it also takes the gate's lock);
        // Acquire on failure as in `settle`.
        match self.stamp.compare_exchange(
            stamp(ticket, waiting),
            stamp(ticket, gone),
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            // SAFETY: we won the cell, and nobody passes a GONE cell without the lock we hold.
            Ok(_) => Ok(unsafe { self.move_out() }),
            #[cfg(strait_mutant = "withdraw_always")]
            // SAFETY: none; the models must see it.
            Err(_) => Ok(unsafe { self.move_out() }),
            // SAFETY: the caller's promise is the same.
            Err(_) => Err(unsafe { self.settle(ticket, || false) }),
        }
    }

    /// VOID to EMPTY, for another send with the same ticket. Under the gate's lock, and not to be
    /// found by that send yet.
    pub(crate) fn unvoid(&self, ticket: Ticket) -> bool {
        // Relaxed: VOID changes under the gate's lock only.
        let is_void = self.stamp.load(Ordering::Relaxed) == stamp(ticket, VOID);
        if is_void {
            self.reset();
        }
        is_void
    }

    /// The ticket could not be given back.
    pub(crate) fn void_again(&self, ticket: Ticket) {
        // Release: as good as any; whoever passes the cell takes the gate's lock.
        self.stamp.store(stamp(ticket, VOID), Ordering::Release);
    }

    /// Marks the cell as done with.
    pub(crate) fn finish(&self, ticket: Ticket) {
        // Release: our access to the value happens before the cell's next life; pairs with the
        // Acquire in `Segment::is_done`.
        self.stamp.store(stamp(ticket, DONE), Ordering::Release);
    }

    /// Drops the message that nobody took, if there is one. For the end of the channel.
    ///
    /// # Safety
    /// Nobody else uses the channel any more.
    pub(super) unsafe fn discard(&self) {
        // Relaxed: exclusive access; whoever gave it to us synchronized with all others.
        let state = self.stamp.load(Ordering::Relaxed) & STATE_MASK;
        if matches!(state, FULL | PENDING | CHOICE | BACK) {
            self.stamp.store(DONE, Ordering::Relaxed);
            // SAFETY: these states mean that the value is inside; the stamp says DONE before the
            // value's own destructor runs, so it is dropped once even if that panics.
            drop(unsafe { self.move_out() });
        }
    }

    /// Whether nobody will use this life of the cell any more.
    pub(super) fn is_done(&self) -> bool {
        // Acquire: pairs with the Release in `finish`; the last access to the value is over.
        let state = self.stamp.load(Ordering::Acquire) & STATE_MASK;
        state == DONE || (cfg!(strait_mutant = "retire_unfinished") && state == EMPTY)
    }

    /// DONE, or GONE, to EMPTY, for the cell's next life.
    pub(super) fn reset(&self) {
        // Release: whoever sees EMPTY here sees that the run is gone too (pairs with the Acquire in
        // `peek`, which `Segment::holds` follows). To the next sender it is published by `install`.
        self.stamp.store(EMPTY, Ordering::Release);
    }
}
