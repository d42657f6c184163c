//! The sending side: tickets, publication, and what a waiting send does at each step.
//!
//! The states of a message are in [`cell`](crate::kernel::cell), who may return when in
//! [`gate`](super::gate). A send is
//!
//! ```text
//!  take a ticket (fetch-and-add) -> fill the cell -> publish -> wake a receiver
//!     | closed: the cell is GONE, the message comes back
//!     | before the limit: done
//!     | over the limit: the message is in line already; wait until admitted, taken, or given back
//! ```
//!
//! Between the ticket and the publication stands no user code, and nothing that can panic.

use std::pin::Pin;

use crate::kernel::cell::{Cell, Settled};
use crate::kernel::prim::Ordering;
use crate::kernel::segment::Segment;
use crate::kernel::ticket::{Rear, Ticket};
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::{Stay, Waiter};

use super::core::{Core, FLAG_CLOSED, FLAG_DISPLACES, FLAG_LOCK_FREE};
use super::gate::Pending;

/// What became of a message after the first step.
#[must_use]
#[derive(Debug)]
pub(super) enum Begun<T> {
    Sent,
    Closed(T),
    Waits(Pending<T>),
}

/// Where a send left its short path, and what it holds there.
#[must_use]
pub(super) enum Exit<T> {
    /// It has not begun: the channel is not of the usual kind, or closed.
    Special(T),
    /// It has a ticket, but not the segment, or the channel is closed.
    Elsewhere(Rear, T),
    /// Of a try: it has not begun, there is no room.
    NoRoom(T),
    /// The message is in its cell, not published, and over the limit.
    Over(Ticket, *mut Segment<T>),
    /// It is done, but receivers wait.
    ToAWaiter,
}

/// Why a message was not sent at once.
#[must_use]
#[derive(Debug)]
pub(super) enum Refused<T> {
    Full(T),
    Closed(T),
}

impl<T> Core<T> {
    /// Sends, if that takes nothing but the short path.
    ///
    /// All else is left to [`begin_slowly`](Self::begin_slowly), in one call at its end, so that
    /// this can stand in the caller's code and needs no stack.
    #[inline(always)]
    pub(super) fn send_shortly(&self, message: T) -> Result<(), Exit<T>> {
        if self.flags() & (FLAG_CLOSED | FLAG_LOCK_FREE | FLAG_DISPLACES) != 0 {
            return Err(Exit::Special(message));
        }
        // Acquire: pairs with the Release in `find_segment_for_send`. Loaded before the ticket is
        // taken, checked after.
        let hint = self.rear.hint.load(Ordering::Acquire);
        let rear = self.take_rear();
        let ticket = rear.ticket();
        if rear.is_closed() || !Self::is_segment_of(hint, ticket) {
            return Err(Exit::Elsewhere(rear, message));
        }
        // SAFETY: our unpublished ticket pins the segment.
        let cell = unsafe { Segment::cell(hint, ticket) };
        // SAFETY: the ticket is ours and not published.
        unsafe { cell.fill(message) };
        if !self.fits_by_hint(ticket) && !self.fits_by_front(ticket) {
            return Err(Exit::Over(ticket, hint));
        }
        self.publish_shortly(cell, ticket)
    }

    #[inline(always)]
    fn publish_shortly(&self, cell: &Cell<T>, ticket: Ticket) -> Result<(), Exit<T>> {
        cell.publish(ticket, false);
        if self.has_waiting_receivers() { Err(Exit::ToAWaiter) } else { Ok(()) }
    }

    /// Takes a ticket, whatever it is. A fetch-and-add never fails, and so never tells that others
    /// are at it; a compare-and-swap before it does.
    #[inline(always)]
    fn take_rear(&self) -> Rear {
        let word = &self.rear.word;
        // Relaxed: a guess.
        let seen = word.load(Ordering::Relaxed);
        // SeqCst, here and below: the rear half of the first handshake.
        match word.compare_exchange(seen, seen + 1, Ordering::SeqCst, Ordering::Relaxed) {
            Ok(seen) => Rear(seen),
            Err(_) => self.take_rear_among_others(),
        }
    }

    #[cold]
    #[inline(never)]
    fn take_rear_among_others(&self) -> Rear {
        self.back_off();
        Rear(self.rear.word.fetch_add(1, Ordering::SeqCst))
    }

    /// Sends, up to the point where it may have to wait.
    #[inline]
    pub(super) fn begin_send(&self, message: T, acked: bool) -> Begun<T> {
        if acked {
            return self.begin_special_send(message, true);
        }
        match self.send_shortly(message) {
            Ok(()) => Begun::Sent,
            Err(exit) => self.begin_slowly(exit),
        }
    }

    /// The rest of a send that left the short path.
    #[cold]
    #[inline(never)]
    pub(super) fn begin_slowly(&self, exit: Exit<T>) -> Begun<T> {
        match exit {
            Exit::Special(message) | Exit::NoRoom(message) => {
                self.begin_special_send(message, false)
            }
            Exit::Elsewhere(rear, message) => self.begin_elsewhere(rear, message),
            Exit::Over(ticket, segment) => {
                // While the channel is being closed the short path has not asked to the end.
                let fits = self.has(FLAG_CLOSED) && self.fits(ticket);
                self.publish_over(ticket, segment, fits)
            }
            Exit::ToAWaiter => {
                self.wake_receivers(1);
                Begun::Sent
            }
        }
    }

    /// The ticket is taken, but its segment is another one, or the channel is closed.
    fn begin_elsewhere(&self, rear: Rear, message: T) -> Begun<T> {
        let ticket = rear.ticket();
        let segment = self.find_segment_for_send(ticket);
        if rear.is_closed() && !cfg!(strait_mutant = "late_send_lands") {
            self.end_late_send(ticket, segment);
            return Begun::Closed(message);
        }
        // SAFETY: our unpublished ticket pins the segment.
        let cell = unsafe { Segment::cell(segment, ticket) };
        // SAFETY: the ticket is ours and not published.
        unsafe { cell.fill(message) };
        self.publish_over(ticket, segment, self.fits(ticket))
    }

    /// The message is in its cell, and perhaps over the limit.
    fn publish_over(&self, ticket: Ticket, segment: *mut Segment<T>, fits: bool) -> Begun<T> {
        // SAFETY: our unpublished ticket pins the segment.
        let cell = unsafe { Segment::cell(segment, ticket) };
        cell.publish(ticket, !fits);
        self.notify_receivers(1);
        if fits { Begun::Sent } else { Begun::Waits(Pending { ticket, segment, acked: false }) }
    }

    /// The same for what is not the short path.
    #[cold]
    fn begin_special_send(&self, message: T, acked: bool) -> Begun<T> {
        let mut message = message;
        loop {
            // Keeps sends on a closed channel from using up tickets.
            if self.has(FLAG_CLOSED) {
                return Begun::Closed(message);
            }
            let (rear, ticket, segment) = self.take_ticket();
            if rear.is_closed() {
                self.end_late_send(ticket, segment);
                return Begun::Closed(message);
            }
            let fits = self.has(FLAG_DISPLACES) || (!acked && self.fits(ticket));
            if let Some(broken) = self.publish(segment, ticket, message, !fits) {
                message = broken;
                continue;
            }
            self.notify_receivers(1);
            return if fits {
                Begun::Sent
            } else {
                Begun::Waits(Pending { ticket, segment, acked })
            };
        }
    }

    /// Takes the next send ticket; the segment holds its cell.
    #[inline]
    pub(super) fn take_ticket(&self) -> (Rear, Ticket, *mut Segment<T>) {
        // Acquire: pairs with the Release in `find_segment_for_send`. Loaded before the ticket is
        // taken, checked after.
        let hint = self.rear.hint.load(Ordering::Acquire);
        // SeqCst: the rear half of the first handshake.
        let rear = Rear(self.rear.word.fetch_add(1, Ordering::SeqCst));
        let ticket = rear.ticket();
        (rear, ticket, self.segment_for_send(hint, ticket))
    }

    /// Fills and publishes the cell of a ticket that is ours. Gives the message back if a receiver
    /// has broken the cell.
    #[inline]
    fn publish(
        &self,
        segment: *mut Segment<T>,
        ticket: Ticket,
        message: T,
        pending: bool,
    ) -> Option<T> {
        // SAFETY: our unpublished ticket pins the segment.
        let cell = unsafe { Segment::cell(segment, ticket) };
        // SAFETY: the ticket is ours and not published.
        unsafe { cell.fill(message) };
        if self.has(FLAG_LOCK_FREE) {
            return cell.publish_or_break(ticket, pending);
        }
        cell.publish(ticket, pending);
        None
    }

    /// The same for a ticket that is within the limit, wherever its cell is.
    pub(super) fn fill_claimed(&self, ticket: Ticket, message: T) -> Option<T> {
        // Acquire: pairs with the Release in `find_segment_for_send`.
        let hint = self.rear.hint.load(Ordering::Acquire);
        self.publish(self.segment_for_send(hint, ticket), ticket, message, false)
    }

    /// The segment of a ticket that is ours.
    #[inline]
    fn segment_for_send(&self, hint: *mut Segment<T>, ticket: Ticket) -> *mut Segment<T> {
        if Self::is_segment_of(hint, ticket) { hint } else { self.find_segment_for_send(ticket) }
    }

    #[inline]
    fn is_segment_of(hint: *mut Segment<T>, ticket: Ticket) -> bool {
        // SAFETY: the hint is a segment of this channel.
        !hint.is_null() && unsafe { Segment::holds(hint, Segment::<T>::number(ticket)) }
    }

    #[cold]
    #[inline(never)]
    fn find_segment_for_send(&self, ticket: Ticket) -> *mut Segment<T> {
        let mut directory = self.directory.lock();
        let (segment, newest) = directory.ensure_for_send(ticket);
        if newest {
            // Release: pairs with the Acquire of those who load the hint.
            self.rear.hint.store(segment, Ordering::Release);
        }
        drop(directory);
        // Renews the cached limit, which `try_send` does not.
        let _ = self.fits_after_all(ticket);
        segment
    }

    /// Sends if that needs no waiting and nothing but the short path; as
    /// [`send_shortly`](Self::send_shortly), but that a message over the limit leaves no trace.
    #[inline(always)]
    pub(super) fn try_send_shortly(&self, message: T) -> Result<(), Exit<T>> {
        if self.flags() & (FLAG_CLOSED | FLAG_LOCK_FREE | FLAG_DISPLACES) != 0 {
            return Err(Exit::Special(message));
        }
        let rear = self.load_rear();
        let ticket = rear.ticket();
        if rear.is_closed() {
            return Err(Exit::Special(message));
        }
        if !self.fits_by_hint(ticket) && !self.fits_by_front(ticket) {
            return Err(Exit::NoRoom(message));
        }
        // Acquire: pairs with the Release in `find_segment_for_send`. Loaded before the ticket is
        // taken, checked after.
        let hint = self.rear.hint.load(Ordering::Acquire);
        // SeqCst: the rear half of the first handshake.
        let word = &self.rear.word;
        if word.compare_exchange(rear.0, rear.0 + 1, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            return Err(Exit::Special(message));
        }
        if !Self::is_segment_of(hint, ticket) {
            return Err(Exit::Elsewhere(rear, message));
        }
        // SAFETY: our unpublished ticket pins the segment.
        let cell = unsafe { Segment::cell(hint, ticket) };
        // SAFETY: the ticket is ours and not published.
        unsafe { cell.fill(message) };
        self.publish_shortly(cell, ticket)
    }

    /// The rest of a try that left the short path.
    #[cold]
    #[inline(never)]
    pub(super) fn try_send_slowly(&self, exit: Exit<T>) -> Result<(), Refused<T>> {
        match exit {
            Exit::Special(message) => return self.try_send(message),
            // For a rendezvous a select may wait, and the end of the channel may be the reason.
            Exit::NoRoom(message) if self.is_rendezvous() || self.has(FLAG_CLOSED) => {
                return self.try_send(message);
            }
            Exit::NoRoom(message) => return Err(Refused::Full(message)),
            Exit::Elsewhere(rear, message) => {
                let broken = self.fill_claimed(rear.ticket(), message);
                debug_assert!(broken.is_none(), "only lock-free receivers break cells");
                self.notify_receivers(1);
            }
            Exit::Over(..) => unreachable!("a try publishes what it fills"),
            Exit::ToAWaiter => self.wake_receivers(1),
        }
        Ok(())
    }

    /// Sends if that needs no waiting. A refused message leaves no trace.
    pub(super) fn try_send(&self, message: T) -> Result<(), Refused<T>> {
        let mut message = message;
        loop {
            match self.claim_room(1) {
                Err(true) => return Err(Refused::Closed(message)),
                // SeqCst: as good as any; a select that begins to wait after this came later.
                Err(false) if self.is_rendezvous() && self.has_waiting_receivers() => {
                    return self.offer(message).map_err(Refused::Full);
                }
                Err(false) => return Err(Refused::Full(message)),
                Ok((ticket, _)) => match self.fill_claimed(ticket, message) {
                    None => break,
                    Some(broken) => message = broken,
                },
            }
        }
        self.notify_receivers(1);
        Ok(())
    }

    /// Takes up to `most` tickets that fit now. `Err` says whether the channel is closed.
    fn claim_room(&self, most: u64) -> Result<(Ticket, u64), bool> {
        let mut rear = self.load_rear();
        loop {
            if rear.is_closed() {
                return Err(true);
            }
            let ticket = rear.ticket();
            let room = match most {
                1 => u64::from(self.fits(ticket)),
                _ if self.is_endless() => most,
                _ => {
                    let room = self.load_front().limit(self.bound()).since(ticket);
                    room.clamp(0, most as i64) as u64
                }
            };
            if room == 0 {
                // Also closed, if it was cancelled just now.
                return Err(self.is_closed());
            }
            // SeqCst: the rear half of the first handshake.
            match self.rear.word.compare_exchange(
                rear.0,
                rear.0 + room,
                Ordering::SeqCst,
                Ordering::SeqCst,
            ) {
                Ok(_) => return Ok((ticket, room)),
                Err(now) => rear = Rear(now),
            }
        }
    }

    /// Sends as many messages from the front of `queue` as fit now, with one claim for each run
    /// of up to 64. Says how many, and whether the channel is closed.
    pub(super) fn send_run(&self, queue: &mut std::collections::VecDeque<T>) -> (usize, bool) {
        let mut sent = 0;
        let mut closed = false;
        while !queue.is_empty() {
            let most = (queue.len() as u64).min(64);
            let (first, n) = match self.claim_room(most) {
                Ok(claimed) => claimed,
                Err(is_closed) => {
                    closed = is_closed;
                    break;
                }
            };
            let mut published = 0;
            let mut broken = None;
            for i in 0..n {
                let message = broken.take().or_else(|| queue.pop_front());
                let message = message.expect("no more was claimed than is there");
                // In lock-free mode a broken message moves to the next ticket, in order.
                broken = self.fill_claimed(first.plus(i), message);
                published += usize::from(broken.is_none());
            }
            if let Some(message) = broken {
                queue.push_front(message);
            }
            sent += published;
            self.notify_receivers(published as u64);
        }
        (sent, closed)
    }

    /// One step of a send that waits.
    pub(super) fn wait_send(
        &self,
        pending: &Pending<T>,
        waiter: Pin<&Waiter>,
        step: Step<'_>,
    ) -> Progress<Result<(), T>> {
        loop {
            let more = if let Step::TryForMore(mark) = step { self.places_worth(mark) } else { 0 };
            let done = match self.settle(pending, more) {
                Settled::Pending => None,
                Settled::Sent => Some(Ok(())),
                #[cfg(strait_mutant = "returned_is_sent")]
                Settled::Returned(_) => Some(Ok(())),
                Settled::Returned(message) => Some(Err(message)),
            };
            if let Some(done) = done {
                self.leave_line(pending, waiter);
                return Progress::Ready(done);
            }
            let Step::Register(waker) = step else { return Progress::Blocked };
            if waiter.stay() == Stay::Queued {
                if self.rewake_sender(pending, waiter, waker) {
                    return Progress::Blocked;
                }
                // Told just now, by the old waker.
                continue;
            }
            // Then look again: the handshake's other half. The clone may panic, so it comes first.
            let waker = waker.clone();
            self.line_up(pending, waiter, waker);
            if cfg!(strait_mutant = "send_no_recheck") {
                return Progress::Blocked;
            }
        }
    }

    /// How many places beside its own a sender that yields holds out for.
    fn places_worth(&self, mark: &std::cell::Cell<u8>) -> u64 {
        // The low bits will do: who is wrong goes on with one place.
        let seen = self.load_front().ticket().bits() as u8;
        let has_stopped = mark.replace(seen) == seen;
        if has_stopped { 0 } else { self.batch() }
    }

    /// Takes a sender out of the line, wherever it is.
    pub(super) fn leave_line(&self, pending: &Pending<T>, waiter: Pin<&Waiter>) {
        if waiter.stay() == Stay::Queued {
            self.step_out(pending.acked, waiter);
        }
        waiter.rest();
    }
}
