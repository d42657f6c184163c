//! Which job runs on this thread: for reading only. Nothing is ever spawned through it.
//!
//! A frame is a job, or the body of a scope. Its entry is moved into the thread for each poll and
//! back after it, so no reference count is touched; frames nest, when a body is polled in a job.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::error::{Cancelled, Cause};
use super::keys;
use super::members::Key;
use super::settings::{Settings, Tree};
use super::tree::Fate;

/// A job, or the body of a scope.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) node: Arc<Tree>,
    pub(super) key: Key,
}

thread_local! {
    static CURRENT: RefCell<Option<Frame>> = const { RefCell::new(None) };
}

/// Runs `f` as a part of a frame.
pub(super) fn within<R>(frame: &mut Option<Frame>, f: impl FnOnce() -> R) -> R {
    /// Exchanges the two again, also when `f` panics.
    struct Back<'a>(&'a mut Option<Frame>);
    impl Drop for Back<'_> {
        fn drop(&mut self) {
            exchange(self.0);
        }
    }
    exchange(frame);
    let back = Back(frame);
    let result = limited(None, || keys::within(None, f));
    drop(back);
    result
}

fn exchange(frame: &mut Option<Frame>) {
    let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), frame));
}

/// The frame that runs on this thread.
pub(super) fn current() -> Option<Frame> {
    with(Frame::clone)
}

/// Looks at the frame that runs on this thread.
pub(super) fn with<R>(f: impl FnOnce(&Frame) -> R) -> Option<R> {
    CURRENT.try_with(|current| current.borrow().as_ref().map(f)).ok().flatten()
}

thread_local! {
    /// The time limit of the innermost `timeout` that is being polled in the frame.
    static LIMIT: Cell<Option<Instant>> = const { Cell::new(None) };
}

thread_local! {
    /// Why futures are dropped now, if it is known.
    static DROPPING: Cell<Option<Cause>> = const { Cell::new(None) };
}

/// Drops something, for a cause.
pub(super) fn dropping<R>(cause: Option<Cause>, f: impl FnOnce() -> R) -> R {
    /// Puts the cause back, also when `f` panics.
    struct Back(Option<Cause>);
    impl Drop for Back {
        fn drop(&mut self) {
            let _ = DROPPING.try_with(|place| place.set(self.0));
        }
    }
    let back = Back(DROPPING.try_with(|place| place.replace(cause)).ok().flatten());
    let result = f();
    drop(back);
    result
}

/// Why a future is dropped now.
pub(super) fn drop_cause() -> Cause {
    DROPPING.try_with(Cell::get).ok().flatten().unwrap_or(Cause::Dropped)
}

/// The limit of the timeouts that are being polled in the frame.
pub(super) fn limit() -> Option<Instant> {
    LIMIT.try_with(Cell::get).ok().flatten()
}

/// When the time of the current job is up.
pub(super) fn deadline() -> Option<Instant> {
    let limit = limit();
    let scope = with(|frame| frame.settings().deadline).flatten();
    limit.into_iter().chain(scope).min()
}

/// Runs `f` with a limit, besides those that there are, or with none.
pub(super) fn limited<R>(limit: Option<Instant>, f: impl FnOnce() -> R) -> R {
    /// Puts the limit back, also when `f` panics.
    struct Back(Option<Instant>);
    impl Drop for Back {
        fn drop(&mut self) {
            let _ = LIMIT.try_with(|limit| limit.set(self.0));
        }
    }
    let back = Back(LIMIT.try_with(|place| place.replace(limit)).ok().flatten());
    let result = f();
    drop(back);
    result
}

impl Frame {
    pub(super) fn fate(&self) -> Fate {
        self.node.fate(self.key)
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.node.settings
    }
}

/// Why the current job is cancelled, if it is.
fn cause() -> Option<Cause> {
    with(|frame| frame.node.cancelled(frame.key)).flatten()
}

/// Says whether the current job is cancelled; outside of any job it is not.
///
/// A job that is cancelled is dropped at its next await anyway. This is for long computations, for
/// [grace](super::ScopeBuilder::grace), and for blocking code. Inside a
/// [`shield`](super::shield()) a job is not cancelled.
///
/// # Examples
/// ```
/// use strait::task;
/// assert!(!task::is_cancelled());
/// ```
pub fn is_cancelled() -> bool {
    cause().is_some()
}

/// The same as [`is_cancelled`], for the `?` operator.
///
/// # Errors
/// [`Cancelled`], with the cause.
///
/// # Examples
/// ```
/// use strait::task;
/// fn sum(numbers: &[u64]) -> Result<u64, task::Cancelled> {
///     let mut sum = 0;
///     for part in numbers.chunks(1_000) {
///         task::check()?;
///         sum += part.iter().sum::<u64>();
///     }
///     Ok(sum)
/// }
/// assert_eq!(sum(&[1, 2]), Ok(3));
/// ```
pub fn check() -> Result<(), Cancelled> {
    cause().map_or(Ok(()), |cause| Err(Cancelled(cause)))
}

/// Waits until the current job is cancelled, and gives the cause. Outside of any job it waits for
/// ever.
///
/// It is of use where a job is not dropped at once: within the grace of its scope.
///
/// # Cancel safety
/// It has no effect, so nothing is lost.
pub async fn cancelled() -> Cause {
    /// Takes the watcher away with the future.
    struct Watch(Option<(Frame, u64)>);
    impl Drop for Watch {
        fn drop(&mut self) {
            if let Some((frame, number)) = self.0.take() {
                frame.node.unwatch(number);
            }
        }
    }
    let mut watch = Watch(None);
    poll_fn(move |context: &mut Context<'_>| {
        let Some(frame) = current() else { return Poll::Pending };
        let mut number = match watch.0.take() {
            Some((before, number)) if Arc::ptr_eq(&before.node, &frame.node) => Some(number),
            Some((before, number)) => {
                before.node.unwatch(number);
                None
            }
            None => None,
        };
        let cause = frame.node.watch(frame.key, &mut number, context.waker());
        match cause {
            Some(cause) => Poll::Ready(cause),
            None => {
                watch.0 = number.map(|number| (frame, number));
                Poll::Pending
            }
        }
    })
    .await
}
