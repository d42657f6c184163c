//! Futures of anybody as arms: polled in place, dropped if they lose.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::kernel::arm::Arm;
use crate::kernel::ballot::Seat;
use crate::kernel::wait::{Progress, Step};

pin_project! {
    /// A future as an arm.
    #[derive(Debug)]
    pub struct Foreign<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Foreign<F> {
    #[inline]
    pub(super) fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future> Arm for Foreign<F> {
    type Output = F::Output;
    const FOREIGN: bool = true;

    #[inline]
    fn attempt(self: Pin<&mut Self>, waker: &Waker) -> Progress<F::Output> {
        match self.project().future.poll(&mut Context::from_waker(waker)) {
            Poll::Ready(output) => Progress::Ready(output),
            Poll::Pending => Progress::Blocked,
        }
    }

    #[inline]
    fn step(self: Pin<&mut Self>, _: Step<'_>, waker: &Waker, _: Seat<'_>) -> Progress<F::Output> {
        self.attempt(waker)
    }
}

/// The next item of a stream, as a future, for use in a select.
///
/// # Cancel safety
/// Dropping it takes nothing from the stream.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use strait::{channel, select};
/// let (tx, mut events) = channel::unbounded();
/// let (_stop, stopped) = channel::rendezvous::<()>();
/// tx.try_send("key").unwrap();
/// select! {
///     event = select::next(&mut events) => assert_eq!(event, Some("key")),
///     _ = stopped.recv() => unreachable!(),
/// }
/// # });
/// ```
pub fn next<S: Stream + Unpin>(stream: &mut S) -> Next<'_, S> {
    Next { stream }
}

/// The future of [`next`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Next<'a, S> {
    stream: &'a mut S,
}

impl<S: Stream + Unpin> Future for Next<'_, S> {
    type Output = Option<S::Item>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut *self.stream).poll_next(context)
    }
}
