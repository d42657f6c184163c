//! Time: limits that are ordinary errors, deadlines that pass down, sleeping and yielding.
//!
//! All of it goes by the clock of tokio, which a test can stop.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::error::{Cause, Elapsed};
use super::frame;
use super::runtime::{self, Timer};

/// Gives a future so much time, from the first poll on.
///
/// When the time is up the future is dropped, and with it all scopes that were opened in it are
/// cancelled, with [`Cause::Deadline`]; what is left of them is waited for by the scope around.
/// A value that is ready at that moment counts. The limit is seen from inside, by
/// [`deadline`], also by jobs of scopes that are opened in it.
///
/// # Errors
/// [`Elapsed`]: an error like any other, never a cancellation of whoever awaits.
///
/// # Cancel safety
/// That of the future.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use strait::task;
/// # task::run_blocking(|_| async {
/// let late = task::timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
/// assert_eq!(late.unwrap_err().limit(), Duration::from_millis(5));
/// # }).unwrap();
/// ```
pub fn timeout<F: Future>(limit: Duration, future: F) -> Timeout<F> {
    Timeout { future: Some(future), limit, end: None, timer: None }
}

pin_project! {
    /// The future of [`timeout`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Timeout<F> {
        #[pin]
        future: Option<F>,
        limit: Duration,
        end: Option<Instant>,
        timer: Option<Timer>,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.limit.is_zero() {
            this.future.set(None);
            return Poll::Ready(Err(Elapsed(*this.limit)));
        }
        if this.timer.is_none() && this.end.is_none() {
            // A limit beyond the end of time is none.
            *this.end = runtime::now().checked_add(*this.limit);
        }
        let limit = (*this.end).into_iter().chain(frame::limit()).min();
        let future = this.future.as_mut().as_pin_mut().expect("not polled after its end");
        if let Poll::Ready(output) = frame::limited(limit, || future.poll(context)) {
            frame::dropping(None, || this.future.set(None));
            return Poll::Ready(Ok(output));
        }
        let Some(end) = *this.end else { return Poll::Pending };
        std::task::ready!(this.timer.get_or_insert_with(|| Timer::at(end)).poll(context));
        frame::dropping(Some(Cause::Deadline), || this.future.set(None));
        Poll::Ready(Err(Elapsed(*this.limit)))
    }
}

impl<F> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// When the time of the current job is up: the earliest of the [`timeout`]s around it and the
/// deadlines of the scopes above.
pub fn deadline() -> Option<Instant> {
    frame::deadline()
}

/// How much time the current job has left; zero if it has none.
pub fn remaining() -> Option<Duration> {
    frame::deadline().map(|end| end.saturating_duration_since(runtime::now()))
}

/// Waits for a while.
///
/// # Cancel safety
/// It has no effect, so nothing is lost.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { duration: Some(duration), timer: None }
}

/// The future of [`sleep`]; the time begins with the first poll.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    duration: Option<Duration>,
    timer: Option<Timer>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(duration) = self.duration.take() {
            self.timer = runtime::now().checked_add(duration).map(Timer::at);
        }
        match &mut self.timer {
            Some(timer) => timer.poll(context),
            None => Poll::Pending,
        }
    }
}

/// Lets the other ready jobs of the dispatcher run first.
///
/// It does not go through tokio, which is let in after some jobs anyway.
pub fn yield_now() -> YieldNow {
    YieldNow { has_yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct YieldNow {
    has_yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
