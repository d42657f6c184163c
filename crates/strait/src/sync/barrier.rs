//! Barriers: a number of parties that go on together.
//!
//! # Picture
//! A list of those who have arrived, under a lock. Who arrives last takes all others out and tells
//! them; the list is empty then, and the next round begins. A round needs no number: whoever is told
//! was in it.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use crate::kernel::parker::block_on;
use crate::kernel::prim::{Mutex, constructor};
use crate::kernel::ticket::{START, Ticket};
use crate::kernel::waiter::{Stay, WaitList, Waiter, discard, rewake, wake};

/// Lets as many as it was made for go on when all have arrived, again and again.
///
/// # Examples
/// ```
/// let barrier = strait::sync::Barrier::new(3);
/// let leaders: usize = std::thread::scope(|s| {
///     let threads: Vec<_> = (0..3).map(|_| s.spawn(|| barrier.wait_blocking())).collect();
///     threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
/// });
/// assert_eq!(leaders, 1);
/// ```
pub struct Barrier {
    parties: usize,
    arrived: Mutex<WaitList>,
}

pin_project! {
    /// The future of [`Barrier::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct BarrierWait<'a> {
        barrier: &'a Barrier,
        #[pin]
        waiter: Waiter,
    }

    impl PinnedDrop for BarrierWait<'_> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.barrier.leave(this.waiter.as_ref());
        }
    }
}

impl Barrier {
    constructor! {
        /// A barrier for so many parties; 0 counts as 1.
        pub fn new(parties: usize) -> Self {
            Self { parties, arrived: Mutex::new(WaitList::new()) }
        }
    }

    /// Arrives, and waits until all parties have. Says whether this was the last to arrive: one is
    /// in each round.
    ///
    /// # Cancel safety
    /// Dropping the future takes its arrival back, unless all have arrived meanwhile: then it has
    /// counted, and the others go on. So as an arm of a [select](crate::select!), where it is a
    /// future like any other, it may count although another arm was chosen: the last to arrive
    /// cannot ask several selects at once whether they still want it.
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait { barrier: self, waiter: Waiter::new() }
    }

    /// [`wait`](Self::wait), blocking the thread.
    pub fn wait_blocking(&self) -> bool {
        block_on(self.wait(), None).expect("there is no limit of time")
    }

    /// [`wait`](Self::wait), blocking the thread for at most `timeout`. `None` says that the time ran
    /// out, and the arrival was taken back.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<bool> {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// [`wait`](Self::wait), blocking the thread until `deadline` at the latest. `None` says that the
    /// time ran out, and the arrival was taken back.
    pub fn wait_deadline(&self, deadline: Instant) -> Option<bool> {
        self.wait_until(Some(deadline))
    }

    fn wait_until(&self, deadline: Option<Instant>) -> Option<bool> {
        let mut wait = pin!(self.wait());
        if let Some(leads) = block_on(wait.as_mut(), deadline) {
            return Some(leads);
        }
        // All may have arrived at the last moment.
        let waiter = wait.as_ref().project_ref().waiter;
        if self.leave(waiter) { None } else { Some(false) }
    }

    /// How many parties it takes.
    pub fn parties(&self) -> usize {
        self.parties.max(1)
    }

    /// How many have arrived and wait. Outdated at once if others are at work.
    pub fn arrived(&self) -> usize {
        self.arrived.lock().len()
    }

    fn arrive(&self, waiter: Pin<&Waiter>, waker: Waker) -> Poll<bool> {
        let mut arrived = self.arrived.lock();
        if arrived.len() + 1 < self.parties {
            arrived.push_back(waiter, waker, Ticket::new(START));
            return Poll::Pending;
        }
        let mut wakers = Vec::with_capacity(arrived.len());
        while let Some(waker) = arrived.pop() {
            wakers.push(waker);
        }
        drop(arrived);
        discard(Some(waker));
        wakers.into_iter().for_each(wake);
        Poll::Ready(true)
    }

    /// Takes an arrival back; says whether there was one, in a round that is not over.
    fn leave(&self, waiter: Pin<&Waiter>) -> bool {
        if waiter.stay() != Stay::Queued {
            return false;
        }
        let waker = self.arrived.lock().unlink(waiter);
        let left = waker.is_some();
        discard(waker);
        left
    }
}

impl Future for BarrierWait<'_> {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let this = self.project();
        let (barrier, waiter) = (*this.barrier, this.waiter.as_ref());
        match waiter.stay() {
            Stay::Idle => return barrier.arrive(waiter, context.waker().clone()),
            Stay::Queued => {
                let waits = rewake(
                    context.waker(),
                    || barrier.arrived.lock().would_wake(waiter, context.waker()),
                    |waker| barrier.arrived.lock().rewake(waiter, waker),
                );
                if waits {
                    return Poll::Pending;
                }
            }
            Stay::Told => {}
        }
        waiter.rest();
        Poll::Ready(false)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties())
            .field("arrived", &self.arrived())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BarrierWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWait").finish_non_exhaustive()
    }
}
