//! Wakers that tell what happened to them.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

/// Counts how often its waker was woken, and how many copies of the waker there are.
#[derive(Clone, Debug, Default)]
pub struct Probe(Arc<Wakes>);

#[derive(Debug, Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Probe {
    /// A waker of this probe.
    pub fn waker(&self) -> Waker {
        Waker::from(self.0.clone())
    }

    /// Wake-ups up to now.
    pub fn count(&self) -> usize {
        self.0.0.load(SeqCst)
    }

    /// Copies of the waker that somebody holds.
    pub fn held(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// Notes the order of wake-ups.
#[derive(Clone, Debug, Default)]
pub struct Order(Arc<Mutex<Vec<usize>>>);

struct OrderWaker {
    log: Order,
    id: usize,
}

impl Wake for OrderWaker {
    fn wake(self: Arc<Self>) {
        self.log.0.lock().unwrap().push(self.id);
    }
}

impl Order {
    /// A waker that notes `id`.
    pub fn waker(&self, id: usize) -> Waker {
        Waker::from(Arc::new(OrderWaker { log: self.clone(), id }))
    }

    /// The log, which is emptied.
    pub fn take(&self) -> Vec<usize> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Act<F>(F, AtomicUsize);

impl<F: Fn() + Send + Sync + 'static> Wake for Act<F> {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, SeqCst);
        (self.0)();
    }
}

/// A waker that does something: re-enters the channel, or panics.
pub fn acting(f: impl Fn() + Send + Sync + 'static) -> Waker {
    Waker::from(Arc::new(Act(f, AtomicUsize::new(0))))
}
