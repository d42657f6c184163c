//! Tasks that only send, tasks that only receive, on a multi-thread runtime with as many workers
//! as the row says. The clock runs in one more task of that runtime, from the gate, when every task
//! has been polled once, to the last join: with one worker nothing leaves it.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::race::{self, Gate};
use super::work::Work;
use super::{Job, by_payload};
use crate::meter::Cost;
use crate::shape::{AnyTasks, Message, SharedTasks, Tasks};
use crate::tally::{Fault, Tally, message};

/// With one consumer, so that no receiver is shared.
pub(super) fn lone<R: AnyTasks>(job: Job) -> Result<Cost, Fault> {
    by_payload!(job, alone::<R>)
}

pub(super) fn crowd<R: SharedTasks>(job: Job) -> Result<Cost, Fault> {
    by_payload!(job, shared::<R>)
}

fn alone<R: Tasks<M>, M: Message>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = R::make(job.capacity);
    race::run(job.workers, run::<R, M>(job, tx, vec![rx]))
}

fn shared<R: Tasks<M, Rx: Clone>, M: Message>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = R::make(job.capacity);
    race::run(job.workers, run::<R, M>(job, tx, vec![rx; job.consumers]))
}

async fn run<R: Tasks<M>, M: Message>(job: Job, tx: R::Tx, rxs: Vec<R::Rx>) -> Result<Cost, Fault> {
    let gate = Arc::new(Gate::new());
    let tasks = job.producers + rxs.len();
    let mut consumers = Vec::with_capacity(rxs.len());
    let mut producers = Vec::with_capacity(job.producers);
    let mut rxs = rxs.into_iter().enumerate();
    let mut txs = std::iter::repeat_n(tx, job.producers).enumerate();
    for _ in 0..tasks {
        if let Some((consumer, rx)) = rxs.next() {
            consumers.push(consume::<R, M>(job, Arc::clone(&gate), consumer, rx));
        }
        if let Some((producer, tx)) = txs.next() {
            producers.push(produce::<R, M>(job, Arc::clone(&gate), producer, tx));
        }
    }
    let watch = gate.open(tasks).await;
    for producer in producers {
        producer.await.map_err(|_| Fault::Panic)?;
    }
    let mut received = job.tally();
    for consumer in consumers {
        received.add(&consumer.await.map_err(|_| Fault::Panic)?);
    }
    let cost = watch.stop();
    job.check(&received).map(|()| cost)
}

fn consume<R: Tasks<M>, M: Message>(
    job: Job,
    gate: Arc<Gate>,
    consumer: usize,
    mut rx: R::Rx,
) -> JoinHandle<Tally> {
    tokio::spawn(async move {
        let mut tally = job.tally();
        let mut work = Work::new(job.work, job.producers + consumer);
        gate.pass().await;
        while let Some(message) = R::recv(&mut rx).await {
            tally.take(message.unpack());
            work.pause();
        }
        tally
    })
}

fn produce<R: Tasks<M>, M: Message>(
    job: Job,
    gate: Arc<Gate>,
    producer: usize,
    mut tx: R::Tx,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut work = Work::new(job.work, producer);
        gate.pass().await;
        for sequence in 0..job.share() {
            if !R::send(&mut tx, M::pack(message(producer, sequence))).await {
                break;
            }
            work.pause();
        }
    })
}
