//! A message is sent and a select over all channels finds it: what choosing costs when nobody
//! waits. The plain form receives from that channel directly.

use std::hint::black_box;

use tokio::runtime::Builder;

use super::Job;
use super::turns::Feeder;
use crate::meter::{Cost, Stopwatch};
use crate::shape::{TaskPick, Tasks, ThreadPick, Threads};
use crate::tally::{Fault, message};

type Ends<R> = (Vec<<R as Threads>::Tx>, Vec<<R as Threads>::Rx>);
type TaskEnds<R> = (Vec<<R as Tasks>::Tx>, Vec<<R as Tasks>::Rx>);

pub(super) fn threads<P: ThreadPick>(job: Job) -> Result<Cost, Fault> {
    let (txs, mut rxs): Ends<P::Channel> =
        (0..job.arms).map(|_| P::Channel::make(job.capacity)).unzip();
    let mut around = (0..job.busy).cycle();
    let mut feeder = Feeder::new(job, |sequence| {
        around
            .next()
            .is_some_and(|at| P::Channel::try_send(&txs[at], black_box(message(0, sequence))))
    });
    let watch = Stopwatch::start();
    P::serve(&mut rxs, &mut feeder);
    let cost = watch.stop();
    job.check(&feeder.tally).map(|()| cost)
}

pub(super) fn plain_threads<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (txs, mut rxs): Ends<R> = (0..job.arms).map(|_| R::make(job.capacity)).unzip();
    let mut tally = job.tally();
    let watch = Stopwatch::start();
    for (sequence, at) in (0..job.messages).zip((0..job.busy).cycle()) {
        if !R::try_send(&txs[at], black_box(message(0, sequence))) {
            break;
        }
        R::recv(&mut rxs[at]).into_iter().for_each(|message| tally.take(message));
    }
    let cost = watch.stop();
    job.check(&tally).map(|()| cost)
}

pub(super) fn task<P: TaskPick>(job: Job) -> Result<Cost, Fault> {
    let (mut txs, mut rxs): TaskEnds<P::Channel> =
        (0..job.arms).map(|_| P::Channel::make(job.capacity)).unzip();
    let mut around = (0..job.busy).cycle();
    let mut feeder = Feeder::new(job, |sequence| {
        around
            .next()
            .is_some_and(|at| P::Channel::try_send(&mut txs[at], black_box(message(0, sequence))))
    });
    let cost = alone(async {
        let watch = Stopwatch::start();
        P::serve(&mut rxs, &mut feeder).await;
        watch.stop()
    });
    job.check(&feeder.tally).map(|()| cost)
}

pub(super) fn plain_task<R: Tasks>(job: Job) -> Result<Cost, Fault> {
    let (mut txs, mut rxs): TaskEnds<R> = (0..job.arms).map(|_| R::make(job.capacity)).unzip();
    let mut tally = job.tally();
    let cost = alone(async {
        let watch = Stopwatch::start();
        for (sequence, at) in (0..job.messages).zip((0..job.busy).cycle()) {
            if !R::try_send(&mut txs[at], black_box(message(0, sequence))) {
                break;
            }
            R::recv(&mut rxs[at]).await.into_iter().for_each(|message| tally.take(message));
        }
        watch.stop()
    });
    job.check(&tally).map(|()| cost)
}

/// The only task of a runtime without threads.
fn alone<F: Future>(task: F) -> F::Output {
    Builder::new_current_thread().build().expect("a runtime starts").block_on(task)
}
