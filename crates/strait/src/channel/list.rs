//! The receivers that wait, and in a fair channel whose turn it is.
//!
//! By default a receiver that runs may overtake one that was woken and has not run yet: it takes
//! the message, and the woken one goes back to the head of the list. A woken thread needs 1 to
//! 50 us to arrive, so letting the message lie would cost far more than the overtaking.
//!
//! In a fair channel a waiting receiver is told only together with a *turn*, and there are never
//! more turns than messages; who has no turn does not claim while somebody waits. A turn ends
//! when its holder received, found nothing after all, or was dropped; then the messages without
//! a turn are looked at again. Both sides hand out turns under the list's lock after their own
//! store of the first handshake, so a message and a waiting receiver never miss each other.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::Waker;

use crate::kernel::ballot::{Ballot, Standing};
use crate::kernel::prim::{Ordering, handshake};
use crate::kernel::ticket::Ticket;
use crate::kernel::waiter::{Except, Stay, WaitList, Waiter, discard, rewake, wake_batches};

use super::core::{Core, FLAG_FAIR};
use super::recv::Queueing;

/// Under a lock.
#[derive(Debug)]
pub(super) struct Waiting {
    list: WaitList,
    /// Fair: receivers that were told and have not come back.
    turns: u32,
    /// Selects that were decided for a message that a sender has offered, and have not run.
    pub(super) offered: u32,
    /// How many have come, by which those told in vain find their place again.
    arrivals: Ticket,
}

impl Waiting {
    pub(super) const fn new() -> Self {
        Self { list: WaitList::new(), turns: 0, offered: 0, arrivals: Ticket::new(0) }
    }

    fn all(&self) -> u32 {
        self.list.len() as u32 + self.turns
    }
}

impl<T> Core<T> {
    /// Wakes up to `n` waiting receivers, after the rear has moved.
    pub(super) fn notify_receivers(&self, n: u64) {
        if self.has_waiting_receivers() {
            self.wake_receivers(n);
        }
    }

    /// Whether receivers wait, to be asked after the rear has moved.
    #[inline]
    pub(super) fn has_waiting_receivers(&self) -> bool {
        if !cfg!(strait_mutant = "notify_unordered") {
            handshake();
        }
        // SeqCst: the look of the first handshake.
        self.meta.rx_waiting.load(Ordering::SeqCst) != 0
    }

    #[cold]
    pub(super) fn wake_receivers(&self, n: u64) {
        self.wake_receivers_but(None, n);
    }

    /// The same, some left aside, for whom a message in line is not.
    #[cold]
    pub(super) fn wake_receivers_but(&self, but: Option<Except<'_>>, n: u64) {
        let mut left = n;
        wake_batches(|wakes| {
            let mut waiting = self.receivers.lock();
            while left > 0
                && !wakes.is_full()
                && let Some((waker, counts)) = self.pop_receiver(&mut waiting, but)
            {
                wakes.push(waker);
                // In a fair channel a turn is a turn.
                left -= u64::from(counts || self.has(FLAG_FAIR));
            }
            self.set_rx_waiting(&waiting);
        });
    }

    /// Decides a select that waits to receive here, and tells it.
    pub(super) fn decide_receiver(
        &self,
        waiting: &mut Waiting,
        is_free: impl Fn(&Ballot) -> bool,
    ) -> Option<Waker> {
        let decided = waiting.list.seats().find(|(_, seat)| {
            is_free(&seat.ballot) && seat.ballot.decide(seat.arm) == Standing::Decided
        });
        let (arrival, _) = decided?;
        waiting.offered += 1;
        let waker = waiting.list.take_out(arrival)?;
        waiting.turns += u32::from(self.has(FLAG_FAIR));
        self.set_rx_waiting(waiting);
        Some(waker)
    }

    /// Tells the next receiver, if there is one and, in a fair channel, a message for its turn.
    fn pop_receiver(
        &self,
        waiting: &mut Waiting,
        but: Option<Except<'_>>,
    ) -> Option<(Waker, bool)> {
        let is_fair = self.has(FLAG_FAIR);
        // After the close everybody may look.
        if is_fair && self.messages() <= i64::from(waiting.turns) && !self.is_closed() {
            return None;
        }
        let popped = match but {
            None => waiting.list.pop_counted(),
            Some(but) => waiting.list.pop_but(but),
        };
        waiting.turns += u32::from(is_fair && popped.is_some());
        popped
    }

    /// Messages in line, those of sends that wait included.
    pub(super) fn messages(&self) -> i64 {
        let front = self.load_front();
        self.load_rear().ticket().since(front.ticket())
    }

    /// Publishes how many receivers wait. Under the lock of `waiting`.
    fn set_rx_waiting(&self, waiting: &Waiting) {
        // SeqCst: the store of the first handshake; the look follows in the caller.
        self.meta.rx_waiting.swap(waiting.all(), Ordering::SeqCst);
        handshake();
    }

    /// Whether a receiver may look for a message: always, but in a fair channel that is open only
    /// in turn. The close wakes all who wait, and turns are over.
    #[inline]
    pub(super) fn may_claim(&self, waiter: Option<Pin<&Waiter>>) -> bool {
        // SeqCst: as good as any; a receiver that starts to wait after this came later than us.
        !self.has(FLAG_FAIR)
            || waiter.is_some_and(|waiter| waiter.stay() == Stay::Told)
            || self.meta.rx_waiting.load(Ordering::SeqCst) == 0
            || self.is_closed()
    }

    /// Puts a receiver into the list; one that was told in vain, at its old place.
    /// `left`: it has left a message of a select where it is.
    pub(super) fn enlist(&self, who: &Queueing<'_>, waker: Waker, told: bool, left: bool) {
        let waiter = who.waiter;
        let mut waiting = self.receivers.lock();
        if told {
            waiter.rest();
            waiting.turns -= u32::from(self.has(FLAG_FAIR));
            waiting.list.push_again(waiter, waker);
        } else {
            waiting.arrivals = waiting.arrivals.plus(1);
            let arrival = waiting.arrivals;
            waiting.list.push_back(waiter, waker, arrival);
        }
        if let Some(seat) = who.seat {
            waiting.list.seat(waiter, seat);
        }
        self.set_rx_waiting(&waiting);
        drop(waiting);
        if self.has(FLAG_FAIR) {
            // A message may have come before we were in the list: whose turn is it? Not ours, if
            // it is one that we have left.
            let me = who.chooser().map_or(Except::Waiter(waiter), Except::Select);
            self.wake_receivers_but(left.then_some(me), u64::MAX);
        }
    }

    pub(super) fn rewake_receiver(&self, waiter: Pin<&Waiter>, waker: &Waker) -> bool {
        rewake(
            waker,
            || self.receivers.lock().list.would_wake(waiter, waker),
            |new| self.receivers.lock().list.rewake(waiter, new),
        )
    }

    /// Ends a receive that may be in the list, may have been told, and may have announced itself.
    #[inline]
    pub(super) fn leave_list(&self, announced: &mut bool, waiter: Pin<&Waiter>) {
        if *announced {
            *announced = false;
            if !cfg!(strait_mutant = "no_retract") {
                self.retract();
            }
        }
        if waiter.stay() != Stay::Idle {
            self.leave_list_for_good(waiter);
        }
    }

    #[cold]
    fn leave_list_for_good(&self, waiter: Pin<&Waiter>) {
        let mut waiting = self.receivers.lock();
        let spent = waiting.list.unlink(waiter);
        let told = waiter.stay() == Stay::Told;
        if told {
            waiter.rest();
            waiting.turns -= u32::from(self.has(FLAG_FAIR));
        }
        self.set_rx_waiting(&waiting);
        drop(waiting);
        discard(spent);
        // We were told of a message. If one is there still, somebody else must hear of it.
        if told && self.messages() > 0 && !cfg!(strait_mutant = "recv_no_baton") {
            self.notify_receivers(1);
        }
    }
}
