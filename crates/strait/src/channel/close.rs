//! The end of a channel.
//!
//! *Close* raises CLOSED in the rear word: the tickets taken before are messages, those after are
//! holes. What is in line stays receivable, waiting sends included; receivers report the end when
//! the front has reached the rear. *Cancel* raises CANCELLED too and empties the row: each cell is
//! claimed as a receiver would; a message whose send still waits goes back to it (BACK), others
//! are dropped here, at once, because a message may hold the reply channel that somebody waits on.
//!
//! Messages are dropped outside of all locks, one by one. If a destructor panics, the rest are
//! dropped all the same and the panic goes on to the caller.

use std::pin::Pin;
use std::task::Waker;

use crate::kernel::cell::Taken;
use crate::kernel::patience::give_way;
use crate::kernel::prim::{Ordering, handshake};
use crate::kernel::ticket::Ticket;
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::{Stay, Waiter, discard, rewake, wake_batches};

use super::choice::Met;
use super::core::Core;
use super::gate::Gate;
use super::recv::Found;

impl<T> Core<T> {
    /// No more sends. Says whether this call closed the channel.
    pub(super) fn close(&self) -> bool {
        let before = self.raise(false);
        self.tell_end();
        !before.is_closed()
    }

    /// No more sends, and nothing more to receive. Says whether this call closed the channel.
    pub(super) fn cancel(&self) -> bool {
        let before = self.raise(true);
        self.tell_end();
        self.discard_all();
        !before.is_closed()
    }

    fn tell_end(&self) {
        self.notify_receivers(u64::MAX);
        // SeqCst: the look of a handshake like the first one: `wait_end` stores, then looks at
        // the rear.
        if self.meta.end_waiting.load(Ordering::SeqCst) != 0 {
            wake_batches(|wakes| {
                let mut gate = self.gate.lock();
                while !wakes.is_full()
                    && let Some(waker) = gate.end.pop()
                {
                    wakes.push(waker);
                }
                self.set_end_waiting(&gate);
            });
        }
    }

    /// Empties the row after CANCELLED was raised.
    fn discard_all(&self) {
        struct Rest<'a, T>(&'a Core<T>);
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                // Reached by a panic in a message's destructor: the others still go.
                self.0.discard_all();
            }
        }
        let rest = Rest(self);
        while let Some(message) = self.discard_one() {
            drop(message);
        }
        std::mem::forget(rest);
        self.look_after_gate();
    }

    /// Claims the next cell; gives its message unless that went back to its sender.
    fn discard_one(&self) -> Option<Option<T>> {
        loop {
            let front = self.load_front();
            let cell = match self.find(front) {
                Found::Message(cell, _) => cell,
                Found::Choice => {
                    if let Met::Message(message) = self.return_choice(front.ticket()) {
                        return Some(Some(message));
                    }
                    continue;
                }
                Found::Moved => continue,
                Found::Nothing if self.load_rear().ticket() == front.ticket() => return None,
                // A sender with a ticket from before: it is about to publish.
                Found::Nothing => {
                    give_way();
                    continue;
                }
            };
            if self.advance(front, 1, false).is_err() {
                continue;
            }
            // Relaxed: read when nobody else is left. Counted before the sender can fetch it.
            self.meta.given_back.fetch_add(1, Ordering::Relaxed);
            // SAFETY: our compare-and-swap moved the front over the ticket, and the cell showed a
            // message before.
            let given = unsafe { cell.give_back(front.ticket()) };
            if given.is_some() {
                self.meta.given_back.fetch_sub(1, Ordering::Relaxed);
            }
            return Some(match given {
                None => None,
                Some(Taken::Message(message)) => Some(message),
                Some(Taken::Withdrawn) => {
                    self.pass_claimed_hole(front.ticket());
                    None
                }
            });
        }
    }

    /// One step of a wait for the end.
    pub(super) fn wait_end(&self, waiter: Pin<&Waiter>, step: Step<'_>) -> Progress<()> {
        loop {
            if self.is_closed() {
                self.leave_end(waiter);
                return Progress::Ready(());
            }
            let Step::Register(waker) = step else { return Progress::Blocked };
            if waiter.stay() == Stay::Queued {
                if self.rewake_end(waiter, waker) {
                    return Progress::Blocked;
                }
                // Told just now, by the old waker.
                continue;
            }
            // Then look again: the handshake's other half. The clone may panic, so it comes first.
            let waker = waker.clone();
            let mut gate = self.gate.lock();
            waiter.rest();
            let place = Ticket::new(0);
            gate.end.push_back(waiter, waker, place);
            self.set_end_waiting(&gate);
        }
    }

    /// Publishes how many wait for the end. Under the gate's lock.
    fn set_end_waiting(&self, gate: &Gate) {
        // SeqCst: the store of that handshake.
        self.meta.end_waiting.swap(gate.end.len() as u32, Ordering::SeqCst);
        handshake();
    }

    fn rewake_end(&self, waiter: Pin<&Waiter>, waker: &Waker) -> bool {
        rewake(
            waker,
            || self.gate.lock().end.would_wake(waiter, waker),
            |new| self.gate.lock().end.rewake(waiter, new),
        )
    }

    pub(super) fn leave_end(&self, waiter: Pin<&Waiter>) {
        if waiter.stay() == Stay::Queued {
            let mut gate = self.gate.lock();
            let spent = gate.end.unlink(waiter);
            self.set_end_waiting(&gate);
            drop(gate);
            discard(spent);
        }
        waiter.rest();
    }
}
