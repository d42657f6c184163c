//! Members come and go.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Waker;

use crate::kernel::prim::Ordering;
use crate::kernel::waiter::wake;
use crate::task::error::Cause;
use crate::task::members::Key;
use crate::task::policy::Verdict;

use super::node::{Body, End, Extra, Fault, MARKED, Next, Node, Phase, Refused, State};

impl<S> Node<S> {
    /// Takes a child in, which `make` builds. `immune` ones come in also when it is cancelled.
    pub(in crate::task) fn enter<R>(
        &self,
        place: u32,
        immune: bool,
        make: impl FnOnce(Key) -> (Waker, R),
    ) -> Result<R, Refused> {
        let mut state = self.state.lock();
        match state.phase {
            Phase::Open => {}
            Phase::Cancelled(_) if immune => {}
            Phase::Cancelled(_) if cfg!(strait_mutant = "task_enter_cancelled") => {}
            Phase::Ended(_) if cfg!(strait_mutant = "task_enter_ended") => {}
            Phase::Cancelled(cause) => {
                state.tally.cancelled += 1;
                return Err(Refused(cause));
            }
            Phase::Ended(cause) => {
                return Err(Refused(cause.unwrap_or(Cause::Requested("the scope has ended"))));
            }
        }
        state.tally.started += 1;
        let State { members, extras, .. } = &mut *state;
        Ok(members.insert(place, |key| {
            if immune {
                extras.insert(key.index, Extra { immune, ..Extra::default() });
            }
            make(key)
        }))
    }

    /// A child fails; it has not left yet. What awaits its result finds the scope cancelled.
    pub(in crate::task) fn fail(self: &Arc<Self>, key: Key, end: End) -> Option<Fault> {
        let mut state = self.state.lock();
        let place = state.members.place(key)?;
        let name = state.extras.get(&key.index).and_then(|extra| extra.name.clone());
        let (report, began) = self.note(&mut state, Fault { end, place, name });
        drop(state);
        if began && !cfg!(strait_mutant = "task_fail_alone") {
            self.spread();
        }
        report
    }

    /// A child has ended, and its destructors have run.
    pub(in crate::task) fn exit(self: &Arc<Self>, key: Key, end: End) -> Option<Fault> {
        let mut state = self.state.lock();
        let (waker, place) = state.members.remove(key)?;
        let (name, joiners) = self.forget(&mut state, key);
        let (report, began) = self.note(&mut state, Fault { end, place, name });
        let next = self.settle(&mut state);
        drop(state);
        drop(waker);
        joiners.into_iter().for_each(wake);
        if began {
            self.spread();
        }
        self.follow(next);
        report
    }

    /// Drops what is known of a frame beyond its slot; gives its name and who waits for it.
    pub(super) fn forget(&self, state: &mut State<S>, key: Key) -> (Option<Box<str>>, Vec<Waker>) {
        if state.extras.is_empty() {
            return (None, Vec::new());
        }
        let Some(extra) = state.extras.remove(&key.index) else { return (None, Vec::new()) };
        if extra.marked.is_some() && state.extras.values().all(|extra| extra.marked.is_none()) {
            self.alarm.fetch_and(!MARKED, Ordering::Relaxed);
        }
        (extra.name, extra.joiners)
    }

    /// Counts an end, keeps it if it is to be kept, and says whether it has cancelled the scope.
    pub(super) fn note(&self, state: &mut State<S>, fault: Fault) -> (Option<Fault>, bool) {
        let verdict = match &fault.end {
            End::Noted => return (None, false),
            End::Cancelled => {
                state.tally.cancelled += 1;
                return (None, false);
            }
            End::Done => {
                state.tally.succeeded += 1;
                let verdict = self.policy.on_success(state.tally.succeeded);
                if let Verdict::Cancel(cause) = verdict {
                    return (None, self.begin(state, cause));
                }
                return (None, false);
            }
            End::Error(_) => {
                state.tally.failed += 1;
                self.policy.on_failure()
            }
            End::Panic(_) => {
                state.tally.panicked += 1;
                self.policy.on_failure()
            }
        };
        match verdict {
            Verdict::Report => (Some(fault), false),
            Verdict::Keep => {
                state.faults.push(fault);
                (None, false)
            }
            Verdict::Cancel(cause) => {
                state.faults.push(fault);
                (None, self.begin(state, cause))
            }
        }
    }

    /// Looks whether the scope can end now.
    pub(super) fn settle(&self, state: &mut State<S>) -> Next {
        if state.live() > 0 {
            return Next::Nothing;
        }
        match state.body {
            Body::Running => Next::Nothing,
            Body::Finished if cfg!(strait_mutant = "task_settle_silent") => Next::Nothing,
            Body::Finished => state.owner.take().map_or(Next::Nothing, Next::Wake),
            Body::Abandoned => {
                state.end();
                Next::Leave(std::mem::take(&mut state.faults))
            }
        }
    }

    /// Does what `settle` found. A scope that ends may end the one above, and so on.
    pub(super) fn follow(self: &Arc<Self>, mut next: Next) {
        let mut node = self.clone();
        loop {
            match next {
                Next::Nothing => return,
                Next::Wake(waker) => return wake(waker),
                Next::Leave(faults) => {
                    let Some((above, place)) = &node.above else { return };
                    next = above.remove_scope(*place, faults);
                    node = above.clone();
                }
            }
        }
    }

    /// A scope below has ended. Panics that nobody has seen become ours.
    pub(super) fn remove_scope(self: &Arc<Self>, place: usize, faults: Vec<Fault>) -> Next {
        let mut state = self.state.lock();
        let gone = state.scopes.places[place].take();
        state.scopes.free.push(place);
        if state.scopes.free.len() == state.scopes.places.len() {
            state.scopes.places.clear();
            state.scopes.free.clear();
        }
        let mut began = false;
        let mut rest = Vec::new();
        for fault in faults {
            if matches!(fault.end, End::Panic(_)) {
                let (report, begins) = self.note(&mut state, fault);
                began |= begins;
                rest.extend(report);
            } else {
                rest.push(fault);
            }
        }
        let next = self.settle(&mut state);
        drop(state);
        drop((gone, rest));
        if began {
            self.spread();
        }
        next
    }
}
