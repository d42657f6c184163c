//! Tasks that select among sends, as the threads of `mixed` do.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Job;
use super::turns::{All, Side};
use crate::meter::Cost;
use crate::shape::{MIXED, TaskMix, TaskPick, Tasks, Turns};
use crate::tally::{Fault, Tally, message};
use crate::workload::race::{self, Gate};
use crate::workload::work::Work;

type Tx<M> = <<M as TaskMix>::Channel as Tasks>::Tx;
type Rx<M> = <<M as TaskMix>::Channel as Tasks>::Rx;

pub(super) fn cross<M: TaskMix>(job: Job) -> Result<Cost, Fault> {
    race::run(job.workers, async move {
        let (to_right, from_left) = M::Channel::make(job.capacity);
        let (to_left, from_right) = M::Channel::make(job.capacity);
        let gate = Arc::new(Gate::new());
        let left = tokio::spawn(side::<M>(job, Arc::clone(&gate), 0, to_right, from_right));
        let right = tokio::spawn(side::<M>(job, Arc::clone(&gate), 1, to_left, from_left));
        let watch = gate.open(2).await;
        let (left, right) = (left.await, right.await);
        let cost = watch.stop();
        let (Ok(left), Ok(right)) = (left, right) else { return Err(Fault::Panic) };
        left.check(&right, job).map(|()| cost)
    })
}

async fn side<M: TaskMix>(
    job: Job,
    gate: Arc<Gate>,
    seed: usize,
    mut tx: Tx<M>,
    mut rx: Rx<M>,
) -> Side {
    let mut side = Side::new(job, seed);
    gate.pass().await;
    while side.go_on() {
        let event = M::either(&mut tx, side.next(), &mut rx).await;
        side.note(event);
    }
    drop(tx);
    while let Some(message) = M::Channel::recv(&mut rx).await {
        side.take(message);
    }
    side
}

pub(super) fn both<M>(job: Job) -> Result<Cost, Fault>
where
    M: TaskMix<Channel: Tasks<usize, Rx: Clone>>,
{
    race::run(job.workers, async move {
        let (txs, rxs): (Vec<_>, Vec<_>) =
            (0..MIXED).map(|_| M::Channel::make(job.capacity)).unzip();
        let gate = Arc::new(Gate::new());
        let consumers: Vec<_> = std::iter::repeat_n(rxs, job.consumers)
            .enumerate()
            .map(|(consumer, rxs)| consume::<M>(job, Arc::clone(&gate), consumer, rxs))
            .collect();
        let producers: Vec<_> = std::iter::repeat_n(txs, job.producers)
            .enumerate()
            .map(|(producer, txs)| produce::<M>(job, Arc::clone(&gate), producer, txs))
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
    })
}

fn consume<M: TaskMix>(
    job: Job,
    gate: Arc<Gate>,
    consumer: usize,
    mut rxs: Vec<Rx<M>>,
) -> JoinHandle<Tally> {
    tokio::spawn(async move {
        let mut all = All::new(job, consumer);
        gate.pass().await;
        M::Pick::serve(&mut rxs, &mut all).await;
        for rx in &mut rxs {
            while let Some(message) = M::Channel::recv(rx).await {
                all.take(message);
            }
        }
        all.tally
    })
}

fn produce<M: TaskMix>(
    job: Job,
    gate: Arc<Gate>,
    producer: usize,
    mut txs: Vec<Tx<M>>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut work = Work::new(job.work, producer);
        gate.pass().await;
        for sequence in 0..job.share() {
            if !M::send_any(&mut txs, message(producer, sequence)).await {
                break;
            }
            work.pause();
        }
    })
}
