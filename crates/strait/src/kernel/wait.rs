//! One way to wait, for threads and for tasks.
//!
//! An operation is a *step* function: it tries, and on request registers a waker. Here is who
//! calls it when: a task tries, yields to its executor a few times, then registers; a thread
//! tries, spins and yields a few times, then registers and parks.

#![forbid(unsafe_code)]

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::parker::Parker;
use super::patience::{Patience, give_way};

/// What a step is to do if it cannot finish.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// Nothing.
    Try,
    /// Nothing, and finish only if it is worth while: there will be another try soon. Handing
    /// over a batch for each change of threads or tasks is what makes a channel with a buffer
    /// fast; this is how the batch comes about.
    TryForMore,
    /// Register this waker.
    Register(&'a Waker),
}

/// How far a step came.
#[must_use]
#[derive(Debug)]
pub(crate) enum Progress<R> {
    Ready(R),
    /// Not now. If the step was to register, a change will wake the waker.
    Blocked,
    /// Another thread is between two instructions that belong together: try again soon.
    Stalled,
}

/// What a waiting task remembers between polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tries {
    /// It has not tried yet.
    Fresh,
    /// It may yield to its executor so many times more.
    Yielding(u8),
    /// It has registered before.
    Registered,
}

impl Tries {
    /// One poll of a task.
    pub(crate) fn poll<R>(
        &mut self,
        patience: &Patience,
        context: &mut Context<'_>,
        mut step: impl FnMut(Step<'_>) -> Progress<R>,
    ) -> Poll<R> {
        if *self != Self::Registered {
            let how = if let Self::Yielding(1..) = *self { Step::TryForMore } else { Step::Try };
            match step(how) {
                Progress::Ready(output) => {
                    if *self != Self::Fresh {
                        patience.yields_ended(true);
                    }
                    return self.ready(output);
                }
                Progress::Stalled => return Self::stalled(context),
                Progress::Blocked => {}
            }
            let left = match *self {
                Self::Yielding(left) => left,
                _ if cfg!(strait_loom) => 0,
                _ => patience.yields(),
            };
            if left > 0 {
                *self = Self::Yielding(left - 1);
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            patience.yields_ended(false);
            *self = Self::Registered;
        }
        match step(Step::Register(context.waker())) {
            Progress::Ready(output) => self.ready(output),
            Progress::Stalled => Self::stalled(context),
            Progress::Blocked => Poll::Pending,
        }
    }

    /// The next wait of the same future starts anew.
    fn ready<R>(&mut self, output: R) -> Poll<R> {
        *self = Self::Fresh;
        Poll::Ready(output)
    }

    fn stalled<R>(context: &mut Context<'_>) -> Poll<R> {
        give_way();
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Waits on this thread; `None` says that the deadline came first.
pub(crate) fn block<R>(
    patience: &Patience,
    deadline: Option<Instant>,
    mut step: impl FnMut(Step<'_>) -> Progress<R>,
) -> Option<R> {
    let is_late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let mut spin = patience.spin();
    loop {
        match step(if spin.is_yielding() { Step::TryForMore } else { Step::Try }) {
            Progress::Ready(output) => {
                spin.end(false);
                return Some(output);
            }
            _ if is_late() => return None,
            Progress::Stalled => give_way(),
            Progress::Blocked => {
                if !spin.pause() {
                    break;
                }
            }
        }
    }
    spin.end(true);
    Parker::with(|parker| {
        loop {
            match step(Step::Register(parker.waker())) {
                Progress::Ready(output) => return Some(output),
                Progress::Stalled if is_late() => return None,
                Progress::Stalled => give_way(),
                Progress::Blocked => {
                    if !parker.park(deadline) {
                        return None;
                    }
                }
            }
        }
    })
}
