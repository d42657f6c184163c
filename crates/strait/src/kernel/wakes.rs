//! Waking and dropping wakers, which are the user's code: never under a lock, and without letting
//! their panics through.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Wakers that were taken out under a lock, to be woken after it.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    wakers: [Option<Waker>; Self::MOST],
    len: usize,
}

impl Wakes {
    pub(super) const MOST: usize = 8;

    pub(crate) fn is_full(&self) -> bool {
        self.len == Self::MOST
    }

    pub(crate) fn push(&mut self, waker: Waker) {
        self.wakers[self.len] = Some(waker);
        self.len += 1;
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        self.wakers[..self.len].iter_mut().filter_map(Option::take).for_each(wake);
    }
}

/// Wakes all whom `fill` takes out, which may be more than fit at once: it is called again as long
/// as it filled its argument. The lock that it needs it releases before it returns.
pub(crate) fn wake_batches(mut fill: impl FnMut(&mut Wakes)) {
    loop {
        let mut wakes = Wakes::default();
        fill(&mut wakes);
        if !wakes.is_full() {
            break;
        }
    }
}

/// Wakes somebody else.
///
/// If that panics, the panic hook has told, and we go on: the one who wakes has a message in its
/// hands and others to wake, and it is not its fault.
pub(crate) fn wake(waker: Waker) {
    quietly(|| waker.wake());
}

/// Drops a waker that is not needed any more, in the same way.
pub(crate) fn discard(waker: Option<Waker>) {
    if waker.is_some() {
        quietly(|| drop(waker));
    }
}

fn quietly(f: impl FnOnce()) {
    let mut result = catch_unwind(AssertUnwindSafe(f));
    while let Err(panic) = result {
        // Its destructor is the user's code too.
        result = catch_unwind(AssertUnwindSafe(|| drop(panic)));
    }
}

/// Gives a queued waiter the waker of the current poll, if it has another one. Says `false` if it
/// was told meanwhile, and so does not wait any more. The user's code in `clone` and `drop` runs
/// outside of the locks that the two closures take.
#[must_use]
pub(crate) fn rewake(
    waker: &Waker,
    same: impl FnOnce() -> bool,
    swap: impl FnOnce(Waker) -> (bool, Option<Waker>),
) -> bool {
    if same() {
        return true;
    }
    let new = waker.clone();
    let (queued, spent) = swap(new);
    discard(spent);
    queued || cfg!(strait_mutant = "rewake_forgets")
}
