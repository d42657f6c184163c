//! Tests that would hang fail instead; long ones can be shrunk.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::alloc;

/// Whether `STRAIT_SHRINK=1`: everything small, for runs under a sanitizer or an emulator.
pub fn shrunk() -> bool {
    static SHRUNK: OnceLock<bool> = OnceLock::new();
    *SHRUNK.get_or_init(|| std::env::var("STRAIT_SHRINK").is_ok_and(|v| v == "1"))
}

/// `n`, or a hundredth of it (and not less than 8) when shrunk.
pub fn scaled(n: usize) -> usize {
    if shrunk() { (n / 100).max(8).min(n) } else { n }
}

/// Runs `f` on a thread of its own, which must end within `seconds` (ten times that when shrunk).
#[track_caller]
pub fn within<R: Send + 'static>(seconds: u64, f: impl FnOnce() -> R + Send + 'static) -> R {
    within_or(seconds, f, || String::from("no state to show"))
}

/// Like [`within`]; `state` is asked for when the time is up.
#[track_caller]
pub fn within_or<R: Send + 'static>(
    seconds: u64,
    f: impl FnOnce() -> R + Send + 'static,
    state: impl FnOnce() -> String,
) -> R {
    let limit = Duration::from_secs(seconds * if shrunk() { 10 } else { 1 });
    let (done, wait) = channel();
    let thread = thread(move || {
        let result = catch_unwind(AssertUnwindSafe(f));
        let _ = done.send(());
        result
    });
    match wait.recv_timeout(limit) {
        Ok(()) | Err(RecvTimeoutError::Disconnected) => match thread.join().unwrap() {
            Ok(result) => result,
            Err(panic) => resume_unwind(panic),
        },
        Err(RecvTimeoutError::Timeout) => {
            let shown = state();
            panic!("still running after {limit:?}: {shown}");
        }
    }
}

/// A thread in the allocation scope of this one.
pub fn thread<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    let scope = alloc::current();
    let run = move || {
        let _entered = alloc::adopt(scope);
        f()
    };
    // The test's name, so that what the thread prints can be told apart.
    let name = std::thread::current().name().unwrap_or("test").to_owned();
    Builder::new().name(name).spawn(run).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hang_is_found() {
        let hang = || within_or(0, std::thread::park, || "parked".into());
        let panic = catch_unwind(hang).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("parked"));
    }

    #[test]
    #[should_panic = "inside"]
    fn a_panic_comes_through() {
        within(10, || panic!("inside"));
    }
}
