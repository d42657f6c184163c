//! A first-in-first-out queue under a lock, whose length can be read without it.
//!
//! Rejected: the deques of crossbeam (Chase and Lev, 2005). They need no lock to push, but the
//! fence that a pop needs costs about as much as a lock that nobody else wants, and their memory
//! goes through a collector that gives some of it back never, or late: blocks were left when all
//! jobs and the runtime had ended.

#![forbid(unsafe_code)]

use std::collections::VecDeque;

use crate::kernel::prim::{AtomicUsize, Guard, Mutex, Ordering};

/// The most entries that change hands at once.
const BATCH: usize = 32;

/// A queue that has grown larger gives its memory back when it is empty.
const KEPT: usize = 1_024;

#[derive(Debug)]
pub(super) struct Lane<W> {
    queue: Mutex<VecDeque<W>>,
    len: AtomicUsize,
}

impl<W> Lane<W> {
    pub(super) fn new() -> Self {
        Self { queue: Mutex::new(VecDeque::new()), len: AtomicUsize::new(0) }
    }

    /// Says how many there were before.
    pub(super) fn push(&self, work: W) -> usize {
        let mut queue = self.queue.lock();
        queue.push_back(work);
        let len = queue.len();
        self.publish(&queue);
        drop(queue);
        len - 1
    }

    pub(super) fn pop(&self) -> Option<W> {
        if self.is_empty() {
            return None;
        }
        let mut queue = self.queue.lock();
        let work = queue.pop_front();
        let spent = Self::shrink(&mut queue);
        self.publish(&queue);
        drop(queue);
        drop(spent);
        work
    }

    /// Moves half of the entries, up to a batch, to another lane; the first one is for the caller.
    pub(super) fn steal(&self, into: &Self) -> Option<W> {
        if self.is_empty() {
            return None;
        }
        let mut batch = [const { None }; BATCH];
        let spent = {
            let mut queue = self.queue.lock();
            let count = queue.len().div_ceil(2).min(BATCH);
            batch.iter_mut().zip(queue.drain(..count)).for_each(|(at, work)| *at = Some(work));
            let spent = Self::shrink(&mut queue);
            self.publish(&queue);
            spent
        };
        drop(spent);
        let mut batch = batch.into_iter().flatten();
        let first = batch.next()?;
        let mut rest = batch.peekable();
        if rest.peek().is_some() {
            let mut queue = into.queue.lock();
            queue.extend(rest);
            into.publish(&queue);
        }
        Some(first)
    }

    /// All that is there, in exchange for a queue that is empty.
    pub(super) fn take(&self, into: &mut VecDeque<W>) {
        let mut queue = self.queue.lock();
        std::mem::swap(&mut *queue, into);
        self.publish(&queue);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As of now.
    pub(super) fn len(&self) -> usize {
        // Acquire: pairs with the Release in `publish`. What is in the queue comes by the lock;
        // who must not overlook anything has a fence before (head of `sleepers.rs`).
        self.len.load(Ordering::Acquire)
    }

    fn publish(&self, queue: &Guard<'_, VecDeque<W>>) {
        self.len.store(queue.len(), Ordering::Release);
    }

    fn shrink(queue: &mut VecDeque<W>) -> Option<VecDeque<W>> {
        (queue.is_empty() && queue.capacity() > KEPT).then(|| std::mem::take(queue))
    }
}

#[cfg(all(test, not(strait_loom)))]
mod tests {
    use super::*;

    #[test]
    fn first_in_first_out_and_half_is_stolen() {
        let (from, into) = (Lane::new(), Lane::new());
        (0..10).for_each(|i| assert_eq!(from.push(i), i));
        assert_eq!(from.pop(), Some(0));
        assert_eq!(from.steal(&into), Some(1));
        assert_eq!((from.len(), into.len()), (4, 4));
        assert_eq!((into.pop(), from.pop()), (Some(2), Some(6)));
    }

    #[test]
    fn a_burst_is_given_back() {
        let lane = Lane::new();
        (0..100_000).for_each(|i| _ = lane.push(i));
        while lane.pop().is_some() {}
        assert!(lane.queue.lock().capacity() <= KEPT);
    }
}
