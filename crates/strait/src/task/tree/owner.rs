//! What the future of a scope does to it.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Waker;

use crate::task::error::Cause;

use super::node::{Body, End, Ended, Fault, Next, Node, Phase};

impl<S> Node<S> {
    /// The owner is about to poll the body: it is to be woken when the scope is cancelled.
    pub(in crate::task) fn own(&self, waker: &Waker) {
        let mut state = self.state.lock();
        if state.owner.as_ref().is_some_and(|owner| owner.will_wake(waker)) {
            return;
        }
        drop(state);
        let new = waker.clone();
        state = self.state.lock();
        let old = state.owner.replace(new);
        drop(state);
        drop(old);
    }

    /// The body has ended, and its destructors have run; with `fault` it has failed.
    pub(in crate::task) fn finish(self: &Arc<Self>, end: End, place: u32) {
        let mut state = self.state.lock();
        state.body = Body::Finished;
        let began = match end {
            End::Done | End::Cancelled | End::Noted => false,
            end => {
                let name = None;
                state.faults.push(Fault { end, place, name });
                self.begin(&mut state, Cause::SiblingFailed)
            }
        };
        drop(state);
        if began {
            self.spread();
        }
    }

    /// Ends the scope if nothing is left in it; otherwise the waker is woken when that may be so.
    pub(in crate::task) fn ended(self: &Arc<Self>, waker: &Waker) -> Option<Ended> {
        self.own(waker);
        let mut state = self.state.lock();
        if state.live() > 0 {
            return None;
        }
        let cause = state.end();
        let ended = Ended { cause, faults: std::mem::take(&mut state.faults), tally: state.tally };
        let owner = state.owner.take();
        drop(state);
        drop(owner);
        self.follow(Next::Leave(Vec::new()));
        Some(ended)
    }

    /// The owner's future is dropped before the end, its body is gone. The scope is cancelled, and
    /// the one above waits for what is left.
    pub(in crate::task) fn abandon(self: &Arc<Self>, cause: Cause) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Ended(_)) {
            return;
        }
        state.body = Body::Abandoned;
        let owner = state.owner.take();
        let began = self.begin(&mut state, cause);
        let next = self.settle(&mut state);
        drop(state);
        drop(owner);
        if began {
            self.spread();
        }
        if !cfg!(strait_mutant = "task_abandon_forgets") {
            self.follow(next);
        }
    }
}
