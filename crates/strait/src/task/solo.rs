//! A queue that one thread empties: that of a single dispatcher, or the main one.
//!
//! Who pushes takes the lock of the queue; the thread takes all that is there in one go. A thread
//! that finds nothing looks again for a while before it parks: to wake a parked thread takes tens
//! of microseconds on a virtual machine whose core has gone idle, against less than one for a
//! thread that is looking.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use crate::kernel::prim::{AtomicUsize, Mutex, Ordering};

use super::gate::Gate;
use super::port::Work;
use super::sleepers::{Sleep, Sleepers};

pub(super) struct Solo {
    queue: Mutex<VecDeque<Work>>,
    /// The length of the queue, for those who must not lock.
    len: AtomicUsize,
    sleepers: Sleepers,
    gate: Option<Arc<Gate>>,
}

impl Solo {
    pub(super) fn new(gate: Option<Arc<Gate>>) -> Self {
        Self {
            queue: Mutex::new(VecDeque::new()),
            len: AtomicUsize::new(0),
            sleepers: Sleepers::new(),
            gate,
        }
    }

    pub(super) fn gate(&self) -> Option<&Arc<Gate>> {
        self.gate.as_ref()
    }

    pub(super) fn submit(&self, work: Work) {
        {
            let mut queue = self.queue.lock();
            queue.push_back(work);
            // Release: what is in the queue comes by the lock; this only says that it is there.
            self.len.store(queue.len(), Ordering::Release);
        }
        self.sleepers.notify();
    }

    /// All that is there.
    pub(super) fn take(&self, into: &mut VecDeque<Work>, sleep: &mut Sleep) -> bool {
        self.sleepers.get_up(0, sleep);
        if self.is_empty() {
            return false;
        }
        self.sleepers.found(sleep);
        let mut queue = self.queue.lock();
        std::mem::swap(&mut *queue, into);
        self.len.store(queue.len(), Ordering::Release);
        !into.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        // Acquire: pairs with the Release in `submit`.
        self.len.load(Ordering::Acquire) == 0
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Says whether the waker will be called when something comes; otherwise it is there.
    #[must_use]
    pub(super) fn lie_down(&self, sleep: &mut Sleep, waker: &Waker) -> bool {
        self.sleepers.lie_down(0, sleep, waker, || self.is_empty())
    }

    /// Wakes the thread, to look around.
    pub(super) fn rouse(&self) {
        self.sleepers.wake_all();
    }
}
