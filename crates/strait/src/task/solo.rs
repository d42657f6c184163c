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

use super::gate::Gate;
use super::lane::Lane;
use super::port::Work;
use super::sleepers::{Sleep, Sleepers};

pub(super) struct Solo {
    lane: Lane<Work>,
    sleepers: Sleepers,
    gate: Option<Arc<Gate>>,
}

impl Solo {
    pub(super) fn new(gate: Option<Arc<Gate>>) -> Self {
        Self { lane: Lane::new(), sleepers: Sleepers::new(), gate }
    }

    pub(super) fn gate(&self) -> Option<&Arc<Gate>> {
        self.gate.as_ref()
    }

    pub(super) fn submit(&self, work: Work) {
        self.lane.push(work);
        self.sleepers.notify();
    }

    /// All that is there, into a queue that is empty. Says whether there was anything.
    pub(super) fn take(&self, into: &mut VecDeque<Work>, sleep: &mut Sleep) -> bool {
        self.sleepers.get_up(0, sleep);
        if self.is_empty() {
            return false;
        }
        self.sleepers.found(sleep);
        self.lane.take(into);
        !into.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lane.is_empty()
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
