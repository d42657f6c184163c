//! A thread at one end of a channel, a task of a runtime at the other. The clock runs from when the
//! task has been polled once until whoever receives has seen the close.

use std::sync::Arc;

use super::Job;
use super::race::{Gate, Race};
use super::work::Work;
use crate::meter::{Cost, Stopwatch};
use crate::shape::{Bridge, Tasks, Threads};
use crate::tally::{Fault, message};

pub(super) fn to_task<B: Bridge>(job: Job) -> Result<Cost, Fault> {
    let (tx, mut rx) = B::to_task(job.capacity);
    let gate = Arc::new(Gate::new());
    let at_task = Arc::clone(&gate);
    let race = Race::start(job.workers, async move {
        let mut tally = job.tally();
        let mut work = Work::new(job.work, 1);
        at_task.pass().await;
        while let Some(message) = B::Tasks::recv(&mut rx).await {
            tally.take(message);
            work.pause();
        }
        let end = Stopwatch::start();
        job.check(&tally).map(|()| end)
    });
    let mut work = Work::new(job.work, 0);
    let watch = gate.open_blocking(1);
    for sequence in 0..job.messages {
        if !B::Threads::send(&tx, message(0, sequence)) {
            break;
        }
        work.pause();
    }
    drop(tx);
    race.end().map(|end| watch.until(end))
}

pub(super) fn to_thread<B: Bridge>(job: Job) -> Result<Cost, Fault> {
    let (mut tx, mut rx) = B::to_thread(job.capacity);
    let gate = Arc::new(Gate::new());
    let at_task = Arc::clone(&gate);
    let race = Race::start(job.workers, async move {
        let mut work = Work::new(job.work, 0);
        at_task.pass().await;
        for sequence in 0..job.messages {
            if !B::Tasks::send(&mut tx, message(0, sequence)).await {
                break;
            }
            work.pause();
        }
        Ok(())
    });
    let mut tally = job.tally();
    let mut work = Work::new(job.work, 1);
    let watch = gate.open_blocking(1);
    while let Some(message) = B::Threads::recv(&mut rx) {
        tally.take(message);
        work.pause();
    }
    let cost = watch.stop();
    race.end()?;
    job.check(&tally).map(|()| cost)
}
