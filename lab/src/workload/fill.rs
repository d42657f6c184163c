//! One thread fills the channel to its capacity, then drains it. An unbounded channel is filled
//! with as many messages as the largest bounded one holds.

use std::hint::black_box;

use super::Job;
use crate::meter::{Cost, Stopwatch};
use crate::shape::Threads;
use crate::tally::{Fault, message};

pub(super) fn run<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = R::make(job.capacity);
    let mut tally = job.tally();
    let watch = Stopwatch::start();
    for first in (0..job.messages).step_by(job.batch()) {
        for sequence in first..first + job.batch() {
            if !R::send(&tx, black_box(message(0, sequence))) {
                break;
            }
        }
        for _ in 0..job.batch() {
            R::recv(&rx).into_iter().for_each(|message| tally.take(message));
        }
    }
    let cost = watch.stop();
    job.check(&tally).map(|()| cost)
}
