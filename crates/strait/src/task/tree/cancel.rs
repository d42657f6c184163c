//! Cancellation: whom it reaches, and what becomes of them.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Waker;

use crate::kernel::prim::Ordering;
use crate::kernel::waiter::wake;
use crate::task::error::Cause;
use crate::task::members::Key;

use super::node::{BATCH, CANCELLED, Extra, Fate, MARKED, Node, Phase, State};

impl<S> Node<S> {
    /// Cancels the scope and all below it; `false` says that it was cancelled, or has ended.
    pub(in crate::task) fn cancel(self: &Arc<Self>, cause: Cause) -> bool {
        let began = self.begin(&mut self.state.lock(), cause);
        if began {
            self.spread();
        }
        began
    }

    pub(super) fn begin(&self, state: &mut State<S>, cause: Cause) -> bool {
        if state.phase != Phase::Open {
            return false;
        }
        state.phase = Phase::Cancelled(cause);
        state.grace |= self.has_grace && cause != Cause::Closed;
        // Release: pairs with the Acquire in `is_quiet`; who sees it takes the lock anyway.
        self.alarm.fetch_or(CANCELLED, Ordering::Release);
        true
    }

    /// Wakes all members, and goes on to the scopes below.
    pub(super) fn spread(self: &Arc<Self>) {
        let mut work = vec![self.clone()];
        while let Some(node) = work.pop() {
            node.wake_all();
            let grace = node.state.lock().grace;
            for below in node.below() {
                let reached = {
                    let mut state = below.state.lock();
                    let begun = !below.screened && below.begin(&mut state, Cause::ParentCancelled);
                    state.grace |= begun && grace;
                    begun
                };
                if reached {
                    work.push(below);
                }
            }
        }
    }

    /// Wakes all that wait in this scope.
    pub(super) fn wake_all(&self) {
        let (owner, watchers) = {
            let mut state = self.state.lock();
            (state.owner.take(), std::mem::take(&mut state.watchers))
        };
        owner.into_iter().chain(watchers.into_iter().map(|(_, waker)| waker)).for_each(wake);
        let mut from = 0;
        loop {
            let batch: Vec<(Key, Waker)> = {
                let state = self.state.lock();
                let members = state.members.iter(from).take(BATCH);
                members.map(|(key, waker, _)| (key, waker.clone())).collect()
            };
            let Some((last, _)) = batch.last() else { return };
            from = usize::try_from(last.index).map_or(usize::MAX, |index| index + 1);
            batch.into_iter().for_each(|(_, waker)| wake(waker));
        }
    }

    /// Cancels one child; `false` says that it has ended or was cancelled before.
    pub(in crate::task) fn mark(&self, frame: Key, cause: Cause) -> bool {
        let mut state = self.state.lock();
        let Some(waker) = state.members.waker(frame).map(|waker| waker.clone()) else {
            return false;
        };
        let extra = state.extras.entry(frame.index).or_default();
        if extra.marked.is_some() {
            return false;
        }
        extra.marked = Some(cause);
        // Release: pairs with the Acquire in `is_quiet`.
        self.alarm.fetch_or(MARKED, Ordering::Release);
        let watchers = std::mem::take(&mut state.watchers);
        drop(state);
        wake(waker);
        watchers.into_iter().for_each(|(_, waker)| wake(waker));
        true
    }

    /// Cancels all children and scopes of now, and leaves this scope open.
    pub(in crate::task) fn cancel_children(self: &Arc<Self>, cause: Cause) {
        let keys: Vec<Key> = self.state.lock().members.iter(0).map(|(key, ..)| key).collect();
        keys.into_iter().for_each(|key| {
            self.mark(key, cause);
        });
        self.below().into_iter().filter(|below| !below.screened).for_each(|below| {
            below.cancel(cause);
        });
    }

    /// Frames of this scope, and of those below that were cancelled with it, are dropped now.
    pub(in crate::task) fn end_grace(self: &Arc<Self>) {
        let mut work = vec![self.clone()];
        while let Some(node) = work.pop() {
            node.state.lock().grace = false;
            node.wake_all();
            work.extend(node.below().into_iter().filter(|below| !below.screened));
        }
    }

    /// Whether no frame of this scope is cancelled. The quick look before each poll.
    #[inline]
    pub(in crate::task) fn is_quiet(&self) -> bool {
        // Acquire: pairs with the Release in `begin` and `mark`.
        self.alarm.load(Ordering::Acquire) == 0
    }

    /// What is to become of a frame.
    pub(in crate::task) fn fate(&self, frame: Key) -> Fate {
        if self.is_quiet() {
            return Fate::Go;
        }
        let state = self.state.lock();
        let extra = state.extras.get(&frame.index);
        if extra.is_some_and(Extra::is_safe) {
            return Fate::Go;
        }
        if let Some(cause) = extra.and_then(|extra| extra.marked) {
            return Fate::Drop(cause);
        }
        match state.phase {
            Phase::Cancelled(Cause::Decided) if frame == Key::BODY => Fate::Go,
            Phase::Cancelled(cause) if !state.grace => Fate::Drop(cause),
            _ => Fate::Go,
        }
    }

    /// Whether a frame is about to be dropped, by what has happened here or above.
    pub(in crate::task) fn is_doomed(self: &Arc<Self>, frame: Key) -> bool {
        if self.fate(frame) != Fate::Go {
            return true;
        }
        let mut node = self;
        while !node.screened {
            // Acquire: pairs with the Release in `begin`.
            match &node.above {
                Some((above, _)) if above.alarm.load(Ordering::Acquire) & CANCELLED != 0 => {
                    return !above.state.lock().grace;
                }
                Some((above, _)) => node = above,
                None => return false,
            }
        }
        false
    }

    /// Why a frame is cancelled, if it is and is not shielded. Also during grace.
    pub(in crate::task) fn cancelled(&self, frame: Key) -> Option<Cause> {
        if self.is_quiet() {
            return None;
        }
        self.state.lock().cancelled(frame)
    }
}
