//! A round of tasks: a fresh runtime, a task that holds the clock, and an end even if tasks wait
//! for each other for ever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task;

use crate::meter::{Cost, Stopwatch};
use crate::tally::Fault;

/// The longest that a round may take; a million tasks need two or three seconds, and some libraries
/// an hour. Tasks that hang can be dropped, unlike threads.
const PATIENCE: Duration = Duration::from_secs(10);

/// A round that runs.
pub(super) struct Race<T> {
    runtime: Runtime,
    outcome: Receiver<Result<T, Fault>>,
}

impl<T: Send + 'static> Race<T> {
    /// Runs `race` on a runtime whose workers have started. In a box, so that the runtime's part of
    /// a task is not compiled for every race anew: this one is polled a few times a round.
    pub(super) fn start<F>(workers: usize, race: F) -> Self
    where
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        Self::start_boxed(workers, Box::pin(race))
    }

    fn start_boxed(workers: usize, race: BoxFuture<'static, Result<T, Fault>>) -> Self {
        let runtime = runtime(workers);
        let (done, outcome) = mpsc::channel();
        runtime.spawn(async move {
            // Nobody waits for a round that took too long.
            let _ = done.send(race.await);
        });
        Self { runtime, outcome }
    }

    pub(super) fn end(self) -> Result<T, Fault> {
        self.end_within(PATIENCE)
    }

    fn end_within(self, patience: Duration) -> Result<T, Fault> {
        match self.outcome.recv_timeout(patience) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Disconnected) => Err(Fault::Panic),
            Err(RecvTimeoutError::Timeout) => {
                self.runtime.shutdown_background();
                Err(Fault::Hung)
            }
        }
    }
}

/// A runtime whose workers have started.
fn runtime(workers: usize) -> Runtime {
    let runtime = Builder::new_multi_thread().worker_threads(workers).build();
    let runtime = runtime.expect("a runtime starts");
    runtime.block_on(runtime.spawn(async {})).expect("an empty task ends");
    runtime
}

/// Runs `race` from its start to its end.
pub(super) fn run<F>(workers: usize, race: F) -> Result<Cost, Fault>
where
    F: Future<Output = Result<Cost, Fault>> + Send + 'static,
{
    Race::start(workers, race).end()
}

/// Holds the tasks until all are there and the clock runs: to spawn a thousand takes as long as to
/// pass on some thousand messages.
pub(super) struct Gate {
    arrived: AtomicUsize,
    open: Semaphore,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { arrived: AtomicUsize::new(0), open: Semaphore::new(0) }
    }

    pub(super) async fn pass(&self) {
        // Release: the last one in; pairs with the Acquire in `open`.
        self.arrived.fetch_add(1, Ordering::Release);
        self.open.acquire().await.expect("no one closes the gate").forget();
    }

    pub(super) async fn open(&self, tasks: usize) -> Stopwatch {
        // Acquire: pairs with the Release in `pass`.
        while self.arrived.load(Ordering::Acquire) < tasks {
            task::yield_now().await;
        }
        self.release(tasks)
    }

    /// For a clock outside of the runtime.
    pub(super) fn open_blocking(&self, tasks: usize) -> Stopwatch {
        // Acquire: pairs with the Release in `pass`.
        while self.arrived.load(Ordering::Acquire) < tasks {
            thread::yield_now();
        }
        self.release(tasks)
    }

    fn release(&self, tasks: usize) -> Stopwatch {
        let watch = Stopwatch::start();
        self.open.add_permits(tasks);
        watch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_hangs_is_a_fault() {
        let race = Race::<()>::start(1, std::future::pending());
        assert_eq!(race.end_within(Duration::from_millis(10)), Err(Fault::Hung));
    }

    #[test]
    fn a_round_that_panics_is_a_fault() {
        let race = Race::<()>::start(1, async { panic!("on purpose") });
        assert_eq!(race.end(), Err(Fault::Panic));
    }
}
