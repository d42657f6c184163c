//! A scope, what it knows, and how it is opened.

#![forbid(unsafe_code)]

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;

use crate::kernel::prim::{AtomicU8, Mutex, Ordering};
use crate::task::error::{BoxError, Cause};
use crate::task::members::{Key, Members};
use crate::task::policy::Policy;

/// What a panic carries.
pub(in crate::task) type Payload = Box<dyn Any + Send>;

/// Set when the scope is cancelled.
pub(super) const CANCELLED: u8 = 1;
/// Set when a frame of it has been marked.
pub(super) const MARKED: u8 = 2;

/// Wakers that are cloned under one hold of the lock.
pub(super) const BATCH: usize = 64;

/// How a child ended.
#[derive(Debug)]
pub(in crate::task) enum End {
    Done,
    Error(BoxError),
    Panic(Payload),
    Cancelled,
    /// It failed, which was noted by `fail`.
    Noted,
}

/// A failure that was kept.
#[derive(Debug)]
pub(in crate::task) struct Fault {
    pub(in crate::task) end: End,
    pub(in crate::task) place: u32,
    pub(in crate::task) name: Option<Box<str>>,
}

/// What is to become of a frame.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::task) enum Fate {
    Go,
    Drop(Cause),
}

/// A scope. `S` is what the rest of the room keeps there: settings that do not change.
#[derive(Debug)]
pub(in crate::task) struct Node<S> {
    pub(super) alarm: AtomicU8,
    pub(super) state: Mutex<State<S>>,
    pub(super) above: Option<(Arc<Node<S>>, usize)>,
    /// Opened in a shielded frame.
    pub(super) screened: bool,
    pub(super) policy: Policy,
    /// Its frames are polled on after it was cancelled, until `end_grace`.
    pub(super) has_grace: bool,
    pub(in crate::task) settings: S,
}

#[derive(Debug)]
pub(super) struct State<S> {
    pub(super) phase: Phase,
    pub(super) body: Body,
    pub(super) members: Members,
    pub(super) scopes: Scopes<S>,
    /// Who owns the scope waits with this waker, for its end or for cancellation.
    pub(super) owner: Option<Waker>,
    pub(super) watchers: Vec<(u64, Waker)>,
    /// What only few frames have.
    pub(super) extras: BTreeMap<u32, Extra>,
    /// Frames are polled, not dropped, although the scope is cancelled.
    pub(super) grace: bool,
    pub(super) faults: Vec<Fault>,
    pub(super) tally: Tally,
    pub(super) numbers: u64,
}

/// The scopes opened below, by place.
#[derive(Debug)]
pub(super) struct Scopes<S> {
    pub(super) places: Vec<Option<Arc<Node<S>>>>,
    pub(super) free: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::task) enum Phase {
    Open,
    Cancelled(Cause),
    Ended(Option<Cause>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::task) enum Body {
    Running,
    Finished,
    Abandoned,
}

#[derive(Debug, Default)]
pub(in crate::task) struct Extra {
    pub(in crate::task) name: Option<Box<str>>,
    pub(in crate::task) shields: u32,
    pub(super) marked: Option<Cause>,
    /// Cancellation does not concern it.
    pub(super) immune: bool,
    /// Who waits for its end.
    pub(super) joiners: Vec<Waker>,
}

impl Extra {
    pub(super) fn is_safe(&self) -> bool {
        self.immune || self.shields > 0
    }
}

/// How many children ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::task) struct Tally {
    pub(in crate::task) started: usize,
    pub(in crate::task) succeeded: usize,
    pub(in crate::task) failed: usize,
    pub(in crate::task) panicked: usize,
    pub(in crate::task) cancelled: usize,
}

/// How a scope ended.
#[derive(Debug)]
pub(in crate::task) struct Ended {
    pub(in crate::task) cause: Option<Cause>,
    pub(in crate::task) faults: Vec<Fault>,
    pub(in crate::task) tally: Tally,
}

/// What is to be done after a member has left, without the lock.
#[must_use]
pub(super) enum Next {
    Nothing,
    Wake(Waker),
    /// The scope has ended and nobody waits for it: it leaves the one above.
    Leave(Vec<Fault>),
}

/// A child that was not taken in, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::task) struct Refused(pub(in crate::task) Cause);

impl<S> Node<S> {
    /// The top of a tree.
    pub(in crate::task) fn root(policy: Policy, settings: S) -> Arc<Self> {
        Arc::new(Self::make(None, false, Phase::Open, policy, false, settings))
    }

    /// Opens a scope in a frame of this one. If the frame is cancelled, so is the new scope.
    pub(in crate::task) fn open(
        self: &Arc<Self>,
        frame: Key,
        policy: Policy,
        grace: bool,
        settings: S,
    ) -> Arc<Self> {
        let mut state = self.state.lock();
        let extra = state.extras.get(&frame.index);
        let screened = extra.is_some_and(Extra::is_safe);
        let marked = extra.and_then(|extra| extra.marked);
        let phase = match (state.phase, marked) {
            _ if screened || cfg!(strait_mutant = "task_open_deaf") => Phase::Open,
            (Phase::Open, None) => Phase::Open,
            _ => Phase::Cancelled(Cause::ParentCancelled),
        };
        let place = state.scopes.free.pop().unwrap_or(state.scopes.places.len());
        let above = Some((self.clone(), place));
        let node = Arc::new(Self::make(above, screened, phase, policy, grace, settings));
        if phase != Phase::Open {
            node.alarm.store(CANCELLED, Ordering::Relaxed);
            node.state.lock().grace = state.grace || grace;
        }
        if place == state.scopes.places.len() {
            state.scopes.places.push(Some(node.clone()));
        } else {
            state.scopes.places[place] = Some(node.clone());
        }
        node
    }

    pub(super) fn make(
        above: Option<(Arc<Self>, usize)>,
        screened: bool,
        phase: Phase,
        policy: Policy,
        has_grace: bool,
        settings: S,
    ) -> Self {
        let state = Mutex::new(State {
            phase,
            body: Body::Running,
            members: Members::new(),
            scopes: Scopes { places: Vec::new(), free: Vec::new() },
            owner: None,
            watchers: Vec::new(),
            extras: BTreeMap::new(),
            grace: false,
            faults: Vec::new(),
            tally: Tally::default(),
            numbers: 0,
        });
        Self { alarm: AtomicU8::new(0), state, above, screened, policy, has_grace, settings }
    }

    pub(in crate::task) fn policy(&self) -> Policy {
        self.policy
    }

    /// The scopes below, as of now.
    pub(in crate::task) fn below(&self) -> Vec<Arc<Self>> {
        self.state.lock().scopes.places.iter().flatten().cloned().collect()
    }

    /// How many members and scopes there are.
    pub(in crate::task) fn live(&self) -> usize {
        self.state.lock().live()
    }

    /// Why it was cancelled, if it was.
    pub(in crate::task) fn cause(&self) -> Option<Cause> {
        match self.state.lock().phase {
            Phase::Open => None,
            Phase::Cancelled(cause) => Some(cause),
            Phase::Ended(cause) => cause,
        }
    }

    /// A look for `dump` and tests: never a part of an algorithm.
    pub(in crate::task) fn look(&self) -> Look {
        let state = self.state.lock();
        let frame = |(key, _, place): (Key, &Waker, u32)| {
            let extra = state.extras.get(&key.index);
            let name = extra.and_then(|extra| extra.name.clone());
            let shields = extra.map_or(0, |extra| extra.shields);
            Frame { place, name, shields, marked: extra.and_then(|extra| extra.marked) }
        };
        Look {
            phase: state.phase,
            body: state.body,
            tally: state.tally,
            frames: state.members.iter(0).map(frame).collect(),
        }
    }
}

/// What `look` sees.
#[derive(Debug)]
pub(in crate::task) struct Look {
    pub(in crate::task) phase: Phase,
    pub(in crate::task) body: Body,
    pub(in crate::task) tally: Tally,
    pub(in crate::task) frames: Vec<Frame>,
}

#[derive(Debug)]
pub(in crate::task) struct Frame {
    pub(in crate::task) place: u32,
    pub(in crate::task) name: Option<Box<str>>,
    pub(in crate::task) shields: u32,
    pub(in crate::task) marked: Option<Cause>,
}

impl<S> State<S> {
    pub(super) fn live(&self) -> usize {
        self.members.len() + self.scopes.places.len() - self.scopes.free.len()
    }

    pub(super) fn end(&mut self) -> Option<Cause> {
        let cause = match self.phase {
            Phase::Open => None,
            Phase::Cancelled(cause) => Some(cause),
            Phase::Ended(cause) => cause,
        };
        self.phase = Phase::Ended(cause);
        cause
    }

    pub(super) fn cancelled(&self, frame: Key) -> Option<Cause> {
        let extra = self.extras.get(&frame.index);
        if extra.is_some_and(Extra::is_safe) {
            return None;
        }
        match (extra.and_then(|extra| extra.marked), self.phase) {
            (Some(cause), _) => Some(cause),
            (None, Phase::Cancelled(Cause::Decided)) if frame == Key::BODY => None,
            (None, Phase::Cancelled(cause)) => Some(cause),
            _ => None,
        }
    }

    pub(super) fn unwatch(&mut self, watcher: u64) -> Option<Waker> {
        let at = self.watchers.iter().position(|(number, _)| *number == watcher)?;
        Some(self.watchers.swap_remove(at).1)
    }
}
