//! Who of those that empty a queue is asleep, and whom to wake when something comes.
//!
//! # Promise
//! Work that was pushed before [`notify`](Sleepers::notify) is looked for after it: by one that is
//! awake, or by one that is woken. At most one is woken at a time; it wakes the next when it finds
//! something, so a burst wakes all, one after the other, and a lone job wakes one.
//!
//! # States of one that empties the queue
//! ```text
//!  BUSY --nothing found--> (in the list) ASLEEP --notify--> SEARCHING --found--> BUSY
//!    ^------withdraw: work came meanwhile---+                    +--nothing--> ASLEEP
//! ```
//! | counter | counts | changed |
//! |---|---|---|
//! | `asleep` | entries of the list | under the list's lock |
//! | `searching` | those that were woken and have found nothing yet | by the waker, and by themselves |
//!
//! # Why no work is overlooked
//! The one who pushes does `push; fence; look at the counters`, the one who goes to sleep does
//! `change the counters; fence; look at the queue`. Of two such fences one is first. If it is the
//! pusher's, the sleeper's look finds the work. If it is the sleeper's, the pusher sees it asleep
//! and wakes it. One that is seen searching goes through the same steps before it sleeps again.

#![forbid(unsafe_code)]

use std::task::Waker;

use crate::kernel::prim::{AtomicUsize, Mutex, Ordering, fence};
use crate::kernel::waiter::wake;

#[derive(Debug)]
pub(super) struct Sleepers {
    asleep: AtomicUsize,
    searching: AtomicUsize,
    list: Mutex<Vec<(usize, Waker)>>,
}

/// What one of them remembers.
#[derive(Debug, Default)]
pub(super) struct Sleep {
    is_asleep: bool,
    is_searching: bool,
}

impl Sleepers {
    pub(super) fn new() -> Self {
        Self {
            asleep: AtomicUsize::new(0),
            searching: AtomicUsize::new(0),
            list: Mutex::new(Vec::new()),
        }
    }

    /// Something was pushed.
    #[inline]
    pub(super) fn notify(&self) {
        // SeqCst: pairs with the fence in `lie_down`; see the head of the file.
        if !cfg!(strait_mutant = "task_notify_unfenced") {
            fence(Ordering::SeqCst);
        }
        // Relaxed, here and below: ordered by the fences; the list by its lock.
        if self.searching.load(Ordering::Relaxed) == 0 && self.asleep.load(Ordering::Relaxed) > 0 {
            self.wake_one();
        }
    }

    /// Wakes all, to see that the queue was closed.
    pub(super) fn wake_all(&self) {
        let all = {
            let mut list = self.list.lock();
            self.asleep.store(0, Ordering::Relaxed);
            self.searching.fetch_add(list.len(), Ordering::Relaxed);
            std::mem::take(&mut *list)
        };
        all.into_iter().for_each(|(_, waker)| wake(waker));
    }

    fn wake_one(&self) {
        let woken = {
            let mut list = self.list.lock();
            let woken = list.pop();
            if woken.is_some() {
                self.asleep.fetch_sub(1, Ordering::Relaxed);
                self.searching.fetch_add(1, Ordering::Relaxed);
            }
            woken
        };
        woken.into_iter().for_each(|(_, waker)| wake(waker));
    }

    /// It is awake, for whatever reason.
    pub(super) fn get_up(&self, id: usize, sleep: &mut Sleep) {
        if !std::mem::take(&mut sleep.is_asleep) {
            return;
        }
        let mut list = self.list.lock();
        match list.iter().position(|(other, _)| *other == id) {
            Some(at) => {
                let waker = list.swap_remove(at);
                self.asleep.fetch_sub(1, Ordering::Relaxed);
                drop(list);
                drop(waker);
            }
            None => sleep.is_searching = true,
        }
    }

    /// It has found work.
    #[inline]
    pub(super) fn found(&self, sleep: &mut Sleep) {
        if std::mem::take(&mut sleep.is_searching)
            && self.searching.fetch_sub(1, Ordering::Relaxed) == 1
        {
            // There may be more than one can do.
            self.notify();
        }
    }

    /// It has found nothing, and sleeps from now on unless there is work after all.
    #[must_use]
    pub(super) fn lie_down(
        &self,
        id: usize,
        sleep: &mut Sleep,
        waker: &Waker,
        is_empty: impl FnOnce() -> bool,
    ) -> bool {
        let waker = waker.clone();
        {
            let mut list = self.list.lock();
            list.push((id, waker));
            self.asleep.fetch_add(1, Ordering::Relaxed);
        }
        if std::mem::take(&mut sleep.is_searching) {
            self.searching.fetch_sub(1, Ordering::Relaxed);
        }
        sleep.is_asleep = true;
        // SeqCst: pairs with the fence in `notify`.
        fence(Ordering::SeqCst);
        if cfg!(strait_mutant = "task_sleep_unchecked") || is_empty() {
            return true;
        }
        self.get_up(id, sleep);
        false
    }
}
