//! A view of a dispatcher that runs at most so many of its jobs at the same time.
//!
//! It has no thread. Ready jobs wait in a queue of the view; for each of at most `limit` of them
//! there is a *turn* in the queue of the dispatcher below. A turn runs jobs of the view, one to
//! [`BATCH`], and then goes to the back of the line below, or ends if there are none left. So a
//! view that has nothing to do does not touch the dispatcher below, and does not keep others
//! from it for long.
//!
//! ```text
//!  queue  0 ..= n jobs       turns  0 ..= limit
//!  push: turns < limit -> turns + 1, submit a turn     pop finds none -> turns - 1
//! ```
//! Both are changed under one lock, so a job that is pushed while the last turn ends either is
//! found by it, or starts another one.

#![forbid(unsafe_code)]

use std::collections::VecDeque;

use crate::kernel::prim::Mutex;

/// Jobs that a turn runs before it lets others in.
pub(super) const BATCH: usize = 16;

#[derive(Debug)]
pub(super) struct View<W> {
    limit: usize,
    state: Mutex<State<W>>,
}

#[derive(Debug)]
struct State<W> {
    queue: VecDeque<W>,
    turns: usize,
}

impl<W> View<W> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::new(State { queue: VecDeque::new(), turns: 0 }) }
    }

    /// Adds a job; says whether one more turn is to be submitted.
    #[must_use]
    pub(super) fn push(&self, work: W) -> bool {
        let mut state = self.state.lock();
        state.queue.push_back(work);
        let has_room = state.turns < self.limit || cfg!(strait_mutant = "task_view_unlimited");
        if has_room {
            state.turns += 1;
        }
        has_room
    }

    /// The next job of a turn; `None` ends the turn.
    #[must_use]
    pub(super) fn pop(&self) -> Option<W> {
        let mut state = self.state.lock();
        let work = state.queue.pop_front();
        if cfg!(strait_mutant = "task_view_forgets") {
            // The turn ends in a second hold of the lock.
            drop(state);
            state = self.state.lock();
        }
        if work.is_none() {
            state.turns -= 1;
        }
        work
    }

    /// How many jobs wait.
    #[cfg(all(test, strait_loom))]
    pub(super) fn len(&self) -> usize {
        self.state.lock().queue.len()
    }
}
