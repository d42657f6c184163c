//! Sends that are arms of a select: in line like others, but not decided.
//!
//! # Promise
//! The message of a send arm takes its turn like that of any other send that waits; it is received
//! only if the select is decided for that arm in the same instant, and otherwise it was never
//! there. A receiver never waits for a select to make up its mind.
//!
//! # Picture
//! A select that has to wait takes a ticket for each send arm and publishes its cell as CHOICE. The
//! waiter beside it, in the order of tickets, leads to the select's
//! [`Ballot`](crate::kernel::ballot).
//!
//! ```text
//!            front
//!   DONE  DONE | CHOICE   F  P  CHOICE  P ...
//!                  |              |
//!     admitted: [waiter]  choices: [waiter]       both under the gate's lock
//!                  |              |
//!               ballot A       ballot B
//! ```
//!
//! * `choices`: waiters to be told when the limit passes their ticket, like waiting senders.
//! * `admitted`: waiters that were told so and have not run, and those of `send_acked`, which need
//!   not be told; they still lead to the ballot.
//!
//! While the cell is CHOICE, the front moves over it only under the gate's lock. There the receiver
//! asks the ballot, and one of these happens:
//!
//! | ballot | the receiver |
//! |---|---|
//! | OPEN | decides it, moves the front, takes the message: both sides are done in one step |
//! | AWAY, or decided for another arm | moves the front and hands the message back (BACK): the owner, which is running or about to, will take a new place at the rear if it still wants to send |
//! | BUSY | waits a few times, without the lock, then as AWAY |
//! | its own, or BUSY and of a select with a larger address | leaves it, see below |
//!
//! The owner settles its own message only while nobody can decide the ballot: CHOICE to FULL when
//! the limit has passed the ticket, CHOICE to GONE (a hole, see [`gate`](super::gate)) when another
//! arm was chosen. It may race with BACK; the cell's compare-and-swap decides.
//!
//! # Select meets select
//! Two selects that send to each other in opposite directions may look at each other at the same
//! time, both BUSY. The one with the larger address waits a little for the other and then puts its
//! message out of line. The one with the smaller address goes to sleep on the message, and leaves
//! word ([`Ballot::miss`]): the other tells the receivers when it opens its ballot, or when its
//! message goes. So of two such selects, one opens first, and is found open by the other.
//!
//! # A select that receives what it sends
//! It never meets itself. If its own messages are all there is, its receive arm is not ready; if
//! something is behind them, it puts its own out of line, receives, or places them again.
//!
//! The same goes for a receive that a future of the user does while the select polls it: the ballot
//! says on which thread its owner runs such code.
//!
//! # What others may notice
//! A select that was decided for one arm takes its other messages out of line when it runs, and it
//! has been woken for that. Until then they take up room like those of other sends that wait.
//!
//! # The other direction: a sender that cannot wait
//! `try_send` on a rendezvous channel succeeds if a receiver waits. Receivers that wait have
//! widened the window, but a select that did so on several channels would admit several sends.
//! So [`offer`](Core::offer) decides one waiting select for its receive arm, and sends to it. If
//! somebody else receives that message first, the select goes on waiting. `offered` counts the
//! selects that were decided so and have not run; a further offer is made only if each message in
//! line has one of them.
//!
//! # Rejected
//! * Sends that wait without a ticket and try again when told (crossbeam, and the first sketch of
//!   this design): as long as plain sends wait in line the rear is over the limit, so such a
//!   select would starve.
//! * Closing the line while a select makes up its mind: a select polls futures of the user, and
//!   these may do anything, also receive from that channel.
//! * A ballot on the heap (crossbeam's `Context`): an allocation for each select that waits.
//!
//! # Sources
//! N. Koval, *Channels in Kotlin Coroutines* (2018), and kotlinx.coroutines: a select instance as
//! a waiter in the cell, one word decided by compare-and-swap, a counterpart that does not wait for
//! a select that is registering. Go: select waits in line like other senders.

use std::pin::Pin;
use std::task::Waker;

use crate::kernel::ballot::{Ballot, Seat, Standing};
use crate::kernel::cell::{Cell, Peek, Taken};
use crate::kernel::directory::Located;
use crate::kernel::patience::give_way;
use crate::kernel::prim::{Guard, Ordering};
use crate::kernel::segment::Segment;
use crate::kernel::ticket::Ticket;
use crate::kernel::waiter::{Stay, WaitList, Waiter, discard, wake};

use super::core::{Core, FLAG_CLOSED};
use super::gate::{Gate, Pending};

/// How often a receiver lets a busy select go on before it puts its message out of line.
const TRIES: u32 = if cfg!(strait_loom) { 1 } else { 16 };

/// What meeting an undecided message came to.
#[must_use]
#[derive(Debug)]
pub(super) enum Met<T> {
    /// It is ours, and its select was decided for it.
    Message(T),
    /// It is out of the way; look again.
    Moved,
    /// It stands at the front, not for us: as good as empty.
    Left,
}

/// How a receiver finds the select whose message is at the front.
enum Encounter<'a> {
    /// Decided, just now, for the receiver.
    Decided,
    /// It is the receiver's own, or that of a select that runs the receiver.
    Own(&'a Ballot),
    /// Both are busy, and the other one will tell us.
    Theirs,
    /// It has changed meanwhile.
    Again,
    /// It will be open soon, or away.
    Busy,
    Away,
}

impl Gate {
    /// The places in line, by ticket. Some may be settled, and their owners about to leave.
    fn places(&self) -> impl Iterator<Item = (Ticket, Seat<'_>)> {
        self.admitted.seats().chain(self.choices.seats())
    }

    fn place_at(&self, ticket: Ticket) -> Option<Seat<'_>> {
        self.places().find(|(at, _)| *at == ticket).map(|(_, seat)| seat)
    }

    fn encounter(&self, ticket: Ticket, chooser: Option<&Ballot>) -> Encounter<'_> {
        // Without a waiter the owner is in the middle of taking the message out.
        let Some(seat) = self.place_at(ticket) else { return Encounter::Away };
        let ballot = seat.ballot.get_ref();
        if chooser.is_some_and(|own| std::ptr::eq(own, ballot)) {
            return Encounter::Own(ballot);
        }
        match ballot.decide(seat.arm) {
            Standing::Decided => Encounter::Decided,
            Standing::Above => Encounter::Own(ballot),
            Standing::Busy if chooser.is_some_and(|own| own.goes_before(ballot)) => {
                if ballot.miss() { Encounter::Theirs } else { Encounter::Again }
            }
            Standing::Busy => Encounter::Busy,
            Standing::Away => Encounter::Away,
        }
    }

    /// Whether all tickets from `front` to `rear` are places of one select.
    fn is_all_own(&self, own: &Ballot, front: Ticket, rear: Ticket) -> bool {
        let mut next = front;
        for (ticket, seat) in self.places().filter(|(ticket, _)| !ticket.is_before(front)) {
            if ticket != next || !std::ptr::eq(&raw const *seat.ballot, own) {
                break;
            }
            next = next.plus(1);
        }
        next == rear
    }

    /// How many places a select has in line.
    fn places_of(&self, own: &Ballot, front: Ticket) -> i64 {
        let is_own = |(ticket, seat): &(Ticket, Seat<'_>)| {
            !ticket.is_before(front) && std::ptr::eq(&raw const *seat.ballot, own)
        };
        self.places().filter(is_own).count() as i64
    }

    /// Where a new place waits. One that waits for its receipt need not hear of the limit.
    fn places_line(&mut self, acked: bool) -> &mut WaitList {
        if acked { &mut self.admitted } else { &mut self.choices }
    }

    /// Takes the waiter of a place out, if it is in line.
    fn unlink_place(&mut self, waiter: Pin<&Waiter>) -> Option<Waker> {
        let list = if self.admitted.holds(waiter) { &mut self.admitted } else { &mut self.choices };
        list.unlink(waiter)
    }
}

impl<T> Core<T> {
    /// Takes a place in line for the message of a select, whose ballot is BUSY. Gives the message
    /// back if the channel is closed.
    pub(super) fn place(
        &self,
        message: T,
        acked: bool,
        waiter: Pin<&Waiter>,
        waker: Waker,
        seat: Seat<'_>,
    ) -> Result<Pending<T>, T> {
        let mut message = message;
        loop {
            // Keeps sends on a closed channel from using up tickets.
            if self.has(FLAG_CLOSED) {
                break;
            }
            let (rear, ticket, segment) = self.take_ticket();
            if rear.is_closed() {
                self.end_late_send(ticket, segment);
                break;
            }
            // SAFETY: our unpublished ticket pins the segment.
            let cell = unsafe { Segment::cell(segment, ticket) };
            // SAFETY: the ticket is ours and not published.
            unsafe { cell.fill(message) };
            let mut gate = self.gate.lock();
            if let Some(broken) = cell.publish_choice(ticket) {
                message = broken;
                continue;
            }
            waiter.rest();
            self.line_up_place(&mut gate, ticket, acked, waiter, waker, seat);
            return Ok(Pending { ticket, segment, acked });
        }
        discard(Some(waker));
        Err(message)
    }

    /// Puts the waiter of a place in line.
    fn line_up_place(
        &self,
        gate: &mut Gate,
        ticket: Ticket,
        acked: bool,
        waiter: Pin<&Waiter>,
        waker: Waker,
        seat: Seat<'_>,
    ) {
        let line = gate.places_line(acked);
        line.push_ordered(waiter, waker, ticket);
        line.seat(waiter, seat);
        // The handshake with receivers that move the front; the look is in `settle`.
        self.set_attention(gate);
    }

    /// Keeps a place in line with the waker of this poll, unless it is out of line already.
    pub(super) fn keep_place(
        &self,
        pending: &Pending<T>,
        waiter: Pin<&Waiter>,
        waker: &Waker,
        seat: Seat<'_>,
    ) {
        let is_kept = |mut gate: Guard<'_, Gate>| {
            let line = gate.places_line(pending.acked);
            line.holds(waiter) && line.would_wake(waiter, waker)
        };
        if is_kept(self.gate.lock()) {
            return;
        }
        let mut waker = Some(waker.clone());
        let spent = {
            let mut gate = self.gate.lock();
            let spent = gate.unlink_place(waiter);
            if waiter.stay() == Stay::Idle
                && let Some(waker) = waker.take()
            {
                self.line_up_place(&mut gate, pending.ticket, pending.acked, waiter, waker, seat);
            }
            spent
        };
        discard(spent);
        discard(waker);
    }

    /// Takes the waiter of a place out of the line, if it is there.
    pub(super) fn leave_place(&self, waiter: Pin<&Waiter>) {
        if waiter.stay() == Stay::Queued {
            let mut gate = self.gate.lock();
            let spent = gate.unlink_place(waiter);
            self.set_attention(&gate);
            drop(gate);
            discard(spent);
        }
        waiter.rest();
    }

    /// Takes a message out of line whose select nobody can decide any more. `None`: it was
    /// received before. Beyond 65,535 holes the window is too narrow by one until the front has
    /// passed some.
    pub(super) fn withdraw_choice(&self, place: &Pending<T>, waiter: Pin<&Waiter>) -> Option<T> {
        let ticket = place.ticket;
        // Before the cell changes: without its waiter nobody decides the place.
        self.leave_place(waiter);
        let mut gate = self.gate.lock();
        self.freshen_frontier(&mut gate, self.load_front());
        // SAFETY: it is the caller's place, nobody can decide it, and we hold the gate's lock.
        match unsafe { place.cell(self).withdraw(ticket) } {
            Err(settled) => self.returned(settled),
            Ok(message) => {
                if self.give_ticket_back(ticket) {
                    self.give_holes_back(&mut gate, ticket);
                    self.set_attention(&gate);
                } else {
                    self.add_hole(&mut gate, ticket);
                }
                drop(gate);
                self.look_after_gate();
                self.notify_of_rest();
                Some(message)
            }
        }
    }

    /// Moves the rear back over a VOID cell, if it is the last. Under the gate's lock.
    ///
    /// Nobody has ever seen a message there, so nobody is about to claim the ticket, and a front
    /// that has come up to it stays while we hold the lock.
    fn give_ticket_back(&self, ticket: Ticket) -> bool {
        let rear = self.load_rear();
        if rear.is_closed() || rear.ticket() != ticket.plus(1) {
            return false;
        }
        let Located::Live(segment) = self.directory.lock().locate(ticket) else { return false };
        // SAFETY: a segment of this channel, found under the directory's lock.
        let cell = unsafe { Segment::cell(segment, ticket) };
        // Before the rear: from then on the cell belongs to whoever takes the ticket.
        if !cell.unvoid(ticket) {
            return false;
        }
        // SeqCst: the rear half of the first handshake.
        let given_back = self
            .rear
            .word
            .compare_exchange(rear.0, rear.0 - 1, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok();
        if !given_back {
            cell.void_again(ticket);
        }
        given_back
    }

    /// The same for the holes that were before it, up to one that the window counts.
    fn give_holes_back(&self, gate: &mut Gate, ticket: Ticket) {
        let mut last = ticket.plus(u64::MAX);
        while gate.gone > 0 && !last.is_before(gate.frontier) && self.give_ticket_back(last) {
            gate.gone -= 1;
            // Relaxed: as in `add_hole`.
            self.meta.holes.fetch_sub(1, Ordering::Relaxed);
            // SAFETY: the cell was counted when it became a hole.
            unsafe { self.directory.lock().unbury(last) };
            last = last.plus(u64::MAX);
        }
    }

    /// Meets the undecided message at the front.
    #[cold]
    pub(super) fn meet(
        &self,
        ticket: Ticket,
        announced: &mut bool,
        chooser: Option<&Ballot>,
    ) -> Met<T> {
        let mut tries = 0;
        loop {
            let gate = self.gate.lock();
            let front = self.load_front();
            let Some(cell) = self.choice_at(ticket) else { return Met::Moved };
            if front.ticket() != ticket {
                return Met::Moved;
            }
            let rear = self.load_rear();
            match gate.encounter(ticket, chooser) {
                Encounter::Decided => return self.take_decided(gate, cell, ticket, announced),
                Encounter::Again => continue,
                // Nobody is told again of a close.
                Encounter::Theirs if !rear.is_closed() => return Met::Left,
                Encounter::Own(ballot) => {
                    if !rear.is_closed() && gate.is_all_own(ballot, ticket, rear.ticket()) {
                        return Met::Left;
                    }
                }
                Encounter::Busy | Encounter::Theirs if tries < TRIES => {
                    tries += 1;
                    drop(gate);
                    give_way();
                    continue;
                }
                Encounter::Busy | Encounter::Theirs | Encounter::Away => {}
            }
            return self.put_out_of_line(gate, cell, ticket);
        }
    }

    /// The same for the one who empties the channel: the message goes back in any case.
    pub(super) fn return_choice(&self, ticket: Ticket) -> Met<T> {
        let gate = self.gate.lock();
        match self.choice_at(ticket) {
            Some(cell) => self.put_out_of_line(gate, cell, ticket),
            None => Met::Moved,
        }
    }

    /// Whether nothing stands at a ticket yet. Under the gate's lock.
    pub(super) fn is_unpublished(&self, ticket: Ticket) -> bool {
        match self.directory.lock().locate(ticket) {
            // SAFETY: a segment of this channel, found under the directory's lock.
            Located::Live(segment) => unsafe {
                Segment::cell(segment, ticket).peek(ticket) == Peek::Unpublished
            },
            Located::Missing => true,
            Located::Past | Located::Tombstone => false,
        }
    }

    /// The cell of a ticket if it is undecided. Under the gate's lock.
    fn choice_at(&self, ticket: Ticket) -> Option<&Cell<T>> {
        let Located::Live(segment) = self.directory.lock().locate(ticket) else { return None };
        // SAFETY: a segment of this channel, found under the directory's lock.
        let cell = unsafe { Segment::cell(segment, ticket) };
        (cell.peek(ticket) == Peek::Choice).then_some(cell)
    }

    /// The select is decided for the message at the front: takes it.
    fn take_decided(
        &self,
        gate: Guard<'_, Gate>,
        cell: &Cell<T>,
        ticket: Ticket,
        announced: &mut bool,
    ) -> Met<T> {
        let mut front = self.load_front();
        // The ticket stays: only holders of the lock move the front over a CHOICE cell.
        while let Err(now) = self.advance(front, 1, *announced) {
            front = now;
        }
        debug_assert_eq!(front.ticket(), ticket);
        *announced = false;
        // SAFETY: under the gate's lock, decided for this cell, and its ticket claimed just now.
        let message = unsafe { cell.take_choice(ticket) };
        self.end_place(gate, ticket);
        Met::Message(message)
    }

    /// Moves the front over a message that is not to be had, and hands it back.
    fn put_out_of_line(&self, gate: Guard<'_, Gate>, cell: &Cell<T>, ticket: Ticket) -> Met<T> {
        let front = self.load_front();
        if front.ticket() != ticket || self.advance(front, 1, false).is_err() {
            return Met::Moved;
        }
        // Relaxed: read when nobody else is left. Counted before the owner can fetch it.
        self.meta.given_back.fetch_add(1, Ordering::Relaxed);
        // SAFETY: under the gate's lock, the ticket is claimed, and the cell showed a message.
        let given = unsafe { cell.give_back(ticket) };
        if given.is_some() {
            self.meta.given_back.fetch_sub(1, Ordering::Relaxed);
        }
        self.end_place(gate, ticket);
        match given {
            // Its owner was faster and has made it a message like any other.
            Some(Taken::Message(message)) => Met::Message(message),
            Some(Taken::Withdrawn) => {
                self.pass_claimed_hole(ticket);
                Met::Moved
            }
            None => Met::Moved,
        }
    }

    /// The place at the front is no more: tells its owner, and those whom the front's step admits.
    fn end_place(&self, mut gate: Guard<'_, Gate>, ticket: Ticket) {
        let told = gate.admitted.take_out(ticket).or_else(|| gate.choices.take_out(ticket));
        self.set_attention(&gate);
        drop(gate);
        if let Some(waker) = told {
            wake(waker);
        }
        self.look_after_gate();
        self.notify_of_rest();
    }

    /// Selects may have gone to sleep on a message that was undecided, before others that they were
    /// told of. It is so no more: tells them of these, and of the end.
    pub(super) fn notify_of_rest(&self) {
        if self.has_waiting_receivers() {
            let rest = if self.is_closed() { u64::MAX } else { self.messages().max(0) as u64 };
            self.wake_receivers(rest);
        }
    }

    /// For a select that was decided by `offer`: from here on the rear tells of the message.
    pub(super) fn end_offer(&self) {
        if !cfg!(strait_mutant = "offer_not_awaited") {
            // The one who decides moves the rear before it releases the lock.
            self.receivers.lock().offered -= 1;
        }
    }

    /// Sends on a rendezvous channel if a select waits for a message, which it decides.
    #[cold]
    pub(super) fn offer(&self, message: T) -> Result<(), T> {
        let mut message = message;
        loop {
            // Locked in this order everywhere. The gate is for a select that receives what it
            // sends: its own places do not count.
            let gate = self.gate.lock();
            let mut waiting = self.receivers.lock();
            let rear = self.load_rear();
            let front = self.load_front().ticket();
            // Each select that was decided will take one of the messages in line.
            let spoken_for = i64::from(waiting.offered);
            let spare = rear.ticket().since(front) - spoken_for;
            let is_free = |own: &Ballot| spare <= 0 || spare <= gate.places_of(own, front);
            let decided = (!rear.is_closed()).then(|| self.decide_receiver(&mut waiting, is_free));
            let Some(waker) = decided.flatten() else { return Err(message) };
            // SeqCst: the rear half of the first handshake. The receiver is for this ticket, so
            // nobody may have come between.
            let claimed = self.rear.word.compare_exchange(
                rear.0,
                rear.0 + 1,
                Ordering::SeqCst,
                Ordering::SeqCst,
            );
            drop(waiting);
            drop(gate);
            // If it was decided in vain it finds nothing, or another message, and goes on.
            let broken = match claimed {
                Ok(_) => self.fill_claimed(rear.ticket(), message),
                Err(_) => Some(message),
            };
            wake(waker);
            match broken {
                None => return Ok(()),
                Some(back) => message = back,
            }
        }
    }
}
