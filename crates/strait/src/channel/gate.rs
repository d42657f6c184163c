//! Which sends may return: the window of admitted sends, withdrawn sends in it, and those who
//! wait to be admitted.
//!
//! # Promise
//! At any time at most `capacity` messages (and one for each announced receiver) whose sends have
//! returned are in the channel, and a send waits only while that many are there, whatever sends
//! were withdrawn around it.
//!
//! # Picture
//! A send that withdraws leaves a hole, GONE, at its ticket. The window from the front to the
//! limit must hold `capacity` *messages*, so a hole inside it widens it by one (`holes`), until
//! the front passes the hole; a hole beyond the limit counts only from when the limit reaches it.
//!
//! ```text
//!    front        frontier                 rear
//!      | F  g  F  F  | P  P  g  P  g  P      |
//!         counted    |       not counted yet: `gone` = 2
//! ```
//!
//! * `frontier`: every hole before it is counted in `holes`, no hole at or after it is.
//! * `gone`: how many holes there are at or after it. While that is 0 the frontier may be moved
//!   anywhere ahead, so nobody walks over cells unless there are holes.
//!
//! All of this, and passing a hole, is done under the gate's lock. Receivers move the front
//! without it: `holes` is in the same word and only grows while the front stays, so a receiver
//! that saw a message at the front and was overtaken by its withdrawal, which was counted, fails
//! its compare-and-swap. A withdrawal that was not counted yet it finds when it takes the cell.
//!
//! # Who looks after it
//! `attention` is the number of waiting senders and of uncounted holes. A receiver that moved the
//! front, or announced itself, looks at it, and if it is not 0 calls [`Core::admit`]: count the
//! holes that the limit has reached, then wake every sender that is before the limit now.
//!
//! # Cancellation
//! O(1): one compare-and-swap on the cell, at most one widening. A run of 64 holes gives its
//! segment back at once. `holes` has 16 bits. If 65,535 holes are inside one window, those beyond
//! are counted when the front has passed some (until then sends behind them wait), and a further
//! withdrawal *inside* it is refused: that send counts as done.
//!
//! # Rejected
//! A sorted list of holes (allocates, and inserting is not O(1) when a million tasks are dropped
//! in any order). Sends that wait without a ticket, as a ring buffer needs (a wake-up and a race
//! before the message is even in line: 4 to 6 times slower at capacity 1 in the first
//! measurements). A counter of its own for holes (a window in which a receiver has passed a hole
//! that is still counted, and one send too many is admitted). One field for holes and
//! announcements (see [`ticket`](crate::kernel::ticket)).

use std::pin::Pin;
use std::task::Waker;

use crate::kernel::cell::{Cell, Peek, Settled};
use crate::kernel::directory::Located;
use crate::kernel::prim::{Ordering, handshake};
use crate::kernel::segment::Segment;
use crate::kernel::ticket::{Front, START, Ticket};
use crate::kernel::waiter::{WaitList, Waiter, discard, rewake, wake_batches};

use super::core::Core;

/// Who waits for what, and the account of withdrawn sends. Under a lock.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) frontier: Ticket,
    pub(super) gone: u64,
    /// Senders that wait until the limit is beyond their ticket, by ticket.
    admission: WaitList,
    /// Senders that wait until their message was taken, by ticket.
    receipt: WaitList,
    /// Places of selects that wait for the same, by ticket; see [`choice`](super::choice).
    pub(super) choices: WaitList,
    /// Those that were told that they are before the limit, by ticket.
    pub(super) admitted: WaitList,
    /// `closed()` futures.
    pub(super) end: WaitList,
}

/// A published message whose send has not returned.
#[derive(Debug)]
pub(super) struct Pending<T> {
    pub(super) ticket: Ticket,
    /// The cell, in type-stable memory of the channel.
    pub(super) segment: *mut Segment<T>,
    /// It waits to be received, not only to be admitted.
    pub(super) acked: bool,
}

// SAFETY: the pointer is used through the channel, which is Send and Sync for `T: Send`.
unsafe impl<T: Send> Send for Pending<T> {}
// SAFETY: as above; `&Pending` gives no access to the message.
unsafe impl<T: Send> Sync for Pending<T> {}

impl Gate {
    pub(super) const fn new() -> Self {
        Self {
            frontier: Ticket::new(START),
            gone: 0,
            admission: WaitList::new(),
            receipt: WaitList::new(),
            choices: WaitList::new(),
            admitted: WaitList::new(),
            end: WaitList::new(),
        }
    }

    fn line(&mut self, acked: bool) -> &mut WaitList {
        if acked { &mut self.receipt } else { &mut self.admission }
    }

    /// Tells the first place of a select that the limit has passed, if there is one.
    fn admit_choice(&mut self, limit: Ticket) -> Option<Waker> {
        self.choices.hand_on(&mut self.admitted, |ticket| ticket.is_before(limit))
    }

    fn attention(&self) -> u32 {
        let waiting = (self.admission.len() + self.receipt.len() + self.choices.len()) as u64;
        waiting.saturating_add(self.gone).min(u64::from(u32::MAX)) as u32
    }
}

impl<T> Pending<T> {
    pub(super) fn cell<'a>(&self, _core: &'a Core<T>) -> &'a Cell<T> {
        // SAFETY: the segment is one of this channel's, which is alive for `'a`. It may have been
        // recycled since; all uses compare the stamp.
        unsafe { Segment::cell(self.segment, self.ticket) }
    }
}

impl<T> Core<T> {
    pub(super) fn set_attention(&self, gate: &Gate) {
        // SeqCst: the store of the second handshake; the look follows in the caller.
        self.meta.attention.swap(gate.attention(), Ordering::SeqCst);
        handshake();
    }

    /// After the front has moved or the window was widened: wakes the senders that may return.
    pub(super) fn look_after_gate(&self) {
        if self.needs_admission() {
            self.admit();
        }
    }

    /// Whether the gate is to be looked after.
    #[inline]
    pub(super) fn needs_admission(&self) -> bool {
        handshake();
        // SeqCst: the look of the second handshake.
        self.meta.attention.load(Ordering::SeqCst) != 0
    }

    /// Counts the holes that the limit has reached, and wakes the senders before it.
    #[cold]
    pub(super) fn admit(&self) {
        wake_batches(|wakes| {
            let mut gate = self.gate.lock();
            self.count_holes(&mut gate);
            let front = self.load_front();
            let limit = front.limit(self.bound());
            while !wakes.is_full() {
                let admitted = gate.admission.pop_if(|ticket| ticket.is_before(limit));
                let next = admitted
                    .or_else(|| gate.receipt.pop_if(|ticket| ticket.is_before(front.ticket())))
                    .or_else(|| gate.admit_choice(limit));
                match next {
                    Some(waker) => wakes.push(waker),
                    None => break,
                }
            }
            self.set_attention(&gate);
        });
    }

    /// Moves the frontier up to the limit, over the cells while there are holes beyond it.
    fn count_holes(&self, gate: &mut Gate) {
        while gate.gone > 0 {
            let front = self.load_front();
            if !gate.frontier.is_before(front.limit(self.bound())) {
                return;
            }
            if self.is_hole(gate.frontier, front) {
                if !front.has_room_for_hole() {
                    return;
                }
                self.widen_for_hole(gate.frontier);
                gate.gone -= 1;
            }
            gate.frontier = gate.frontier.plus(1);
        }
    }

    /// Whether the cell of `ticket` holds a withdrawn send that was not passed yet (or was
    /// claimed by a receiver that waits for the lock we hold). Under the gate's lock.
    fn is_hole(&self, ticket: Ticket, front: Front) -> bool {
        match self.directory.lock().locate(ticket) {
            Located::Tombstone => !ticket.is_before(front.ticket()),
            Located::Live(segment) => {
                // SAFETY: a segment of this channel, found under the directory's lock.
                let cell = unsafe { Segment::cell(segment, ticket) };
                cell.peek(ticket) == Peek::Gone
            }
            Located::Past | Located::Missing => false,
        }
    }

    /// Accounts for the cell of `ticket`, which became GONE under the gate's lock just now.
    pub(super) fn add_hole(&self, gate: &mut Gate, ticket: Ticket) {
        // SeqCst, and an RMW: a receiver that sees the front from here on, or a later one, sees
        // GONE in the cell too, so that it is not among those that `bury` must not overtake.
        let front = Front(self.front.word.fetch_add(0, Ordering::SeqCst));
        if !self.is_endless() && !cfg!(strait_mutant = "hole_not_counted") {
            self.freshen_frontier(gate, front);
            if ticket.is_before(gate.frontier) {
                self.widen_for_hole(ticket);
            } else {
                gate.gone += 1;
            }
        }
        // Relaxed: for `len`, which is exact only when nobody is at work.
        self.meta.holes.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the cell is GONE, and only holders of the gate's lock pass it.
        unsafe { self.directory.lock().bury(ticket, front.ticket()) };
        self.set_attention(gate);
    }

    /// Moves the frontier up to the limit while there are no holes beyond it.
    pub(super) fn freshen_frontier(&self, gate: &mut Gate, front: Front) {
        // It may be ahead, by what was announced and taken back, but not by more. What looks like
        // that is behind by more than half of the tickets.
        let ahead = gate.frontier.since(front.limit(self.bound()));
        if gate.gone == 0 && !(0..1 << 20).contains(&ahead) {
            gate.frontier = front.limit(self.bound());
        }
    }

    /// Widens the window for a hole, unless the front is beyond it: then the receiver that
    /// claimed the ticket finds it empty, and the front has moved for nothing.
    fn widen_for_hole(&self, ticket: Ticket) {
        let mut front = self.load_front();
        while !ticket.is_before(front.ticket()) && front.has_room_for_hole() {
            match self.replace_front(front, front.with_hole()) {
                Ok(()) => return,
                Err(now) => front = now,
            }
        }
    }

    /// Moves the front over the hole at `ticket`, unless somebody else did.
    #[cold]
    pub(super) fn pass_hole(&self, ticket: Ticket) {
        let mut gate = self.gate.lock();
        let mut front = self.load_front();
        while front.ticket() == ticket && self.is_hole(ticket, front) {
            let counted =
                !self.is_endless() && ticket.is_before(gate.frontier) && front.holes() > 0;
            match self.replace_front(front, front.passed(counted)) {
                Ok(()) => {
                    if !counted && !self.is_endless() {
                        gate.gone -= 1;
                    }
                    self.fill_up(&mut gate, ticket);
                    break;
                }
                Err(now) => front = now,
            }
        }
        drop(gate);
        self.look_after_gate();
    }

    /// Ends the hole that a receiver found in a cell that it had claimed as a message.
    #[cold]
    pub(super) fn pass_claimed_hole(&self, ticket: Ticket) {
        let mut gate = self.gate.lock();
        if !self.is_endless() && !ticket.is_before(gate.frontier) {
            gate.gone -= 1;
        }
        self.fill_up(&mut gate, ticket);
        drop(gate);
        self.look_after_gate();
    }

    /// The hole at `ticket` is behind the front: its cell is done with.
    fn fill_up(&self, gate: &mut Gate, ticket: Ticket) {
        // Relaxed: as in `add_hole`.
        self.meta.holes.fetch_sub(1, Ordering::Relaxed);
        if let Located::Live(segment) = self.directory.lock().locate(ticket) {
            // SAFETY: a segment of this channel, found under the directory's lock.
            let cell = unsafe { Segment::cell(segment, ticket) };
            cell.finish(ticket);
        }
        self.set_attention(gate);
    }

    /// Ends a ticket that was taken after the close. `segment` holds its cell.
    #[cold]
    pub(super) fn end_late_send(&self, ticket: Ticket, segment: *mut Segment<T>) {
        let mut gate = self.gate.lock();
        // SAFETY: our unpublished ticket pins the segment.
        let cell = unsafe { Segment::cell(segment, ticket) };
        if cell.publish_gone(ticket) {
            self.add_hole(&mut gate, ticket);
        }
    }

    /// How a published message stands whose send has not returned. It counts as admitted only if
    /// `more` further ones would be.
    pub(super) fn settle(&self, pending: &Pending<T>, more: u64) -> Settled<T> {
        let admitted = || !pending.acked && self.fits(pending.ticket.plus(more));
        // SAFETY: `Pending` is made once for each send that published PENDING, and its holder
        // gives it up when the answer is not `Settled::Pending`.
        self.fetched(unsafe { pending.cell(self).settle(pending.ticket, admitted) })
    }

    /// Counts a message that was given back and is fetched.
    fn fetched(&self, settled: Settled<T>) -> Settled<T> {
        if matches!(settled, Settled::Returned(_)) {
            // Relaxed: see where it is counted up.
            self.meta.given_back.fetch_sub(1, Ordering::Relaxed);
        }
        settled
    }

    /// Takes a published message back if nobody has it yet.
    pub(super) fn withdraw(&self, pending: Pending<T>) -> Option<T> {
        let mut gate = self.gate.lock();
        let cell = pending.cell(self);
        let front = self.load_front();
        self.freshen_frontier(&mut gate, front);
        // Inside a window full of holes the message stays.
        let inside = pending.ticket.is_before(gate.frontier);
        if self.is_endless() || !inside || front.has_room_for_hole() {
            // SAFETY: as in `settle`; under the gate's lock.
            return match unsafe { cell.withdraw(pending.ticket) } {
                Ok(message) => {
                    self.add_hole(&mut gate, pending.ticket);
                    drop(gate);
                    self.look_after_gate();
                    Some(message)
                }
                Err(settled) => self.returned(settled),
            };
        }
        // SAFETY: as in `settle`.
        let settled = unsafe { cell.settle(pending.ticket, || true) };
        self.returned(settled)
    }

    pub(super) fn returned(&self, settled: Settled<T>) -> Option<T> {
        match self.fetched(settled) {
            Settled::Returned(message) => Some(message),
            Settled::Sent | Settled::Pending => None,
        }
    }

    /// Puts a waiting sender in line.
    pub(super) fn line_up(&self, pending: &Pending<T>, waiter: Pin<&Waiter>, waker: Waker) {
        let mut gate = self.gate.lock();
        waiter.rest();
        gate.line(pending.acked).push_ordered(waiter, waker, pending.ticket);
        self.set_attention(&gate);
    }

    /// Gives a sender in line another waker.
    pub(super) fn rewake_sender(
        &self,
        pending: &Pending<T>,
        waiter: Pin<&Waiter>,
        waker: &Waker,
    ) -> bool {
        let acked = pending.acked;
        rewake(
            waker,
            || self.gate.lock().line(acked).would_wake(waiter, waker),
            |new| self.gate.lock().line(acked).rewake(waiter, new),
        )
    }

    /// Takes a sender out of the line. The waker is dropped after the lock.
    pub(super) fn step_out(&self, acked: bool, waiter: Pin<&Waiter>) {
        let spent = {
            let mut gate = self.gate.lock();
            let spent = gate.line(acked).unlink(waiter);
            self.set_attention(&gate);
            spent
        };
        discard(spent);
    }
}
