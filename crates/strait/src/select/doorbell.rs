//! How the arms of a select that is kept wake it, and say which of them it was.
//!
//! Operations of ours tell the ballot which arm it is, so one waker serves them all. Any other
//! future gets a waker of its own, which leaves its number here.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::kernel::prim::{AtomicBool, Mutex, Ordering};
use crate::kernel::waiter::discard;

/// Wakes the one who waits for the select, if anybody does.
#[derive(Debug)]
pub(super) struct Doorbell {
    /// There may be arms that have rung.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    waiting: Option<Waker>,
    /// Arms that have rung since they were collected.
    rung: Vec<u32>,
}

/// The waker of one arm.
#[derive(Debug)]
struct Bell {
    door: Arc<Doorbell>,
    arm: u32,
}

impl Doorbell {
    pub(super) fn new() -> Arc<Self> {
        let state = State { waiting: None, rung: Vec::new() };
        Arc::new(Self { any: AtomicBool::new(false), state: Mutex::new(state) })
    }

    /// A waker that leaves the number of an arm.
    pub(super) fn bell(self: &Arc<Self>, arm: u32) -> Waker {
        Waker::from(Arc::new(Bell { door: Arc::clone(self), arm }))
    }

    /// From here on `waker` is woken, once.
    pub(super) fn wait(&self, waker: &Waker) {
        let is_same =
            |state: &State| state.waiting.as_ref().is_some_and(|old| old.will_wake(waker));
        if is_same(&self.state.lock()) {
            return;
        }
        let new = waker.clone();
        let old = self.state.lock().waiting.replace(new);
        discard(old);
    }

    /// From here on nobody is woken.
    pub(super) fn leave(&self) {
        let old = self.state.lock().waiting.take();
        discard(old);
    }

    /// Moves the arms that have rung to the end of `arms`.
    pub(super) fn collect(&self, arms: &mut Vec<u32>) {
        // Acquire: pairs with the Release in `ring`. Whoever comes later wakes who waits.
        if self.any.load(Ordering::Acquire) {
            let mut state = self.state.lock();
            // Relaxed: under the lock; who rings later raises it again.
            self.any.store(false, Ordering::Relaxed);
            arms.append(&mut state.rung);
        }
    }

    fn ring(&self, arm: Option<u32>) {
        let waiting = {
            let mut state = self.state.lock();
            if let Some(arm) = arm {
                state.rung.push(arm);
                // Release: pairs with the Acquire in `collect`.
                self.any.store(true, Ordering::Release);
            }
            state.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

impl Wake for Doorbell {
    fn wake(self: Arc<Self>) {
        self.ring(None);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring(None);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.door.ring(Some(self.arm));
    }
}
