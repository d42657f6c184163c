//! A future that is given up at a random moment: at once, after a wake-up that is never answered, or
//! never. Works on every executor; there is no clock in it.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::rng::Rng;

/// See the module. Ends with `None` when it was given up.
pub struct Fickle<'r, F> {
    future: Pin<Box<F>>,
    rng: &'r Rng,
    polled: bool,
    /// Once in this many occasions it is given up; 0 is never.
    odds: usize,
}

/// Wraps a future, which is given up once in `odds` occasions.
pub fn fickle<F: Future>(future: F, rng: &Rng, odds: usize) -> Fickle<'_, F> {
    Fickle { future: Box::pin(future), rng, polled: false, odds }
}

impl<F: Future> Future for Fickle<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { future, rng, polled, odds } = &mut *self;
        let leave = |rng: &Rng| *odds > 0 && rng.one_in(*odds);
        // Woken, and given up without another poll: whatever was handed over must be handed on.
        if *polled && leave(rng) {
            return Poll::Ready(None);
        }
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        *polled = true;
        if leave(rng) {
            return Poll::Ready(None);
        }
        if *odds > 0 && rng.one_in(*odds) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
