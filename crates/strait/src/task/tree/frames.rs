//! What frames do to themselves, and who waits for them.

#![forbid(unsafe_code)]

use std::task::Waker;

use crate::kernel::waiter::wake;
use crate::task::error::Cause;
use crate::task::members::Key;

use super::node::Node;

impl<S> Node<S> {
    /// The same; if it is not, `waker` is woken when it may be.
    pub(in crate::task) fn watch(
        &self,
        frame: Key,
        watcher: &mut Option<u64>,
        waker: &Waker,
    ) -> Option<Cause> {
        let new = waker.clone();
        let mut state = self.state.lock();
        let cause = state.cancelled(frame);
        let spent = match watcher {
            Some(number) => state.unwatch(*number),
            None => None,
        };
        if cause.is_none() {
            state.numbers += 1;
            let number = state.numbers;
            state.watchers.push((number, new));
            *watcher = Some(number);
        }
        drop(state);
        drop(spent);
        cause
    }

    /// The watcher is gone.
    pub(in crate::task) fn unwatch(&self, watcher: u64) {
        let spent = self.state.lock().unwatch(watcher);
        drop(spent);
    }

    /// Whether a child has left; if not, the waker is woken when it does.
    pub(in crate::task) fn has_left(&self, frame: Key, waker: Option<&Waker>) -> bool {
        let new = waker.cloned();
        let mut state = self.state.lock();
        if state.members.waker(frame).is_none() {
            return true;
        }
        if let Some(new) = new {
            let joiners = &mut state.extras.entry(frame.index).or_default().joiners;
            if !joiners.iter().any(|old| old.will_wake(&new)) {
                joiners.push(new);
            }
        }
        false
    }

    /// The child got its cell, and so its waker, after it had been taken in.
    pub(in crate::task) fn started(&self, frame: Key, waker: Waker) -> bool {
        let mut state = self.state.lock();
        let Some(place) = state.members.waker(frame) else { return false };
        let old = std::mem::replace(place, waker);
        drop(state);
        drop(old);
        true
    }

    /// From now on the frame is not dropped.
    pub(in crate::task) fn shield(&self, frame: Key) {
        self.state.lock().extras.entry(frame.index).or_default().shields += 1;
    }

    /// The end of that. The frame is woken if it is cancelled, to be dropped.
    pub(in crate::task) fn unshield(&self, frame: Key) {
        let mut state = self.state.lock();
        let is_there = frame == Key::BODY || state.members.waker(frame).is_some();
        let Some(extra) = state.extras.get_mut(&frame.index).filter(|_| is_there) else { return };
        extra.shields = extra.shields.saturating_sub(1);
        if extra.shields > 0 || state.cancelled(frame).is_none() {
            return;
        }
        let waker = if frame == Key::BODY {
            state.owner.clone()
        } else {
            state.members.waker(frame).map(|waker| waker.clone())
        };
        drop(state);
        waker.into_iter().for_each(wake);
    }

    /// Gives a frame a name.
    pub(in crate::task) fn name(&self, frame: Key, name: Box<str>) {
        let mut state = self.state.lock();
        if state.members.waker(frame).is_some() {
            state.extras.entry(frame.index).or_default().name = Some(name);
        }
    }
}
