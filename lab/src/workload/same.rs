//! One thread sends a message and receives it, again and again: the bare cost of both operations
//! with every line in cache and nobody to contend with.

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
    for sequence in 0..job.messages {
        if !R::send(&tx, black_box(M::pack(message(0, sequence)))) {
            break;
        }
        R::recv(&mut rx).into_iter().for_each(|message| tally.take(message.unpack()));
    }
    let cost = watch.stop();
    job.check(&tally).map(|()| cost)
}
