//! What the handles of a broadcast channel share: the ring, and those who wait.

#![forbid(unsafe_code)]

use std::pin::Pin;

use crate::kernel::ballot::Seat;
use crate::kernel::prim::{AtomicUsize, Ordering};
use crate::kernel::ticket::Ticket;
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::Waiter;

use super::super::crowd::Crowd;
use super::ring::{Claim, Config, Ring};
use super::word::Position;

pub(super) struct Core<T> {
    pub(super) ring: Ring<T>,
    pub(super) receivers: Crowd,
    pub(super) senders: Crowd,
    sender_count: AtomicUsize,
}

/// How a try to send came out.
#[must_use]
pub(super) enum Sent<T> {
    /// To so many receivers.
    To(usize),
    Full(T),
    Closed(T),
    Held(T),
}

impl<T> Core<T> {
    /// With one sender and one receiver.
    pub(super) fn new(config: Config) -> Self {
        Self {
            ring: Ring::new(config),
            receivers: Crowd::new(),
            senders: Crowd::new(),
            sender_count: AtomicUsize::new(1),
        }
    }

    #[inline]
    pub(super) fn try_send(&self, element: T) -> Sent<T> {
        let sent = self.send(element);
        self.pass_room_on();
        sent
    }

    #[inline]
    fn send(&self, element: T) -> Sent<T> {
        let taken = match self.ring.claim() {
            Claim::Taken(taken) => taken,
            Claim::Nobody => return Sent::To(0),
            Claim::Full => return Sent::Full(element),
            Claim::Closed => return Sent::Closed(element),
            Claim::Held => return Sent::Held(element),
        };
        let displaced = self.ring.publish(taken, element);
        if self.receivers.waits() {
            self.receivers.wake_up_to(taken.position.ticket());
        }
        drop(displaced);
        Sent::To(taken.receivers as usize)
    }

    /// A sender has found room. If there is more, the next that waits is to hear of it: it may have
    /// become free in another order than it is taken in.
    #[inline]
    fn pass_room_on(&self) {
        if !self.ring.config.lags && self.senders.waits() && self.ring.sends_now() {
            self.senders.wake_one();
        }
    }

    /// A receiver has freed a slot, or gone.
    #[inline]
    pub(super) fn has_freed(&self) {
        if !self.ring.config.lags && self.senders.waits() {
            self.senders.wake_one();
        }
    }

    /// One step of a send that waits; its element is in `element` until it is sent.
    pub(super) fn wait_send(
        &self,
        waiter: Pin<&Waiter>,
        element: &mut Option<T>,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
    ) -> Progress<Result<usize, T>> {
        // All have the same ticket, so one that was woken in vain goes to the head of the list.
        let ticket = Ticket::new(0);
        let progress = self.senders.wait(waiter, ticket, step, seat, || {
            let message = element.take().expect("a send is not used after it has ended");
            match self.send(message) {
                Sent::To(n) => Progress::Ready(Ok(n)),
                Sent::Closed(message) => Progress::Ready(Err(message)),
                Sent::Full(message) => {
                    *element = Some(message);
                    Progress::Blocked
                }
                Sent::Held(message) => {
                    *element = Some(message);
                    Progress::Stalled
                }
            }
        });
        if let Progress::Ready(_) = progress {
            // After we have left the list, so that it is not us who hears of it.
            self.pass_room_on();
        }
        progress
    }

    /// Ends a wait to send that may not have sent; what it was told goes on.
    pub(super) fn leave_send(&self, waiter: Pin<&Waiter>) {
        if self.senders.leave(waiter) && !cfg!(strait_mutant = "broadcast_no_baton") {
            self.has_freed();
        }
    }

    /// Whether a try to receive would be worth while: see [`Step::TryForMore`].
    #[inline]
    pub(super) fn is_worth_while(&self, position: Position, step: Step<'_>) -> bool {
        let Step::TryForMore(mark) = step else { return true };
        let (ahead, is_open) = self.ring.ahead(position);
        // The low bits will do: who is wrong takes what is there.
        let seen = ahead as u8;
        let has_stopped = mark.replace(seen) == seen;
        let batch = (self.ring.config.capacity as u64 / 2).clamp(1, 32);
        !is_open || ahead >= batch || (has_stopped && ahead > 0)
    }

    pub(super) fn close(&self) -> bool {
        let is_first = self.ring.close();
        if is_first {
            if self.receivers.waits() {
                self.receivers.wake_all();
            }
            if self.senders.waits() {
                self.senders.wake_all();
            }
        }
        is_first
    }

    pub(super) fn add_sender(&self) {
        // Relaxed: whoever does this has one, so the count stays above 0.
        self.sender_count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drop_sender(&self) {
        // AcqRel: what the others sent comes before the close.
        if self.sender_count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close();
        }
    }

    pub(super) fn senders(&self) -> usize {
        // Relaxed: outdated at once in any case.
        self.sender_count.load(Ordering::Relaxed)
    }
}
