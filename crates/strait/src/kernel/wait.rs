//! One way to wait, for threads and for tasks.
//!
//! An operation is a *step* function: it tries, and on request registers a waker. Here is who
//! calls it when: a task tries, yields to its executor a few times, then registers; a thread
//! tries, spins and yields a few times, then registers and parks.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::parker::Parker;
use super::patience::{Patience, give_way};

/// What a step is to do if it cannot finish.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Nothing.
    Try,
    /// Nothing, and finish only if it is worth while: there will be another try soon. Handing
    /// over a batch for each change of threads or tasks is what makes a channel with a buffer
    /// fast; this is how the batch comes about. It is worth while also if the other side has done
    /// nothing since the last try, of which the mark tells: what is there is all that comes, and
    /// to wait for more would only take time.
    TryForMore(&'a Cell<u8>),
    /// Register this waker.
    Register(&'a Waker),
}

/// How far a step came.
#[must_use]
#[derive(Debug)]
pub enum Progress<R> {
    /// Done.
    Ready(R),
    /// Not now. If the step was to register, a change will wake the waker.
    Blocked,
    /// Another thread is between two instructions that belong together: try again soon.
    Stalled,
}

impl<R> Progress<R> {
    #[inline]
    pub(crate) fn map<S>(self, f: impl FnOnce(R) -> S) -> Progress<S> {
        match self {
            Self::Ready(output) => Progress::Ready(f(output)),
            Self::Blocked => Progress::Blocked,
            Self::Stalled => Progress::Stalled,
        }
    }
}

/// What a waiting task remembers between polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tries {
    /// It has not tried yet.
    Fresh,
    /// It may yield to its executor so many times more; and the mark of [`Step::TryForMore`].
    Yielding(u8, u8),
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
            let mark = Cell::new(if let Self::Yielding(_, mark) = *self { mark } else { 0 });
            let how = match *self {
                Self::Yielding(1.., _) => Step::TryForMore(&mark),
                _ => Step::Try,
            };
            let progress = step(how);
            if let Self::Yielding(_, seen) = self {
                *seen = mark.get();
            }
            match progress {
                Progress::Ready(output) => {
                    if *self != Self::Fresh {
                        patience.yields_ended(true);
                    }
                    return self.ready(output);
                }
                Progress::Stalled => return Self::stalled(context),
                Progress::Blocked => {}
            }
        }
        self.blocked(patience, context, step)
    }

    /// The rest of a poll, after a try that was in vain.
    pub(crate) fn blocked<R>(
        &mut self,
        patience: &Patience,
        context: &mut Context<'_>,
        mut step: impl FnMut(Step<'_>) -> Progress<R>,
    ) -> Poll<R> {
        if *self != Self::Registered {
            let (left, mark) = match *self {
                Self::Yielding(left, mark) => (left, mark),
                _ if cfg!(strait_loom) => (0, 0),
                _ => (patience.yields(), 0),
            };
            if left > 0 {
                *self = Self::Yielding(left - 1, mark);
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

    /// The rest of a poll that met a thread between two instructions.
    pub(crate) fn stalled<R>(context: &mut Context<'_>) -> Poll<R> {
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
    let mark = Cell::new(0);
    loop {
        match step(if spin.wants_more() { Step::TryForMore(&mark) } else { Step::Try }) {
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

/// The same for a wait that can end only if it is registered, like that of two selects for each
/// other: registers first, and tries to do without parking then.
pub(crate) fn block_registered<R>(
    patience: &Patience,
    deadline: Option<Instant>,
    mut register: impl FnMut(&Waker) -> Progress<R>,
) -> Option<R> {
    Parker::with(|parker| {
        loop {
            match register(parker.waker()) {
                Progress::Ready(output) => return Some(output),
                Progress::Stalled => give_way(),
                Progress::Blocked => {
                    let mut spin = patience.spin();
                    while !parker.is_woken() && spin.pause() {}
                    spin.end(!parker.is_woken());
                    if !parker.park(deadline) {
                        return None;
                    }
                }
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return None;
            }
        }
    })
}
