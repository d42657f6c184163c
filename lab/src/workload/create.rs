//! A channel's whole life in one thread. Libraries that allocate at the first message show it in
//! the second form only, so the two belong together.

use std::hint::black_box;

use super::Job;
use crate::meter::{Cost, Stopwatch};
use crate::shape::Threads;
use crate::tally::{Fault, message};

/// Creates and drops.
pub(super) fn create<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let watch = Stopwatch::start();
    for _ in 0..job.messages {
        drop(black_box(R::make(black_box(job.capacity))));
    }
    Ok(watch.stop())
}

/// Creates, sends one message, receives it, drops.
pub(super) fn once<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let mut tally = job.tally();
    let watch = Stopwatch::start();
    for sequence in 0..job.messages {
        let (tx, mut rx) = R::make(black_box(job.capacity));
        if !R::send(&tx, message(0, sequence)) {
            break;
        }
        R::recv(&mut rx).into_iter().for_each(|message| tally.take(message));
    }
    let cost = watch.stop();
    job.check(&tally).map(|()| cost)
}
