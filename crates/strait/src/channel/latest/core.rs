//! What the handles of a state cell share: the cell, and those who wait for a change.

#![forbid(unsafe_code)]

use crate::kernel::prim::{AtomicUsize, Ordering};
use crate::kernel::ticket::Ticket;

use super::super::crowd::Crowd;
use super::cell::{Cell, Writing};

pub(super) struct Core<T> {
    pub(super) cell: Cell<T>,
    pub(super) crowd: Crowd,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

impl<T> Core<T> {
    /// With one sender.
    pub(super) fn new(value: T) -> Self {
        Self {
            cell: Cell::new(value),
            crowd: Crowd::new(),
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(0),
        }
    }

    /// Publishes a value; the old one if nobody reads it.
    #[inline]
    pub(super) fn publish(&self, writing: Writing<'_, T>, value: T) -> Option<T> {
        let (version, old) = writing.publish(value);
        if self.crowd.waits() {
            self.crowd.wake_up_to(ticket_of(version));
        }
        old
    }

    pub(super) fn close(&self) -> bool {
        let is_first = self.cell.close();
        if is_first && self.crowd.waits() {
            self.crowd.wake_all();
        }
        is_first
    }

    pub(super) fn add_sender(&self) {
        // Relaxed: whoever does this has one, so the count stays above 0.
        self.senders.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drop_sender(&self) {
        // AcqRel: what the others sent comes before the close.
        if self.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close();
        }
    }

    pub(super) fn senders(&self) -> usize {
        // Relaxed, here and below: outdated at once in any case.
        self.senders.load(Ordering::Relaxed)
    }

    pub(super) fn add_receiver(&self) {
        self.receivers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drop_receiver(&self) {
        self.receivers.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn receivers(&self) -> usize {
        self.receivers.load(Ordering::Relaxed)
    }
}

/// What one who waits for this version has.
pub(super) const fn ticket_of(version: u64) -> Ticket {
    Ticket::new(version)
}
