//! Threads that only send, threads that only receive, until the channel closes behind the last
//! sender. The clock runs from the gate, when every thread is there, to the last join.

use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};

use super::work::Work;
use super::{Job, by_payload};
use crate::meter::{Cost, Stopwatch};
use crate::shape::{AnyThreads, Message, SharedThreads, Threads};
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

/// With one consumer, so that no receiver is shared.
pub(super) fn lone<R: AnyThreads>(job: Job) -> Result<Cost, Fault> {
    by_payload!(job, alone::<R>)
}

pub(super) fn crowd<R: SharedThreads>(job: Job) -> Result<Cost, Fault> {
    by_payload!(job, shared::<R>)
}

fn alone<R: Threads<M>, M: Message>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = R::make(job.capacity);
    run::<R, M>(job, tx, vec![rx])
}

fn shared<R: Threads<M, Rx: Clone>, M: Message>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = R::make(job.capacity);
    run::<R, M>(job, tx, vec![rx; job.consumers])
}

fn run<R: Threads<M>, M: Message>(job: Job, tx: R::Tx, rxs: Vec<R::Rx>) -> Result<Cost, Fault> {
    let gate = &Gate::new(job.producers + rxs.len());
    thread::scope(|scope| {
        let consumers: Vec<ScopedJoinHandle<'_, _>> = rxs
            .into_iter()
            .enumerate()
            .map(|(consumer, mut rx)| {
                scope.spawn(move || {
                    let mut tally = job.tally();
                    let mut work = Work::new(job.work, job.producers + consumer);
                    gate.pass();
                    while let Some(message) = R::recv(&mut rx) {
                        tally.take(message.unpack());
                        work.pause();
                    }
                    tally
                })
            })
            .collect();
        let producers: Vec<ScopedJoinHandle<'_, _>> = std::iter::repeat_n(tx, job.producers)
            .enumerate()
            .map(|(producer, tx)| {
                scope.spawn(move || {
                    let mut work = Work::new(job.work, producer);
                    gate.pass();
                    for sequence in 0..job.share() {
                        if !R::send(&tx, M::pack(message(producer, sequence))) {
                            break;
                        }
                        work.pause();
                    }
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
