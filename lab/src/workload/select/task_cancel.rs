//! Tasks that send unless they are told to stop, as the threads of `cancel` do.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Job;
use crate::meter::Cost;
use crate::shape::{Capacity, Event, TaskMix, Tasks};
use crate::tally::{Fault, Tally, message};
use crate::workload::race::{self, Gate};
use crate::workload::work::Work;

type Tx<M> = <<M as TaskMix>::Channel as Tasks>::Tx;
type Rx<M> = <<M as TaskMix>::Channel as Tasks>::Rx;

/// One of each side, so that no receiver is shared.
pub(super) fn lone<M: TaskMix>(job: Job) -> Result<Cost, Fault> {
    start::<M>(job, |rx, _| vec![rx])
}

pub(super) fn crowd<M>(job: Job) -> Result<Cost, Fault>
where
    M: TaskMix<Channel: Tasks<usize, Rx: Clone>>,
{
    start::<M>(job, |rx, count| vec![rx; count])
}

fn start<M: TaskMix>(job: Job, share: fn(Rx<M>, usize) -> Vec<Rx<M>>) -> Result<Cost, Fault> {
    let (tx, rx) = M::Channel::make(job.capacity);
    let (cancel, cancelled) = M::Channel::make(Capacity::Bounded(1));
    let (rxs, cancelled) = (share(rx, job.consumers), share(cancelled, job.producers));
    let outcome = race::run(job.workers, run::<M>(job, tx, rxs, cancelled));
    drop(cancel);
    outcome
}

async fn run<M: TaskMix>(
    job: Job,
    tx: Tx<M>,
    rxs: Vec<Rx<M>>,
    cancelled: Vec<Rx<M>>,
) -> Result<Cost, Fault> {
    let gate = Arc::new(Gate::new());
    let consumers: Vec<_> = rxs
        .into_iter()
        .enumerate()
        .map(|(consumer, rx)| consume::<M>(job, Arc::clone(&gate), consumer, rx))
        .collect();
    let producers: Vec<_> = std::iter::repeat_n(tx, job.producers)
        .zip(cancelled)
        .enumerate()
        .map(|(producer, (tx, cancelled))| {
            produce::<M>(job, Arc::clone(&gate), producer, tx, cancelled)
        })
        .collect();
    let watch = gate.open(job.producers + job.consumers).await;
    for producer in producers {
        producer.await.map_err(|_| Fault::Panic)?;
    }
    let mut tallies = Vec::with_capacity(job.consumers);
    for consumer in consumers {
        tallies.push(consumer.await.map_err(|_| Fault::Panic)?);
    }
    let cost = watch.stop();
    job.check_all(&tallies).map(|()| cost)
}

fn consume<M: TaskMix>(
    job: Job,
    gate: Arc<Gate>,
    consumer: usize,
    mut rx: Rx<M>,
) -> JoinHandle<Tally> {
    tokio::spawn(async move {
        let mut tally = job.tally();
        let mut work = Work::new(job.work, job.producers + consumer);
        gate.pass().await;
        while let Some(message) = M::Channel::recv(&mut rx).await {
            tally.take(message);
            work.pause();
        }
        tally
    })
}

fn produce<M: TaskMix>(
    job: Job,
    gate: Arc<Gate>,
    producer: usize,
    mut tx: Tx<M>,
    mut cancelled: Rx<M>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut work = Work::new(job.work, producer);
        gate.pass().await;
        for sequence in 0..job.share() {
            let sent = M::either(&mut tx, message(producer, sequence), &mut cancelled).await;
            if sent != Event::Sent {
                break;
            }
            work.pause();
        }
    })
}
