//! Blocking a thread until its waker is called.
//!
//! A thread waits through the same futures as a task, with a waker that unparks it. The waker is
//! made once a thread and kept; a nested use (a future that blocks inside `poll`) makes another,
//! so that neither takes the other's wake-up.
//!
//! The flag: `wake` sets it (Release) and unparks; `park` takes it (Acquire). `park` returns
//! early only if the flag is set or the time is up, so the wake-up of somebody else who uses
//! `std::thread::park` on this thread is not taken for ours.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Instant;

use super::prim::{AtomicBool, Ordering, thread};

#[derive(Debug)]
struct Flag {
    woken: AtomicBool,
    thread: thread::Thread,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Release: what the waker did before is visible to the woken; pairs with `park`.
        if !self.woken.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

/// This thread's means to wait.
#[derive(Debug)]
pub(crate) struct Parker {
    flag: Arc<Flag>,
    waker: Waker,
}

impl Parker {
    fn new() -> Self {
        let flag = Arc::new(Flag { woken: AtomicBool::new(false), thread: thread::current() });
        let waker = Waker::from(Arc::clone(&flag));
        Self { flag, waker }
    }

    /// Runs `f` with this thread's parker, or with a new one if that is in use or gone.
    pub(crate) fn with<R>(f: impl FnOnce(&Self) -> R) -> R {
        thread_local! {
            static PARKER: RefCell<Option<Parker>> = const { RefCell::new(None) };
        }
        /// Puts the parker back, also when `f` panics.
        struct Lent(Option<Parker>);
        impl Drop for Lent {
            fn drop(&mut self) {
                let parker = self.0.take();
                let _ = PARKER.try_with(|place| {
                    if let Ok(mut place) = place.try_borrow_mut() {
                        *place = parker;
                    }
                });
            }
        }
        // Under loom all threads of a model share the thread-locals of one real thread.
        let kept = if cfg!(strait_loom) {
            None
        } else {
            PARKER.try_with(|place| place.try_borrow_mut().ok()?.take()).ok().flatten()
        };
        let lent = Lent(Some(kept.unwrap_or_else(Self::new)));
        let parker = lent.0.as_ref().expect("just filled");
        // Relaxed: a wake-up of an earlier wait that came late is of no interest.
        parker.flag.woken.store(false, Ordering::Relaxed);
        f(parker)
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Whether `park` would return at once.
    pub(crate) fn is_woken(&self) -> bool {
        // Relaxed: `park` synchronizes.
        self.flag.woken.load(Ordering::Relaxed)
    }

    /// Waits for a wake-up, or for the deadline; `false` says that the time is up.
    pub(crate) fn park(&self, deadline: Option<Instant>) -> bool {
        loop {
            // Acquire: pairs with the Release in `wake_by_ref`.
            if self.flag.woken.swap(false, Ordering::Acquire) {
                return true;
            }
            match deadline {
                None => thread::park(),
                Some(deadline) => {
                    let now = Instant::now();
                    if now >= deadline {
                        return false;
                    }
                    park_until(deadline - now);
                }
            }
        }
    }
}

#[cfg(not(strait_loom))]
fn park_until(left: std::time::Duration) {
    thread::park_timeout(left);
}

#[cfg(strait_loom)]
fn park_until(_: std::time::Duration) {
    thread::yield_now();
}

/// Polls a future on this thread until it is ready, or until the deadline: then `None`, and the
/// future is dropped.
pub(crate) fn block_on<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    Parker::with(|parker| {
        let mut context = std::task::Context::from_waker(parker.waker());
        loop {
            if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Some(output);
            }
            if !parker.park(deadline) {
                return None;
            }
        }
    })
}
