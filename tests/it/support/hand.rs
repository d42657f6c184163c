//! Futures polled by hand.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use super::wake::Probe;

/// Polls a future once.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// More polls with a self-wake than any future here may want before it really waits.
const YIELDS: usize = 1_000_000;

/// A future with its own waker. A future may yield (wake itself and be pending) a few times before it
/// waits in earnest; [`park`](Self::park) and [`settle`](Self::settle) go on until it does.
pub struct Hand<F: Future> {
    future: Pin<Box<F>>,
    probe: Probe,
    waker: Waker,
    seen: usize,
}

/// Takes a future in hand.
pub fn hand<F: Future>(future: F) -> Hand<F> {
    let probe = Probe::default();
    Hand { future: Box::pin(future), waker: probe.waker(), probe, seen: 0 }
}

impl<F: Future> Hand<F> {
    /// One poll.
    pub fn poll(&mut self) -> Poll<F::Output> {
        self.seen = self.probe.count();
        poll_once(self.future.as_mut(), &self.waker)
    }

    /// Whether it has been woken since the last poll began.
    pub fn woken(&self) -> bool {
        self.probe.count() != self.seen
    }

    /// Wake-ups in all.
    pub fn wakes(&self) -> usize {
        self.probe.count()
    }

    /// Polls at least once, and again as long as it wakes itself.
    pub fn settle(&mut self) -> Option<F::Output> {
        for _ in 0..YIELDS {
            if let Poll::Ready(output) = self.poll() {
                return Some(output);
            }
            if !self.woken() {
                return None;
            }
            // What it yields for may be another thread that is in the middle of a step.
            std::thread::yield_now();
        }
        panic!("{YIELDS} polls, each with a wake-up, and the future neither waits nor ends");
    }

    /// Polls until it waits: it must not be ready.
    #[track_caller]
    pub fn park(&mut self) -> &mut Self {
        assert!(self.settle().is_none(), "the future should wait and is ready");
        self
    }

    /// It must have been woken, and be ready.
    #[track_caller]
    pub fn ready(&mut self) -> F::Output {
        assert!(self.woken(), "the future has not been woken");
        self.now()
    }

    /// It must be ready, woken or not.
    #[track_caller]
    pub fn now(&mut self) -> F::Output {
        self.settle().expect("the future should be ready and waits")
    }

    /// It must not have been woken, and still wait.
    #[track_caller]
    pub fn asleep(&mut self) {
        assert!(!self.woken(), "the future has been woken");
    }

    /// Leaks the future: its destructor never runs.
    pub fn forget(self) {
        std::mem::forget(self.future);
    }

    /// Gives the future up, unwoken from here on.
    pub fn into_inner(self) -> Pin<Box<F>> {
        self.future
    }
}

/// A waiting future in hand: [`hand`] and [`Hand::park`].
#[track_caller]
pub fn parked<F: Future>(future: F) -> Hand<F> {
    let mut hand = hand(future);
    hand.park();
    hand
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = poll_once(future.as_mut(), &waker) {
            return output;
        }
        std::thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn, ready};

    #[test]
    fn each_expectation_can_fail() {
        let fails = |f: fn()| assert!(std::panic::catch_unwind(f).is_err());
        fails(|| {
            parked(ready(1));
        });
        fails(|| {
            hand(pending::<()>()).now();
        });
        fails(|| {
            parked(pending::<()>()).ready();
        });
        fails(|| {
            let spin = poll_fn::<(), _>(|cx| {
                cx.waker().wake_by_ref();
                Poll::Pending
            });
            hand(spin).settle();
        });
    }
}
