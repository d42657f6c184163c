//! Waiting in a line: one poll body for tasks, threads and the arms of selects.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use pin_project_lite::pin_project;

use super::ballot::Seat;
use super::line::{Closed, Line, Place, Want};
use super::parker::Parker;
use super::wait::{Progress, Step};
use super::waiter::Waiter;

/// Something with a line in it, or a handle to such a thing.
pub(crate) trait InLine {
    /// The line has one permit, ever.
    const ONLY: bool;

    fn line(&self) -> &Line;
}

pin_project! {
    /// Somebody's turn in the line of `host`, which comes or is waited for. When it comes the host
    /// goes to whoever has the permits from then on.
    pub(crate) struct Turn<H: InLine> {
        // Gone when the turn has come.
        host: Option<H>,
        want: Want,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<H: InLine> PinnedDrop for Turn<H> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let (Some(host), Some(waiter)) = (this.host, this.waiter.as_ref().as_pin_ref()) {
                host.line().leave(waiter);
            }
        }
    }
}

impl<H: InLine> Turn<H> {
    /// The next turn for so many permits.
    #[inline]
    pub(crate) fn new(host: H, permits: u64) -> Self {
        Self {
            host: Some(host),
            want: Want { permits, place: Place::Last, on_thread: false },
            waiter: None,
        }
    }

    /// A turn before those of all who wait, of somebody who holds what they wait for.
    pub(crate) fn first(host: H, permits: u64) -> Self {
        Self {
            host: Some(host),
            want: Want { permits, place: Place::First, on_thread: false },
            waiter: None,
        }
    }

    /// Waits for the line to be closed.
    pub(crate) fn until_closed(host: H) -> Self {
        Self {
            host: Some(host),
            want: Want { permits: 1, place: Place::UntilClosed, on_thread: false },
            waiter: None,
        }
    }

    /// One poll of a task. `Err`: the line is closed.
    #[inline]
    #[track_caller]
    pub(crate) fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<H, Closed>> {
        match self.step(Step::Register(context.waker()), None) {
            Progress::Ready(taken) => Poll::Ready(taken),
            Progress::Blocked | Progress::Stalled => Poll::Pending,
        }
    }

    /// Waits on this thread; `None` says that the deadline came first.
    #[cold]
    pub(crate) fn block(
        mut self: Pin<&mut Self>,
        deadline: Option<Instant>,
    ) -> Option<Result<H, Closed>> {
        self.as_mut().project().want.on_thread = true;
        if let Progress::Ready(taken) = self.as_mut().step(Step::Try, None) {
            return Some(taken);
        }
        Parker::with(|parker| {
            loop {
                let step = Step::Register(parker.waker());
                if let Progress::Ready(taken) = self.as_mut().step(step, None) {
                    return Some(taken);
                }
                if !parker.park(deadline) {
                    return None;
                }
            }
        })
    }

    /// Takes the permits if that needs no waiting, and leaves no trace otherwise.
    #[inline]
    pub(crate) fn attempt(self: Pin<&mut Self>) -> Progress<Result<H, Closed>> {
        let this = self.project();
        let host = this.host.as_ref().expect("an arm is not asked after it was chosen");
        match host.line().try_place(*this.want) {
            Ok(true) => Progress::Ready(this.host.take().ok_or(Closed)),
            Ok(false) => Progress::Blocked,
            Err(Closed) => Progress::Ready(Err(Closed)),
        }
    }

    /// Gives up its place in line, to come back later.
    pub(crate) fn pause(self: Pin<&mut Self>) {
        let this = self.project();
        if let (Some(host), Some(waiter)) = (this.host, this.waiter.as_ref().as_pin_ref()) {
            host.line().leave(waiter);
        }
    }

    /// Takes the permits if it can, and otherwise does as the step says.
    #[inline]
    #[track_caller]
    pub(crate) fn step(
        self: Pin<&mut Self>,
        step: Step<'_>,
        seat: Option<Seat<'_>>,
    ) -> Progress<Result<H, Closed>> {
        let this = self.project();
        let host = this.host.as_ref().expect("a future is not polled after it was ready");
        let line = host.line();
        let taken = if this.waiter.is_none() && H::ONLY && line.try_only_seen() {
            Progress::Ready(Ok(()))
        } else {
            line.step(this.waiter, *this.want, step, seat)
        };
        taken.map(|taken| taken.and_then(|()| this.host.take().ok_or(Closed)))
    }
}

impl<H: InLine> fmt::Debug for Turn<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("want", &self.want.permits).finish_non_exhaustive()
    }
}
