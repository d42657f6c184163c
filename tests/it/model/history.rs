//! What was called, what it returned, and when.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};

/// A call. Messages are numbers, each sent once at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A send that may wait.
    Send(u32),
    /// A send that does not.
    TrySend(u32),
    /// A receive that may wait.
    Recv,
    /// A receive that does not.
    TryRecv,
    /// No more sends.
    Close,
    /// No more sends, and what is there goes.
    Cancel,
    /// How many are there.
    Len,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A send that succeeded.
    Sent,
    /// A `try_send` that found no room.
    Full,
    /// A send that was given up, and has its message again.
    Withdrawn,
    /// A send that was given up with its message: one or the other.
    SentOrWithdrawn,
    /// A send that found the channel closed, and has its message again.
    SendClosed,
    /// A receive that took this.
    Got(u32),
    /// A `try_recv` that found nothing.
    Empty,
    /// A receive that was given up: it took nothing.
    Abandoned,
    /// A receive that found the channel closed and empty.
    RecvClosed,
    /// A close or cancel, and whether it was the first.
    Ended(bool),
    /// A count.
    Counted(usize),
}

/// What happened to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<O = Op, R = Outcome> {
    /// It began.
    Call(O),
    /// It waits: a send has its place in the line now.
    Waits,
    /// It runs again, after it waited. Of selects only.
    Runs,
    /// It may be given up from here on: a future is being dropped, or a time limit runs.
    Leaves,
    /// It ended.
    Return(R),
}

/// One line of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<O = Op, R = Outcome> {
    /// Its place in the history.
    pub stamp: u64,
    /// Which call.
    pub call: usize,
    /// What happened.
    pub what: What<O, R>,
}

/// Gives out the stamps and the numbers of calls of one history.
#[derive(Debug, Default)]
pub struct Clock {
    now: AtomicU64,
    calls: AtomicUsize,
}

/// What one thread notes down.
#[derive(Debug)]
pub struct Notes<'c, O = Op, R = Outcome> {
    clock: &'c Clock,
    /// In the order of the stamps.
    pub events: Vec<Event<O, R>>,
}

impl Clock {
    /// An empty sheet for a thread.
    pub fn notes<O, R>(&self) -> Notes<'_, O, R> {
        Notes { clock: self, events: Vec::new() }
    }
}

impl<O, R> Notes<'_, O, R> {
    /// Notes the beginning of a call, and numbers it.
    pub fn call(&mut self, op: O) -> usize {
        let call = self.clock.calls.fetch_add(1, SeqCst);
        self.note(call, What::Call(op));
        call
    }

    /// Notes what happened to a call.
    pub fn note(&mut self, call: usize, what: What<O, R>) {
        let stamp = self.clock.now.fetch_add(1, SeqCst);
        self.events.push(Event { stamp, call, what });
    }

    /// Notes the end of a call.
    pub fn end(&mut self, call: usize, outcome: R) {
        self.note(call, What::Return(outcome));
    }
}

/// Puts the notes of all threads into one history.
pub fn merge<O, R>(mut notes: Vec<Vec<Event<O, R>>>) -> Vec<Event<O, R>> {
    let mut all: Vec<Event<O, R>> = notes.drain(..).flatten().collect();
    all.sort_by_key(|event| event.stamp);
    all
}
