//! Threads that only send, threads that only receive, until the channel closes behind the last
//! sender. The clock runs from the gate, when every thread is there, to the last join.

use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};

use super::Job;
use crate::meter::{Cost, Stopwatch};
use crate::shape::Threads;
use crate::tally::{Fault, message};

/// Lets all threads go at once. The first barrier says that they are there; the second holds them
/// until the clock runs, so that none is ahead of it.
pub(super) struct Gate {
    arrived: Barrier,
    open: Barrier,
}

impl Gate {
    pub(super) fn new(threads: usize) -> Self {
        Self { arrived: Barrier::new(threads + 1), open: Barrier::new(threads + 1) }
    }

    pub(super) fn pass(&self) {
        self.arrived.wait();
        self.open.wait();
    }

    pub(super) fn open(&self) -> Stopwatch {
        self.arrived.wait();
        let watch = Stopwatch::start();
        self.open.wait();
        watch
    }
}

pub(super) fn run<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = R::make(job.capacity);
    let gate = &Gate::new(job.producers + job.consumers);
    thread::scope(|scope| {
        let consumers: Vec<ScopedJoinHandle<'_, _>> = std::iter::repeat_n(rx, job.consumers)
            .map(|rx| {
                scope.spawn(move || {
                    let mut tally = job.tally();
                    gate.pass();
                    while let Some(message) = R::recv(&rx) {
                        tally.take(message);
                    }
                    tally
                })
            })
            .collect();
        let producers: Vec<ScopedJoinHandle<'_, _>> = std::iter::repeat_n(tx, job.producers)
            .enumerate()
            .map(|(producer, tx)| {
                scope.spawn(move || {
                    gate.pass();
                    (0..job.share()).all(|sequence| R::send(&tx, message(producer, sequence)))
                })
            })
            .collect();
        let watch = gate.open();
        let sent = producers.into_iter().map(ScopedJoinHandle::join).all(|sent| sent.is_ok());
        let tallies: Result<Vec<_>, _> =
            consumers.into_iter().map(ScopedJoinHandle::join).collect();
        let cost = watch.stop();
        let (true, Ok(tallies)) = (sent, tallies) else { return Err(Fault::Panic) };
        job.check_all(&tallies).map(|()| cost)
    })
}
