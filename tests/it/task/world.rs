//! Where the tests of this room run: on own runtimes, under a watchdog; and what they count with.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::task::{self, Failure, Scope};

use crate::support::watch::within;

/// Runs a scope on a thread of its own with a runtime of its own. A test that hangs fails.
#[track_caller]
pub(super) fn run<F, Fut, T>(f: F) -> Result<T, Failure>
where
    F: FnOnce(Scope) -> Fut + Send + 'static,
    Fut: Future<Output = T>,
    T: Send + 'static,
{
    within(30, || task::run_blocking(f))
}

/// The same for a scope that must not fail.
#[track_caller]
pub(super) fn ok<F, Fut, T>(f: F) -> T
where
    F: FnOnce(Scope) -> Fut + Send + 'static,
    Fut: Future<Output = T>,
    T: Send + 'static,
{
    run(f).unwrap()
}

/// The text of the panic of `f`.
#[track_caller]
pub(super) fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).err().expect("it panics");
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("it panics with a text")
}

/// Counts how many of its guards live, and how many ever did.
#[derive(Clone, Debug, Default)]
pub(super) struct Census(Arc<(AtomicUsize, AtomicUsize)>);

/// One of those counted; its destructor can take a while.
#[derive(Debug)]
pub(super) struct Guard(Census, Duration);

impl Census {
    pub(super) fn guard(&self) -> Guard {
        self.slow(Duration::ZERO)
    }

    pub(super) fn slow(&self, destructor: Duration) -> Guard {
        self.0.0.fetch_add(1, SeqCst);
        self.0.1.fetch_add(1, SeqCst);
        Guard(self.clone(), destructor)
    }

    pub(super) fn live(&self) -> usize {
        self.0.0.load(SeqCst)
    }

    pub(super) fn born(&self) -> usize {
        self.0.1.load(SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        std::thread::sleep(self.1);
        self.0.0.0.fetch_sub(1, SeqCst);
    }
}

/// Holds a guard, and waits for ever.
pub(super) async fn sleeper(guard: Guard) {
    let _guard = guard;
    std::future::pending::<()>().await;
}

pub(super) async fn sleep_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// Lets others run until something holds.
pub(super) async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        sleep_ms(1).await;
    }
}
