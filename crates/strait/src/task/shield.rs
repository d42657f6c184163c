//! Sections that cancellation does not interrupt, and cleanup that awaits.

#![forbid(unsafe_code)]

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::frame::{self, Frame};
use super::job::Spawned;
use super::place;
use super::runtime::{self, Timer};
use super::scope::{Scope, start};

/// Runs a future to its end although the job that awaits it is cancelled meanwhile. The job is
/// dropped at its first await after it.
///
/// Inside, [`check`](super::check) says that all is well, and scopes that are opened are not
/// cancelled from above. It protects from cancellation of the job, not from a `select!` or a
/// [`timeout`](super::timeout()) inside the job that drops this future: for that there is
/// [`Scope::finish`].
///
/// # Cancel safety
/// That of the future. A drop ends the shield.
///
/// # Examples
/// ```
/// use strait::task;
/// # task::run_blocking(|_| async {
/// let written = task::shield(async { 3 }).await;
/// assert_eq!(written, 3);
/// # }).unwrap();
/// ```
pub fn shield<F: Future>(future: F) -> Shield<F> {
    Shield { future, cover: Cover(None), limit: None, timer: None }
}

pin_project! {
    /// The future of [`shield`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Shield<F> {
        #[pin]
        future: F,
        cover: Cover,
        limit: Option<Duration>,
        timer: Option<Timer>,
    }
}

impl<F> Shield<F> {
    /// Ends the shield after a time, counted from the first poll: the job can be cancelled then.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// The frame that is shielded, as long as it is.
struct Cover(Option<Frame>);

impl Cover {
    /// Shields the frame that runs now, if it is not the one that is shielded.
    fn current(&mut self) {
        let is_same = match (&self.0, frame::with(|now| (Arc::as_ptr(&now.node), now.key))) {
            (Some(old), Some((node, key))) => {
                std::ptr::eq(Arc::as_ptr(&old.node), node) && old.key == key
            }
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            self.end();
            self.0 = frame::current();
            if let Some(frame) = &self.0 {
                frame.node.shield(frame.key);
            }
        }
    }

    fn end(&mut self) {
        if let Some(frame) = self.0.take() {
            frame.node.unshield(frame.key);
        }
    }
}

impl Drop for Cover {
    fn drop(&mut self) {
        self.end();
    }
}

impl<F: Future> Future for Shield<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(limit) = this.limit.take()
            && let Some(end) = runtime::now().checked_add(limit)
        {
            *this.timer = Some(Timer::at(end));
            this.cover.current();
        }
        let is_over = this.timer.as_mut().is_some_and(|timer| timer.poll(context).is_ready());
        if is_over {
            this.cover.end();
        } else {
            this.cover.current();
        }
        let output = std::task::ready!(this.future.poll(context));
        this.cover.end();
        Poll::Ready(output)
    }
}

impl<F> fmt::Debug for Shield<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shield").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Scope {
    /// Registers a cleanup that awaits: when the guard is dropped, the future that `make` gives
    /// runs as a child that cancellation does not touch, and the scope waits for it.
    ///
    /// Guards are dropped in the reverse order of their making, as all locals are; the cleanups
    /// start in that order and run concurrently. If the scope has ended, the future is dropped.
    ///
    /// # Examples
    /// ```
    /// use strait::{channel, task};
    /// let (tx, rx) = channel::unbounded();
    /// task::run_blocking(|s| async move {
    ///     let cleanup = tx.clone();
    ///     let _rollback = s.defer(move || async move { cleanup.send("rolled back").await.unwrap() });
    ///     tx.send("begun").await.unwrap();
    /// }).unwrap();
    /// assert_eq!(rx.iter_blocking().collect::<Vec<_>>(), ["begun", "rolled back"]);
    /// ```
    #[track_caller]
    pub fn defer<M, F>(&self, make: M) -> Deferral<M, F>
    where
        M: FnOnce() -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let place = place::number(Location::caller());
        Deferral { scope: self.clone(), place, make: Some(make) }
    }
}

/// The guard of [`Scope::defer`].
#[must_use = "the cleanup runs as soon as the guard is dropped"]
pub struct Deferral<M, F>
where
    M: FnOnce() -> F,
    F: Future<Output = ()> + Send + 'static,
{
    scope: Scope,
    place: u32,
    make: Option<M>,
}

impl<M, F> Deferral<M, F>
where
    M: FnOnce() -> F,
    F: Future<Output = ()> + Send + 'static,
{
    /// Gives the cleanup up.
    pub fn disarm(mut self) {
        self.make = None;
    }
}

impl<M, F> Drop for Deferral<M, F>
where
    M: FnOnce() -> F,
    F: Future<Output = ()> + Send + 'static,
{
    fn drop(&mut self) {
        let Some(make) = self.make.take() else { return };
        let (node, port) = (&self.scope.node, self.scope.dispatcher().port());
        if let Ok((task, _)) = start::<F, Spawned>(node, port, self.place, true, make()) {
            task.detach();
        }
    }
}

impl<M, F> fmt::Debug for Deferral<M, F>
where
    M: FnOnce() -> F,
    F: Future<Output = ()> + Send + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferral").field("armed", &self.make.is_some()).finish_non_exhaustive()
    }
}
