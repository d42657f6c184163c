//! Which segment holds which run of tickets.
//!
//! # Promise
//! From the run of the oldest unfinished cell to the newest run that somebody asked for, each
//! run has its segment here, in order. Segments whose cells are all done leave at the old end.
//!
//! # Use
//! Channels keep a pointer to the segment of their newest send and of their newest receive and
//! come here, under a lock, once in [`Segment::CELLS`] operations. *The claimed, unfinished cell
//! pins its segment*: a run leaves only when all its cells are done. So a sender that holds an
//! unpublished ticket and finds the number of a segment to be that of its ticket may keep the
//! pointer until it publishes, without any count.
//!
//! A run that consists of withdrawn sends alone keeps its place but not its segment (a
//! *tombstone*), so that a full channel on which sends time out again and again needs one pointer
//! for 64 of them.

use std::collections::VecDeque;
use std::ptr;

use super::segment::Segment;
use super::slab::Pool;
use super::ticket::{START, Ticket};

/// Where a ticket's cell is.
#[must_use]
#[derive(Debug)]
pub(crate) enum Located<T> {
    /// In this segment.
    Live(*mut Segment<T>),
    /// Nowhere: all cells of its run are withdrawn sends.
    Tombstone,
    /// Its run was finished and forgotten.
    Past,
    /// Nobody has asked for its run yet.
    Missing,
}

/// The table of a channel's segments. Under a lock.
#[derive(Debug)]
pub(crate) struct Directory<T> {
    /// Number of the run at the front of `runs`.
    first: u64,
    /// Null is a tombstone.
    runs: VecDeque<*mut Segment<T>>,
    pool: Pool<T>,
}

// SAFETY: the pointers are to segments that this directory owns; they are used under its lock or
// through the rules at the head of `segment.rs`. A segment holds messages, so `T: Send` is needed.
unsafe impl<T: Send> Send for Directory<T> {}

const RUNS_MASK: u64 = Ticket::new(u64::MAX).bits();

impl<T> Directory<T> {
    pub(crate) const fn new() -> Self {
        const { assert!(START.is_multiple_of(Segment::<T>::CELLS), "all cells of a run are used") };
        Self {
            first: Segment::<T>::number(Ticket::new(START)),
            runs: VecDeque::new(),
            pool: Pool::new(),
        }
    }

    /// How many runs the ring of tickets has: numbers are compared modulo this.
    const RUNS: u64 = (RUNS_MASK / Segment::<T>::CELLS) + 1;

    fn offset(&self, number: u64) -> u64 {
        number.wrapping_sub(self.first) & (Self::RUNS - 1)
    }

    /// Where `ticket`'s cell is now.
    pub(crate) fn locate(&self, ticket: Ticket) -> Located<T> {
        let offset = self.offset(Segment::<T>::number(ticket));
        match usize::try_from(offset).ok().and_then(|offset| self.runs.get(offset)) {
            Some(segment) if segment.is_null() => Located::Tombstone,
            Some(&segment) => Located::Live(segment),
            None if offset < Self::RUNS / 2 => Located::Missing,
            None => Located::Past,
        }
    }

    /// The segment of a send ticket that is not published; `true` if no later run was asked for.
    pub(crate) fn ensure_for_send(&mut self, ticket: Ticket) -> (*mut Segment<T>, bool) {
        let segment = self.ensure(ticket);
        (segment, self.offset(Segment::<T>::number(ticket)) as usize == self.runs.len() - 1)
    }

    /// The segment of a ticket whose cell is not finished; made if it is not there yet.
    pub(crate) fn ensure(&mut self, ticket: Ticket) -> *mut Segment<T> {
        let offset = self.offset(Segment::<T>::number(ticket));
        debug_assert!(offset < Self::RUNS / 2, "an unfinished cell pins its segment");
        while self.runs.len() as u64 <= offset {
            let segment = self.pool.get();
            let number = (self.first + self.runs.len() as u64) & (Self::RUNS - 1);
            // SAFETY: the pool's segments live as long as the channel, and this one is free.
            unsafe { Segment::install(segment, number) };
            self.runs.push_back(segment);
        }
        let segment = self.runs[offset as usize];
        debug_assert!(!segment.is_null(), "a tombstone has no unfinished cell");
        segment
    }

    /// Lets go of finished runs at the old end. `front` is the next receive ticket.
    pub(crate) fn retire(&mut self, front: Ticket) {
        while let Some(&segment) = self.runs.front() {
            let finished = if segment.is_null() {
                let next = Ticket::new((self.first + 1) * Segment::<T>::CELLS);
                !front.is_before(next)
            } else {
                // SAFETY: the pool's segments live as long as the channel; this one holds a run.
                unsafe { Segment::retire(segment) }
            };
            if !finished {
                break;
            }
            self.runs.pop_front();
            self.first = (self.first + 1) & (Self::RUNS - 1);
            if !segment.is_null() {
                self.pool.put(segment);
            }
        }
        if self.runs.len() * 4 < self.runs.capacity() && self.runs.capacity() > 64 {
            self.runs.shrink_to(self.runs.len() * 2);
        }
    }

    /// Counts one more withdrawn send in the run of `ticket`. When the run has nothing else and
    /// no receiver has come near it, its segment is taken away. `front` is the receive ticket.
    ///
    /// # Safety
    /// The cell of `ticket` is GONE, and the caller keeps every receiver from passing it (it
    /// holds the gate's lock).
    pub(crate) unsafe fn bury(&mut self, ticket: Ticket, front: Ticket) {
        let number = Segment::<T>::number(ticket);
        let offset = self.offset(number) as usize;
        let segment = self.runs[offset];
        // The front never goes back, so a receiver that looked at a cell of the run would have
        // seen the front there, and so should we.
        let untouched = front.is_before(Ticket::new(number * Segment::<T>::CELLS));
        // SAFETY: live by the caller's promise: the cell is not finished.
        if unsafe { Segment::count_gone(segment, untouched) } {
            self.runs[offset] = ptr::null_mut();
            self.pool.put(segment);
        }
    }

    /// Takes back one `bury`, of a run that was not taken away.
    ///
    /// # Safety
    /// As for [`bury`](Self::bury).
    pub(crate) unsafe fn unbury(&mut self, ticket: Ticket) {
        let offset = self.offset(Segment::<T>::number(ticket)) as usize;
        // SAFETY: a segment of this directory.
        unsafe { Segment::uncount_gone(self.runs[offset]) };
    }

    /// Drops the messages that are left, if there can be any, and then all memory, also when a
    /// drop panics.
    ///
    /// # Safety
    /// Nobody uses the channel any more.
    pub(crate) unsafe fn destroy(&mut self, has_messages: bool) {
        struct Rest<'a, T>(&'a mut Directory<T>);
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while let Some(&segment) = self.0.runs.front() {
                    if !segment.is_null() {
                        let again = Rest(self.0);
                        // SAFETY: created, and exclusively ours by the promise of `destroy`. If a
                        // message's destructor panics, `again` goes on behind it.
                        unsafe { Segment::discard(segment) };
                        std::mem::forget(again);
                    }
                    self.0.runs.pop_front();
                }
                // SAFETY: the promise of `destroy`.
                unsafe { self.0.pool.destroy() };
            }
        }
        if !has_messages {
            self.runs.clear();
        }
        drop(Rest(self));
    }
}
