//! One thread sends a message and receives it, again and again: the bare cost of both operations
//! with every line in cache and nobody to contend with.

use std::hint::black_box;

use super::Job;
use crate::meter::{Cost, Stopwatch};
use crate::shape::Threads;
use crate::tally::{Fault, message};

pub(super) fn run<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = R::make(job.capacity);
    let mut tally = job.tally();
    let watch = Stopwatch::start();
    for sequence in 0..job.messages {
        if !R::send(&tx, black_box(message(0, sequence))) {
            break;
        }
        R::recv(&rx).into_iter().for_each(|message| tally.take(message));
    }
    let cost = watch.stop();
    job.check(&tally).map(|()| cost)
}
