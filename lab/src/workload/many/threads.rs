//! Broadcast between threads; otherwise like that between tasks.

use std::sync::Arc;
use std::thread;

use super::super::Job;
use super::super::streams::Gate;
use super::super::work::Work;
use super::pace::Pace;
use crate::meter::Cost;
use crate::shape::ThreadBroadcast;
use crate::tally::{Fault, message};

pub(super) fn whole<B: ThreadBroadcast>(job: Job) -> Result<Cost, Fault> {
    run::<B>(job, None)
}

pub(super) fn paced<B: ThreadBroadcast>(job: Job) -> Result<Cost, Fault> {
    run::<B>(job, Some(Arc::new(Pace::new(job))))
}

fn run<B: ThreadBroadcast>(job: Job, pace: Option<Arc<Pace>>) -> Result<Cost, Fault> {
    let gate = &Gate::new(job.producers + job.consumers);
    let pace = pace.as_deref();
    let (tx, rxs) = B::make(job.capacity.room_or(1), job.consumers);
    thread::scope(|scope| {
        let consume = |mut rx: B::Rx| {
            scope.spawn(move || {
                let mut tally = super::tally(job);
                let mut seen = 0;
                gate.pass();
                while let Some(message) = B::recv(&mut rx) {
                    tally.take(message);
                    seen += 1;
                    if let Some(pace) = pace {
                        pace.seen(seen);
                    }
                }
                tally
            })
        };
        let produce = |(producer, mut tx): (usize, B::Tx)| {
            scope.spawn(move || {
                let mut work = Work::new(job.work, producer);
                gate.pass();
                for sequence in 0..job.share() {
                    if !B::send(&mut tx, message(producer, sequence)) {
                        break;
                    }
                    work.pause();
                    if let Some(pace) = pace
                        && pace.due(sequence + 1)
                    {
                        futures::executor::block_on(pace.wait(producer));
                    }
                }
            })
        };
        let consumers: Vec<_> = rxs.into_iter().map(consume).collect();
        let txs = std::iter::repeat_n(tx, job.producers).enumerate();
        let producers: Vec<_> = txs.map(produce).collect();
        let watch = gate.open();
        let sent = producers.into_iter().map(thread::ScopedJoinHandle::join).all(|it| it.is_ok());
        let tallies: Result<Vec<_>, _> =
            consumers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        let cost = watch.stop();
        let (true, Ok(tallies)) = (sent, tallies) else { return Err(Fault::Panic) };
        super::check(job, &tallies).map(|()| cost)
    })
}
