//! One task sends a message and receives it: both futures are ready at the first poll, so this is
//! the cost of the operations as futures.

use std::hint::black_box;

use super::{Job, by_payload, race};
use crate::meter::{Cost, Stopwatch};
use crate::shape::{AnyTasks, Message, Tasks};
use crate::tally::{Fault, message};

pub(super) fn run<R: AnyTasks>(job: Job) -> Result<Cost, Fault> {
    by_payload!(job, carry::<R>)
}

fn carry<R: Tasks<M>, M: Message>(job: Job) -> Result<Cost, Fault> {
    let (mut tx, mut rx) = R::make(job.capacity);
    race::run(job.workers, async move {
        let mut tally = job.tally();
        let watch = Stopwatch::start();
        for sequence in 0..job.messages {
            if !R::send(&mut tx, black_box(M::pack(message(0, sequence)))).await {
                break;
            }
            R::recv(&mut rx).await.into_iter().for_each(|message| tally.take(message.unpack()));
        }
        let cost = watch.stop();
        job.check(&tally).map(|()| cost)
    })
}
