//! One select, from its first look at the arms to the choice.
//!
//! ```text
//!  attempt: each arm once, from the one that the order says
//!     ready: chosen, and nothing of the others has begun
//!  pass(Register):
//!     take the ballot back            decided for arm i: chosen
//!     each arm: try, and register     ready: chosen
//!     each send: a place in line      ready: chosen
//!     open the ballot, tell those who wait for our places
//!  dropped: every arm takes back what it has
//! ```
//!
//! Passes serve tasks and threads alike; what calls them when is in
//! [`wait`](crate::kernel::wait). How it is decided who decides is in
//! [`ballot`](crate::kernel::ballot).

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::kernel::ballot::Ballot;
use crate::kernel::patience::{Patience, give_way};
use crate::kernel::wait::{Progress, Step, Tries, block, block_registered};

use super::list::{Arms, Round};
use super::order::Order;

pin_project! {
    /// A select over a list of arms; a future of the one that was chosen.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Selection<R, L: Arms<R>> {
        // The arms go first: they leave the lists that lead to the ballot.
        #[pin]
        arms: L,
        #[pin]
        ballot: Ballot,
        order: Order,
        tries: Tries,
        exposed: bool,
        polled: bool,
        on_thread: bool,
        result: PhantomData<fn() -> R>,
    }

    impl<R, L: Arms<R>> PinnedDrop for Selection<R, L> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            if this.exposed {
                let this = this.project();
                if let Some(arm) = this.ballot.take_back() {
                    this.arms.forfeit(arm as usize);
                }
                // Futures that are arms may run code of the user when they are dropped.
                this.ballot.go_away();
            }
        }
    }
}

impl<R, L: Arms<R>> Selection<R, L> {
    /// A select over these arms.
    #[inline]
    pub fn new(order: Order, arms: L) -> Self {
        Self {
            arms,
            ballot: Ballot::new(),
            order,
            // Other futures are to be polled as seldom as possible.
            tries: if L::NATIVE { Tries::Fresh } else { Tries::Registered },
            exposed: false,
            polled: false,
            on_thread: false,
            result: PhantomData,
        }
    }

    /// The first look at the arms.
    #[inline]
    fn attempt(self: Pin<&mut Self>, waker: &Waker) -> Progress<R> {
        let mut this = self.project();
        *this.polled = true;
        let start = this.order.start(L::COUNT);
        let mut stalled = false;
        for arms in [start..L::COUNT, 0..start] {
            if let Some(chosen) = this.arms.as_mut().attempt(arms, waker, &mut stalled) {
                return Progress::Ready(chosen);
            }
        }
        if stalled { Progress::Stalled } else { Progress::Blocked }
    }

    /// Any further one.
    fn pass(self: Pin<&mut Self>, step: Step<'_>, waker: &Waker) -> Progress<R> {
        let mut this = self.project();
        let waits = matches!(step, Step::Register(_));
        if *this.exposed
            && let Some(arm) = this.ballot.take_back()
            && let Some(chosen) = this.arms.as_mut().won(arm as usize, &this.ballot)
        {
            return Progress::Ready(chosen);
        }
        let missed = Cell::new(false);
        let round = Round {
            ballot: this.ballot.as_ref(),
            exposed: *this.exposed,
            native_only: *this.polled && !waits,
            on_thread: *this.on_thread,
            base: 0,
            missed: &missed,
        };
        let start = this.order.start(L::COUNT);
        let mut stalled = false;
        let turns = [start..L::COUNT, 0..start];
        for arms in turns.clone() {
            let sweep = this.arms.as_mut().sweep(arms, step, waker, round, &mut stalled);
            if let Some(chosen) = sweep {
                return Progress::Ready(chosen);
            }
        }
        if waits {
            // From here on there may be places in line.
            *this.exposed = true;
            for arms in turns {
                if let Some(chosen) = this.arms.as_mut().place(arms, waker, round) {
                    return Progress::Ready(chosen);
                }
            }
            *this.exposed = this.arms.is_exposed();
            if *this.exposed {
                let missed = this.ballot.open() || missed.get();
                this.arms.opened(&this.ballot, missed);
            }
        }
        if stalled { Progress::Stalled } else { Progress::Blocked }
    }

    /// One look at the arms, that leaves no trace if none is ready.
    #[inline]
    pub fn poll_now(mut self: Pin<&mut Self>, waker: &Waker) -> Option<R> {
        loop {
            match self.as_mut().attempt(waker) {
                Progress::Ready(chosen) => return Some(chosen),
                Progress::Blocked => return None,
                // A send has returned, and its message is behind one that is about to be there.
                Progress::Stalled => give_way(),
            }
        }
    }

    /// The same, in a task.
    pub async fn now(self) -> Option<R> {
        let mut selection = pin!(self);
        std::future::poll_fn(|context| Poll::Ready(selection.as_mut().poll_now(context.waker())))
            .await
    }

    /// The same, on a thread.
    #[inline]
    pub fn now_blocking(self) -> Option<R> {
        pin!(self).poll_now(Waker::noop())
    }

    /// Waits on this thread.
    #[inline]
    pub fn block(self) -> R {
        let mut selection = pin!(self);
        *selection.as_mut().project().on_thread = true;
        if L::NATIVE
            && let Progress::Ready(chosen) = selection.as_mut().attempt(Waker::noop())
        {
            return chosen;
        }
        selection.wait()
    }

    #[cold]
    fn wait(mut self: Pin<&mut Self>) -> R {
        loop {
            let deadline = self.arms.deadline();
            let chosen = with_patience(|patience| {
                if self.arms.is_meeting() {
                    return block_registered(patience, deadline, |waker| {
                        self.as_mut().pass(Step::Register(waker), waker)
                    });
                }
                block(patience, deadline, |step| {
                    let waker = match step {
                        Step::Register(waker) => waker,
                        Step::Try | Step::TryForMore(_) => Waker::noop(),
                    };
                    self.as_mut().pass(step, waker)
                })
            });
            if let Some(chosen) = chosen {
                return chosen;
            }
            // The time of an arm has come.
            let pass = self.as_mut().pass(Step::Register(Waker::noop()), Waker::noop());
            if let Progress::Ready(chosen) = pass {
                return chosen;
            }
        }
    }
}

impl<R, L: Arms<R>> Future for Selection<R, L> {
    type Output = R;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        if self.tries != Tries::Fresh {
            return self.poll_on(context);
        }
        match self.as_mut().attempt(context.waker()) {
            Progress::Ready(chosen) => Poll::Ready(chosen),
            Progress::Stalled => Tries::stalled(context),
            Progress::Blocked => self.poll_on(context),
        }
    }
}

impl<R, L: Arms<R>> Selection<R, L> {
    #[cold]
    fn poll_on(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let mut tries = self.tries;
        let waker = context.waker();
        let poll = with_patience(|patience| {
            let step = |step: Step<'_>| self.as_mut().pass(step, waker);
            match tries {
                Tries::Fresh => tries.blocked(patience, context, step),
                _ => tries.poll(patience, context, step),
            }
        });
        *self.project().tries = tries;
        poll
    }
}

/// What experience says about the selects of this thread.
#[cfg(not(strait_loom))]
fn with_patience<T>(f: impl FnOnce(&Patience) -> T) -> T {
    thread_local! {
        static PATIENCE: Patience = const { Patience::new() };
    }
    let mut f = Some(f);
    let done = PATIENCE.try_with(|patience| f.take().map(|f| f(patience)));
    match (done, f) {
        (Ok(Some(done)), _) => done,
        // The thread is at its end.
        (_, Some(f)) => f(&Patience::new()),
        _ => unreachable!("it was called, or it is there"),
    }
}

/// A model has no experience.
#[cfg(strait_loom)]
fn with_patience<T>(f: impl FnOnce(&Patience) -> T) -> T {
    f(&Patience::new())
}
