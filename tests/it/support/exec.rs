//! An executor on one thread that polls in random order, and now and then without reason.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{Thread, current, park_timeout};
use std::time::{Duration, Instant};

use super::rng::Rng;

struct Flag {
    woken: AtomicBool,
    thread: Thread,
    /// Tasks that are woken, for the whole executor.
    ready: Arc<AtomicUsize>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        if !self.woken.swap(true, SeqCst) {
            self.ready.fetch_add(1, SeqCst);
            self.thread.unpark();
        }
    }
}

struct Task<'a> {
    future: Pin<Box<dyn Future<Output = ()> + 'a>>,
    flag: Arc<Flag>,
    waker: Waker,
}

/// The executor.
pub struct Chaos<'a> {
    rng: Rng,
    tasks: Vec<Task<'a>>,
    ready: Arc<AtomicUsize>,
}

/// Nobody was woken for this long: a wake-up is lost, or the other threads are stuck.
const STILL: Duration = Duration::from_secs(20);

impl<'a> Chaos<'a> {
    /// An executor whose order comes from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), tasks: Vec::new(), ready: Arc::default() }
    }

    /// Adds a task.
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'a) {
        let (woken, thread) = (AtomicBool::new(true), current());
        self.ready.fetch_add(1, SeqCst);
        let flag = Arc::new(Flag { woken, thread, ready: self.ready.clone() });
        let waker = Waker::from(flag.clone());
        self.tasks.push(Task { future: Box::pin(future), flag, waker });
    }

    /// Runs until every task has ended. `Err` with the number of tasks left when all sleep: at once
    /// when `alone` (no other thread could wake them), else after a while.
    pub fn run(&mut self, alone: bool) -> Result<(), usize> {
        let mut since = Instant::now();
        while !self.tasks.is_empty() {
            let at = self.rng.below(self.tasks.len());
            let spurious = self.rng.one_in(32);
            if self.ready.load(SeqCst) == 0 && !spurious {
                if alone || since.elapsed() > STILL {
                    return Err(self.tasks.len());
                }
                park_timeout(Duration::from_millis(50));
                continue;
            }
            let len = self.tasks.len();
            let ready = |i: &usize| self.tasks[*i].flag.woken.load(SeqCst);
            let found = (at..len).chain(0..at).find(ready);
            let pick = if spurious { at } else { found.unwrap_or(at) };
            if found.is_some() {
                since = Instant::now();
            }
            let task = &mut self.tasks[pick];
            if task.flag.woken.swap(false, SeqCst) {
                self.ready.fetch_sub(1, SeqCst);
            }
            let mut cx = Context::from_waker(&task.waker);
            if let Poll::Ready(()) = task.future.as_mut().poll(&mut cx) {
                let gone = self.tasks.swap_remove(pick);
                // Wakes that come later find the flag set and are not counted.
                if gone.flag.woken.swap(true, SeqCst) {
                    self.ready.fetch_sub(1, SeqCst);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_wake_up_is_found() {
        let mut chaos = Chaos::new(1);
        chaos.spawn(async {});
        chaos.spawn(std::future::pending());
        assert_eq!(chaos.run(true), Err(1));
    }
}
