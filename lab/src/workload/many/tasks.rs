//! Broadcast between tasks, until the channel closes behind the last sender. A message is one that
//! is sent, however many receive it.

use std::sync::Arc;

use super::super::race::{self, Gate};
use super::super::{Job, work::Work};
use super::pace::Pace;
use crate::meter::Cost;
use crate::shape::TaskBroadcast;
use crate::tally::{Fault, message};

pub(super) fn whole<B: TaskBroadcast>(job: Job) -> Result<Cost, Fault> {
    race::run(job.workers, run::<B>(job, None))
}

pub(super) fn paced<B: TaskBroadcast>(job: Job) -> Result<Cost, Fault> {
    race::run(job.workers, run::<B>(job, Some(Arc::new(Pace::new(job)))))
}

async fn run<B: TaskBroadcast>(job: Job, pace: Option<Arc<Pace>>) -> Result<Cost, Fault> {
    let gate = Arc::new(Gate::new());
    let (tx, rxs) = B::make(job.capacity.room_or(1), job.consumers);
    let consume = |mut rx: B::Rx| {
        let (gate, pace) = (Arc::clone(&gate), pace.clone());
        tokio::spawn(async move {
            let mut tally = super::tally(job);
            let mut seen = 0;
            gate.pass().await;
            while let Some(message) = B::recv(&mut rx).await {
                tally.take(message);
                seen += 1;
                if let Some(pace) = &pace {
                    pace.seen(seen);
                }
            }
            tally
        })
    };
    let produce = |(producer, mut tx): (usize, B::Tx)| {
        let (gate, pace) = (Arc::clone(&gate), pace.clone());
        tokio::spawn(async move {
            let mut work = Work::new(job.work, producer);
            gate.pass().await;
            for sequence in 0..job.share() {
                if !B::send(&mut tx, message(producer, sequence)).await {
                    break;
                }
                work.pause();
                if let Some(pace) = &pace
                    && pace.due(sequence + 1)
                {
                    pace.wait(producer).await;
                }
            }
        })
    };
    let consumers: Vec<_> = rxs.into_iter().map(consume).collect();
    let txs = std::iter::repeat_n(tx, job.producers).enumerate();
    let producers: Vec<_> = txs.map(produce).collect();
    let watch = gate.open(job.producers + job.consumers).await;
    for producer in producers {
        producer.await.map_err(|_| Fault::Panic)?;
    }
    let mut tallies = Vec::with_capacity(consumers.len());
    for consumer in consumers {
        tallies.push(consumer.await.map_err(|_| Fault::Panic)?);
    }
    let cost = watch.stop();
    super::check(job, &tallies).map(|()| cost)
}
