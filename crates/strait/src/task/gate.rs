//! Who is inside of a dispatcher that has threads of its own, and when these may end.
//!
//! # States
//! ```text
//!  OPEN --close, or no handle left--> CLOSING --nobody inside--> OVER --threads gone--> GONE
//! ```
//! [`close`](Gate::close) refuses new jobs and cancels those inside; the last handle going refuses
//! new ones only. The threads go on until nobody is inside, because the jobs are dropped there.
//! All is under one lock; frames and wakers are used after it.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::kernel::prim::Mutex;
use crate::kernel::waiter::wake;

use super::error::Cause;
use super::frame::{self, Frame};

#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    /// Jobs are cancelled when they come to run.
    cancels: bool,
    inside: usize,
    threads: usize,
    /// The frames of those who have run, by place.
    frames: Vec<Option<Frame>>,
    free: Vec<usize>,
    /// Who waits for the threads to end.
    waiters: Vec<Waker>,
    /// Who is to be told when it is over.
    rouse: Option<Rouse>,
}

/// Wakes the threads.
#[derive(Clone)]
struct Rouse(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Rouse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rouse")
    }
}

impl Gate {
    pub(super) fn new(threads: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { threads, ..State::default() }) })
    }

    /// How to wake the threads when it is over.
    pub(super) fn roused_by(&self, rouse: impl Fn() + Send + Sync + 'static) {
        self.state.lock().rouse = Some(Rouse(Arc::new(rouse)));
    }

    /// Lets one in.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Inside> {
        let mut state = self.state.lock();
        if state.is_closed {
            return None;
        }
        state.inside += 1;
        Some(Inside { gate: self.clone(), place: None })
    }

    /// Lets nobody in any more, and cancels those inside.
    pub(super) fn close(&self) {
        let frames: Vec<Frame> = {
            let mut state = self.state.lock();
            state.is_closed = true;
            state.cancels = true;
            state.frames.iter().flatten().cloned().collect()
        };
        for frame in frames {
            frame.node.mark(frame.key, Cause::Closed);
        }
        self.look();
    }

    /// Lets nobody in any more.
    pub(super) fn orphan(&self) {
        self.state.lock().is_closed = true;
        self.look();
    }

    /// Whether the threads may end.
    pub(super) fn is_over(&self) -> bool {
        let state = self.state.lock();
        state.is_closed && state.inside == 0
    }

    fn look(&self) {
        let rouse = {
            let mut state = self.state.lock();
            let is_over = state.is_closed && state.inside == 0;
            if is_over { state.rouse.take() } else { None }
        };
        if let Some(Rouse(rouse)) = rouse {
            rouse();
        }
    }

    /// A thread has ended.
    pub(super) fn thread_gone(&self) {
        let waiters = {
            let mut state = self.state.lock();
            state.threads -= 1;
            if state.threads == 0 { std::mem::take(&mut state.waiters) } else { Vec::new() }
        };
        waiters.into_iter().for_each(wake);
    }

    /// Whether all threads have ended; if not, the waker is woken then.
    pub(super) fn is_gone(&self, waker: &Waker) -> bool {
        let new = waker.clone();
        let mut state = self.state.lock();
        if state.threads == 0 {
            return true;
        }
        if !state.waiters.iter().any(|old| old.will_wake(&new)) {
            state.waiters.push(new);
        }
        false
    }
}

/// One who is inside.
#[derive(Debug)]
pub(super) struct Inside {
    gate: Arc<Gate>,
    place: Option<usize>,
}

impl Inside {
    /// The frame in which it runs is known now. If the gate is closed, the frame is cancelled.
    fn enter(&mut self) {
        let Some(frame) = frame::current() else { return };
        let mut state = self.gate.state.lock();
        if state.cancels {
            drop(state);
            frame.node.mark(frame.key, Cause::Closed);
            return;
        }
        let place = state.free.pop().unwrap_or(state.frames.len());
        if place == state.frames.len() {
            state.frames.push(None);
        }
        state.frames[place] = Some(frame);
        self.place = Some(place);
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let frame = {
            let mut state = self.gate.state.lock();
            state.inside -= 1;
            let frame = self.place.and_then(|place| {
                state.free.push(place);
                state.frames[place].take()
            });
            if state.inside == 0 {
                state.frames = Vec::new();
                state.free = Vec::new();
            }
            frame
        };
        drop(frame);
        self.gate.look();
    }
}

pin_project! {
    /// A future that is counted as inside, from now until it is dropped.
    pub(super) struct Housed<F> {
        #[pin]
        future: F,
        // After the future: its destructor runs inside.
        inside: Option<Inside>,
        has_entered: bool,
    }
}

impl<F> Housed<F> {
    /// `None`: the gate is closed, and the future was dropped.
    pub(super) fn new(gate: Arc<Gate>, future: F) -> Option<Self> {
        Some(Self::from_inside(Some(gate.admit()?), future))
    }

    pub(super) fn from_inside(inside: Option<Inside>, future: F) -> Self {
        Self { future, inside, has_entered: false }
    }
}

impl<F: Future> Future for Housed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if !std::mem::replace(this.has_entered, true) {
            if let Some(inside) = this.inside {
                inside.enter();
            }
            let doomed = frame::with(|frame| frame.node.is_doomed(frame.key));
            if doomed == Some(true) {
                // Dropped by the cell of the job as soon as this returns.
                return Poll::Pending;
            }
        }
        this.future.poll(context)
    }
}
