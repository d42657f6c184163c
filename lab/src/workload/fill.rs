//! One thread fills the channel to its capacity, then drains it. An unbounded channel is filled
//! with as many messages as the largest bounded one holds.

use std::hint::black_box;

use super::{Job, by_payload};
use crate::meter::{Cost, Stopwatch};
use crate::shape::{AnyThreads, Message, Threads};
use crate::tally::{Fault, message};

pub(super) fn run<R: AnyThreads>(job: Job) -> Result<Cost, Fault> {
    by_payload!(job, carry::<R>)
}

fn carry<R: Threads<M>, M: Message>(job: Job) -> Result<Cost, Fault> {
    let (tx, mut rx) = R::make(job.capacity);
    let mut tally = job.tally();
    let watch = Stopwatch::start();
    for first in (0..job.messages).step_by(job.batch()) {
        for sequence in first..first + job.batch() {
            if !R::send(&tx, black_box(M::pack(message(0, sequence)))) {
                break;
            }
        }
        for _ in 0..job.batch() {
            R::recv(&mut rx).into_iter().for_each(|message| tally.take(message.unpack()));
        }
    }
    let cost = watch.stop();
    job.check(&tally).map(|()| cost)
}
