//! The receiving side: look, claim, take; and what a waiting receive does at each step.
//!
//! ```text
//!  look at the cell at the front
//!    a message: claim its ticket (compare-and-swap) and take it
//!    a hole: pass it (under the gate's lock)
//!    nothing, and rear = front: empty
//!    nothing, but rear > front: a sender is between claim and publication. Stalled.
//! ```
//!
//! A receive that waits owns nothing: no ticket, no message. It has perhaps announced itself
//! (capacity 0 and 1), which widened the window by one, and a place in the list. Dropped, it takes
//! both back, and if it was told of a message, tells the next one.

use std::pin::Pin;

use crate::kernel::ballot::{Ballot, Seat};
use crate::kernel::cell::{Cell, Peek, Taken};
use crate::kernel::directory::Located;
use crate::kernel::patience::give_way;
use crate::kernel::prim::Ordering;
use crate::kernel::segment::Segment;
use crate::kernel::ticket::{Front, Ticket};
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::{Stay, Waiter};

use super::choice::Met;
use super::core::{Core, FLAG_DISPLACES, FLAG_FAIR, FLAG_LOCK_FREE};

/// What a try to receive found.
#[must_use]
#[derive(Debug)]
pub(super) enum Claim<R> {
    Received(R),
    Empty,
    /// Empty but for a message of a select that stands there not for us.
    Left,
    Closed,
    Stalled,
}

/// What stands at the front.
#[must_use]
pub(super) enum Found<'a, T> {
    /// A message; its send waits, and may withdraw it, if the flag is set.
    Message(&'a Cell<T>, bool),
    /// A message of a select that has not chosen.
    Choice,
    /// The front has moved meanwhile.
    Moved,
    Nothing,
}

/// The select whose arm a receive is, if its ballot can be decided. It is not then.
pub(super) type Chooser<'a> = Option<&'a Ballot>;

/// A receive that waits.
pub(super) struct Queueing<'a> {
    /// It has widened the window by one.
    pub(super) announced: &'a mut bool,
    pub(super) waiter: Pin<&'a Waiter>,
    /// As an arm of a select. Such a receive does not announce itself: sends that met it would
    /// return, and it might choose another arm.
    pub(super) seat: Option<Seat<'a>>,
}

impl<'a> Queueing<'a> {
    pub(super) fn chooser(&self) -> Chooser<'a> {
        self.seat.map(|seat| seat.ballot.get_ref())
    }
}

impl<T> Core<T> {
    /// Receives, if that takes nothing but the short path: the message stands where the hint
    /// says, nobody has to be asked first, and the receive has announced nothing.
    ///
    /// `None` says nothing: the caller goes the long way. So this can stand in the caller's code.
    #[inline(always)]
    pub(super) fn claim_shortly(&self) -> Option<T> {
        if self.has(FLAG_FAIR) {
            return None;
        }
        let front = self.load_front();
        let ticket = front.ticket();
        // Acquire: pairs with the Release in `locate`.
        let hint = self.front.hint.load(Ordering::Acquire);
        if hint.is_null() {
            return None;
        }
        // SAFETY: a segment of this channel; whether it is the right one, the stamp says.
        let cell = unsafe { Segment::cell(hint, ticket) };
        if !cell.is_full_at(ticket) {
            return None;
        }
        if self.advance(front, 1, false).is_err() {
            self.back_off();
            return None;
        }
        // SAFETY: our compare-and-swap moved the front over the ticket, and the cell was FULL.
        let message = unsafe { cell.take_full(ticket) };
        if self.needs_admission() {
            self.admit();
        }
        Some(message)
    }

    /// Whether there is nothing to receive and no reason to look closer.
    #[inline(always)]
    pub(super) fn is_plainly_empty(&self) -> bool {
        // SeqCst inside: the look of the first handshake. The front is never beyond the rear, so
        // it has not moved in between if they are equal.
        let front = self.load_front();
        let rear = self.load_rear();
        rear.ticket() == front.ticket() && !rear.is_closed()
    }

    /// The rest of a receive of one message, after the short path was in vain.
    pub(super) fn claim_after_all(&self) -> Claim<T> {
        if self.is_plainly_empty() || !self.may_claim(None) {
            return Claim::Empty;
        }
        self.claim_elsewhere(&mut false, None)
    }

    /// Receives one message if there is one. `announced` is spent with it.
    ///
    /// The short path, with all else in calls at its ends, so that it needs no stack.
    #[inline]
    pub(super) fn claim(&self, announced: &mut bool, chooser: Chooser<'_>) -> Claim<T> {
        let front = self.load_front();
        let ticket = front.ticket();
        // Acquire: pairs with the Release in `locate`.
        let hint = self.front.hint.load(Ordering::Acquire);
        if hint.is_null() {
            return self.claim_if_any(ticket, announced, chooser);
        }
        // SAFETY: a segment of this channel; whether it is the right one, the stamp says.
        let cell = unsafe { Segment::cell(hint, ticket) };
        if !cell.is_full_at(ticket) || self.advance(front, 1, *announced).is_err() {
            return self.claim_if_any(ticket, announced, chooser);
        }
        *announced = false;
        // SAFETY: our compare-and-swap moved the front over the ticket, and the cell was FULL.
        let message = unsafe { cell.take_full(ticket) };
        if self.needs_admission() {
            return self.received_and_admit(message);
        }
        Claim::Received(message)
    }

    #[cold]
    #[inline(never)]
    fn received_and_admit(&self, message: T) -> Claim<T> {
        self.admit();
        Claim::Received(message)
    }

    /// There is no message by the hint; `ticket` was the front.
    #[inline]
    fn claim_if_any(&self, ticket: Ticket, announced: &mut bool, chooser: Chooser<'_>) -> Claim<T> {
        // SeqCst inside: the look of the first handshake. The front is never beyond the rear, so
        // it has not moved if they are equal now.
        let rear = self.load_rear();
        if rear.ticket() == ticket && !rear.is_closed() {
            return Claim::Empty;
        }
        self.claim_elsewhere(announced, chooser)
    }

    #[cold]
    #[inline(never)]
    fn claim_elsewhere(&self, announced: &mut bool, chooser: Chooser<'_>) -> Claim<T> {
        loop {
            if let Some(claim) = self.claim_at(self.load_front(), announced, chooser) {
                return claim;
            }
        }
    }

    /// Receives the message at `front`, if it is still the front. `None`: look again.
    pub(super) fn claim_at(
        &self,
        front: Front,
        announced: &mut bool,
        chooser: Chooser<'_>,
    ) -> Option<Claim<T>> {
        let (cell, pending) = match self.find(front) {
            Found::Message(cell, pending) => (cell, pending),
            Found::Choice => {
                return match self.meet(front.ticket(), announced, chooser) {
                    Met::Message(message) => Some(Claim::Received(message)),
                    Met::Moved => None,
                    Met::Left => Some(Claim::Left),
                };
            }
            Found::Moved => return None,
            Found::Nothing => {
                let claim = self.verdict(front)?;
                if matches!(claim, Claim::Stalled) && self.has(FLAG_LOCK_FREE) {
                    // Most such senders need a few instructions only.
                    give_way();
                    return self.claim_unpublished(front, announced).map(Claim::Received);
                }
                return Some(claim);
            }
        };
        if self.advance(front, 1, *announced).is_err() {
            self.back_off();
            return None;
        }
        *announced = false;
        let message = if pending {
            self.take_claimed(cell, front.ticket())?
        } else {
            // SAFETY: our compare-and-swap moved the front over the ticket, and the cell was FULL.
            unsafe { cell.take_full(front.ticket()) }
        };
        self.look_after_gate();
        Some(Claim::Received(message))
    }

    /// Receives a message if one is there; waits for a sender that is about to publish one.
    pub(super) fn try_claim(&self) -> Claim<T> {
        if !self.may_claim(None) {
            return Claim::Empty;
        }
        loop {
            match self.claim(&mut false, None) {
                Claim::Stalled => give_way(),
                claim => return claim,
            }
        }
    }

    /// Takes the message of a ticket that we claimed, unless it was withdrawn.
    fn take_claimed(&self, cell: &Cell<T>, ticket: Ticket) -> Option<T> {
        // SAFETY: our compare-and-swap moved the front over the ticket, and the cell showed a
        // message before.
        match unsafe { cell.take(ticket) } {
            Taken::Message(message) => Some(message),
            Taken::Withdrawn => {
                self.pass_claimed_hole(ticket);
                None
            }
        }
    }

    /// What stands at the front. Holes are passed on the way.
    #[inline]
    pub(super) fn find(&self, front: Front) -> Found<'_, T> {
        let ticket = front.ticket();
        // Acquire: pairs with the Release in `locate`.
        let hint = self.front.hint.load(Ordering::Acquire);
        if !hint.is_null() {
            // SAFETY: a segment of this channel; whether it is the right one, the stamp says.
            let cell = unsafe { Segment::cell(hint, ticket) };
            match cell.peek(ticket) {
                Peek::Full => return Found::Message(cell, false),
                Peek::Pending => return Found::Message(cell, true),
                Peek::Choice => return Found::Choice,
                Peek::Past => return Found::Moved,
                Peek::Gone => {
                    self.pass_hole(ticket);
                    return Found::Moved;
                }
                Peek::Unpublished => {}
            }
        }
        self.find_elsewhere(front, hint)
    }

    /// The hint showed nothing: because there is nothing, or because it is outdated.
    #[inline(never)]
    fn find_elsewhere(&self, front: Front, hint: *mut Segment<T>) -> Found<'_, T> {
        let ticket = front.ticket();
        // SAFETY: a segment of this channel.
        if !hint.is_null() && unsafe { Segment::holds(hint, Segment::<T>::number(ticket)) } {
            return Found::Nothing;
        }
        if self.load_rear().ticket() == ticket {
            return Found::Nothing;
        }
        match self.locate(ticket, front) {
            // It is the hint now.
            Located::Live(_) | Located::Past => Found::Moved,
            Located::Missing => Found::Nothing,
            Located::Tombstone => {
                self.pass_hole(ticket);
                Found::Moved
            }
        }
    }

    /// What it means that nothing was found at `front`. `None`: look again.
    fn verdict<R>(&self, front: Front) -> Option<Claim<R>> {
        // SeqCst inside: the look of the first handshake.
        let rear = self.load_rear();
        if rear.is_cancelled() {
            return Some(Claim::Closed);
        }
        if rear.ticket() == front.ticket() {
            return Some(if rear.is_closed() { Claim::Closed } else { Claim::Empty });
        }
        (self.load_front().ticket() == front.ticket()).then_some(Claim::Stalled)
    }

    /// Lock-free mode: claims the ticket of a sender that has not published, and breaks its cell.
    #[cold]
    fn claim_unpublished(&self, front: Front, announced: &mut bool) -> Option<T> {
        let ticket = front.ticket();
        // Under the gate's lock a cell that is not published becomes no CHOICE and no hole, over
        // which the front moves in other ways, and no ticket is given back.
        let gate = self.gate.lock();
        let has_sender = self.load_rear().ticket() != ticket;
        if !has_sender || !self.is_unpublished(ticket) {
            return None;
        }
        self.advance(front, 1, *announced).ok()?;
        *announced = false;
        let segment = self.directory.lock().ensure(ticket);
        // SAFETY: a segment of this channel; our claimed, unfinished ticket pins it.
        let cell = unsafe { Segment::cell(segment, ticket) };
        let broken = cell.break_empty(ticket) || cfg!(strait_mutant = "break_blindly");
        drop(gate);
        let message = if broken { None } else { self.take_claimed(cell, ticket) };
        self.look_after_gate();
        message
    }

    /// Receives up to `limit` messages with one claim for each run of a segment.
    pub(super) fn claim_many(
        &self,
        announced: &mut bool,
        chooser: Chooser<'_>,
        out: &mut Vec<T>,
        limit: usize,
    ) -> Claim<usize> {
        let before = out.len();
        loop {
            let received = out.len() - before;
            if received == limit {
                return Claim::Received(received);
            }
            let front = self.load_front();
            match self.find(front) {
                Found::Message(..) => self.claim_run(front, announced, out, limit - received),
                Found::Choice => {
                    // What is met may be a message after all.
                    out.reserve(1);
                    match self.meet(front.ticket(), announced, chooser) {
                        Met::Message(message) => out.push(message),
                        Met::Moved => {}
                        Met::Left if received > 0 => return Claim::Received(received),
                        Met::Left => return Claim::Left,
                    }
                }
                Found::Moved => {}
                Found::Nothing if received > 0 => return Claim::Received(received),
                Found::Nothing => match self.verdict(front) {
                    Some(Claim::Stalled) if self.has(FLAG_LOCK_FREE) => {
                        out.reserve(1);
                        out.extend(self.claim_unpublished(front, announced));
                    }
                    Some(claim) => return claim,
                    None => {}
                },
            }
        }
    }

    /// Claims the messages that stand in a row at the front of the segment of the hint.
    fn claim_run(&self, front: Front, announced: &mut bool, out: &mut Vec<T>, most: usize) {
        let first = front.ticket();
        // Acquire: pairs with the Release in `locate`.
        let segment = self.front.hint.load(Ordering::Acquire);
        let rest = Segment::<T>::CELLS - first.bits() % Segment::<T>::CELLS;
        // Before the claim: reserving may fail or panic.
        out.reserve(most.min(rest as usize));
        // SAFETY: a segment of this channel; whether it is the right one, the stamps say.
        let cell = |ticket| unsafe { Segment::cell(segment, ticket) };
        let n = (0..rest.min(most as u64))
            .take_while(|&i| {
                matches!(cell(first.plus(i)).peek(first.plus(i)), Peek::Full | Peek::Pending)
            })
            .count() as u64;
        if n == 0 || self.advance(front, n, *announced).is_err() {
            return;
        }
        *announced = false;
        for i in 0..n {
            let ticket = first.plus(i);
            if let Some(message) = self.take_claimed(cell(ticket), ticket) {
                out.push(message);
            }
        }
        self.look_after_gate();
    }

    /// One step of a receive that waits; `claim` is one try of it.
    pub(super) fn wait_recv<R>(
        &self,
        who: &mut Queueing<'_>,
        step: Step<'_>,
        mut claim: impl FnMut(&Self, &mut bool, Chooser<'_>) -> Claim<R>,
    ) -> Progress<Option<R>> {
        let mut left = false;
        loop {
            // In a fair channel, the message that it has left a moment ago is its turn still: the
            // select may have opened before the turn was given back, and told nobody.
            let may_claim = self.may_claim(Some(who.waiter)) || left;
            left = false;
            if may_claim && self.is_worth_while(step) {
                match claim(self, who.announced, who.chooser()) {
                    Claim::Received(message) => {
                        self.leave_list(who.announced, who.waiter);
                        return Progress::Ready(Some(message));
                    }
                    Claim::Closed => {
                        self.leave_list(who.announced, who.waiter);
                        return Progress::Ready(None);
                    }
                    Claim::Stalled => return Progress::Stalled,
                    Claim::Empty => {}
                    Claim::Left => left = true,
                }
            }
            if who.seat.is_none() {
                self.announce_once(who.announced);
            }
            let Step::Register(waker) = step else { return Progress::Blocked };
            let told = match who.waiter.stay() {
                Stay::Queued => {
                    if self.rewake_receiver(who.waiter, waker) {
                        return Progress::Blocked;
                    }
                    // Told just now, by the old waker.
                    continue;
                }
                Stay::Told => true,
                Stay::Idle => false,
            };
            // Then look again: the handshake's other half. The clone may panic, so it comes first.
            let waker = waker.clone();
            self.enlist(who, waker, told, left);
            if cfg!(strait_mutant = "recv_no_recheck") {
                return Progress::Blocked;
            }
        }
    }

    /// Whether enough messages are there for the step. The end of the channel is enough.
    #[inline]
    pub(super) fn is_worth_while(&self, step: Step<'_>) -> bool {
        let Step::TryForMore(mark) = step else { return true };
        let rear = self.load_rear().ticket();
        let messages = rear.since(self.load_front().ticket());
        // The low bits will do: who is wrong takes what is there.
        let seen = rear.bits() as u8;
        let has_stopped = mark.replace(seen) == seen;
        self.is_closed() || messages >= self.batch() as i64 || (has_stopped && messages > 0)
    }

    /// Widens the window for a receive that waits, in channels where that helps.
    #[inline]
    pub(super) fn announce_once(&self, announced: &mut bool) {
        if self.announces() && !*announced && self.announce() {
            *announced = true;
            self.look_after_gate();
        }
    }

    /// Whether receivers that wait widen the window.
    fn announces(&self) -> bool {
        self.bound() < 2 && !self.has(FLAG_DISPLACES)
    }
}
