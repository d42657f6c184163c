//! Handles to jobs: of those that give a result, and of those that do not.

#![forbid(unsafe_code)]

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_task::FallibleTask;

use crate::channel::OneshotReceiver;

use super::error::{Cause, Failed, Reason};
use super::frame;
use super::members::Key;
use super::port::Meta;
use super::settings::Tree;

/// A child of a scope: to cancel it, or to wait for its end.
///
/// Dropping it does nothing: the scope owns the child.
#[derive(Clone)]
pub struct Job {
    pub(super) node: Arc<Tree>,
    /// `None` for one that was refused.
    pub(super) key: Option<Key>,
}

impl Job {
    /// Cancels the job: it is dropped at its next await, unless it is shielded. `false` says that
    /// it had ended, or was cancelled before.
    pub fn cancel(&self, why: &'static str) -> bool {
        self.key.is_some_and(|key| self.node.mark(key, Cause::Requested(why)))
    }

    /// Whether it has ended, and its destructors have run.
    pub fn is_finished(&self) -> bool {
        self.key.is_none_or(|key| self.node.has_left(key, None))
    }

    /// Waits until it has ended and its destructors have run, however that came about.
    ///
    /// # Cancel safety
    /// It has no effect, so nothing is lost.
    pub async fn join(&self) {
        let Some(key) = self.key else { return };
        poll_fn(|context| {
            if self.node.has_left(key, Some(context.waker())) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Cancels it, and waits for its end.
    ///
    /// # Cancel safety
    /// The job is cancelled by the first poll; the rest has no effect.
    pub async fn cancel_and_join(&self, why: &'static str) {
        self.cancel(why);
        self.join().await;
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

type Slot<T> = Result<T, Failed>;

enum State<T> {
    Task(FallibleTask<Slot<T>, Meta>),
    /// Of a job that is not `Send`, and was made on its thread.
    Far(OneshotReceiver<Slot<T>>),
    Refused(Cause),
    Taken,
}

/// The result of a child of a scope, as a future.
///
/// Awaiting it gives the child's value. There is none if the child failed or was cancelled: then
/// the scope of the child is cancelled too, as a rule, and with it whoever awaits, at that very
/// await. Where that is not so (after [`Job::cancel`], under a supervisor, outside of the scope),
/// use [`outcome`](Self::outcome).
///
/// Dropping it does nothing: the scope owns the child.
///
/// # Panics
/// When awaited, if there is no value and the awaiting job is not about to be cancelled for it.
///
/// # Cancel safety
/// The value is taken in the poll that gives it: nothing is lost.
#[must_use = "a result that nobody awaits is dropped; `launch` makes a job without one"]
pub struct Deferred<T> {
    state: State<T>,
    job: Job,
}

impl<T> Deferred<T> {
    pub(super) fn new(task: async_task::Task<Slot<T>, Meta>, job: Job) -> Self {
        Self { state: State::Task(task.fallible()), job }
    }

    pub(super) fn far(slot: OneshotReceiver<Slot<T>>, job: Job) -> Self {
        Self { state: State::Far(slot), job }
    }

    pub(super) fn refused(cause: Cause, node: Arc<Tree>) -> Self {
        Self { state: State::Refused(cause), job: Job { node, key: None } }
    }

    /// The child itself.
    pub fn job(&self) -> Job {
        self.job.clone()
    }

    /// Names the child, for [`dump`](super::dump()) and for failures.
    pub fn name(self, name: impl Into<Box<str>>) -> Self {
        if let Some(key) = self.job.key {
            self.job.node.name(key, name.into());
        }
        self
    }

    /// Cancels the child; see [`Job::cancel`].
    pub fn cancel(&self, why: &'static str) -> bool {
        self.job.cancel(why)
    }

    /// Waits for the end of the child, however that comes about.
    ///
    /// # Errors
    /// How the child came to no result.
    ///
    /// # Panics
    /// If the result was taken before.
    ///
    /// # Cancel safety
    /// As for the future itself; the handle is used up.
    #[track_caller]
    pub fn outcome(self) -> Outcome<T> {
        assert!(!matches!(self.state, State::Taken), "the result was taken before");
        Outcome(self)
    }

    fn poll_slot(&mut self, context: &mut Context<'_>) -> Poll<Slot<T>> {
        let slot = match &mut self.state {
            State::Task(task) => std::task::ready!(Pin::new(task).poll(context)),
            State::Far(slot) => std::task::ready!(Pin::new(slot).poll(context)).ok(),
            State::Refused(cause) => Some(Err(Failed::new(Reason::Cancelled(*cause)))),
            State::Taken => panic!("the result was taken before"),
        };
        self.state = State::Taken;
        Poll::Ready(slot.unwrap_or_else(|| Err(Failed::new(Reason::Cancelled(Cause::Closed)))))
    }
}

impl<T> Unpin for Deferred<T> {}

impl<T> Future for Deferred<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match std::task::ready!(self.poll_slot(context)) {
            Ok(value) => Poll::Ready(value),
            Err(failed) => {
                if frame::with(|frame| frame.node.is_doomed(frame.key)) == Some(true) {
                    // Whoever awaits is dropped at this await.
                    self.state = State::Refused(Cause::SiblingFailed);
                    return Poll::Pending;
                }
                panic!("a job that is awaited has no result: {failed}");
            }
        }
    }
}

impl<T> Drop for Deferred<T> {
    fn drop(&mut self) {
        if let State::Task(task) = std::mem::replace(&mut self.state, State::Taken) {
            task.detach();
        }
    }
}

impl<T> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("job", &self.job).finish_non_exhaustive()
    }
}

/// The future of [`Deferred::outcome`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Outcome<T>(Deferred<T>);

impl<T> Unpin for Outcome<T> {}

impl<T> Future for Outcome<T> {
    type Output = Result<T, Failed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_slot(context)
    }
}
