//! One task sends a message and receives it: both futures are ready at the first poll, so this is
//! the cost of the operations as futures.

use std::hint::black_box;

use super::Job;
use super::task_streams::runtime;
use crate::meter::{Cost, Stopwatch};
use crate::shape::Tasks;
use crate::tally::{Fault, message};

pub(super) fn run<R: Tasks>(job: Job) -> Result<Cost, Fault> {
    let runtime = runtime(job.workers);
    let (tx, mut rx) = R::make(job.capacity);
    let task = runtime.spawn(async move {
        let mut tally = job.tally();
        let watch = Stopwatch::start();
        for sequence in 0..job.messages {
            if !R::send(&tx, black_box(message(0, sequence))).await {
                break;
            }
            R::recv(&mut rx).await.into_iter().for_each(|message| tally.take(message));
        }
        let cost = watch.stop();
        job.check(&tally).map(|()| cost)
    });
    runtime.block_on(task).map_err(|_| Fault::Panic)?
}
