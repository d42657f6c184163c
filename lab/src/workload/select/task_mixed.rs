//! Tasks that select among sends, as the threads of `mixed` do.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Job;
use super::turns::{All, Side};
use crate::meter::Cost;
use crate::shape::{MIXED, TaskMix, TaskPick, Tasks};
use crate::tally::{Fault, Tally, message};
use crate::workload::task_streams::{Gate, runtime};

type Tx<M> = <<M as TaskMix>::Channel as Tasks>::Tx;
type Rx<M> = <<M as TaskMix>::Channel as Tasks>::Rx;

pub(super) fn cross<M: TaskMix>(job: Job) -> Result<Cost, Fault> {
    let runtime = runtime(job.workers);
    let race = runtime.spawn(async move {
        let (to_right, from_left) = M::Channel::make(job.capacity);
        let (to_left, from_right) = M::Channel::make(job.capacity);
        let gate = Arc::new(Gate::new());
        let left = tokio::spawn(side::<M>(job, Arc::clone(&gate), to_right, from_right));
        let right = tokio::spawn(side::<M>(job, Arc::clone(&gate), to_left, from_left));
        let watch = gate.open(2).await;
        let (left, right) = (left.await, right.await);
        let cost = watch.stop();
        let (Ok(left), Ok(right)) = (left, right) else { return Err(Fault::Panic) };
        left.check(&right, job).map(|()| cost)
    });
    runtime.block_on(race).map_err(|_| Fault::Panic)?
}

async fn side<M: TaskMix>(job: Job, gate: Arc<Gate>, tx: Tx<M>, mut rx: Rx<M>) -> Side {
    let mut side = Side::new(job);
    gate.pass().await;
    while side.go_on() {
        let event = M::either(&tx, side.next(), &mut rx).await;
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
    M: TaskMix<Channel: Tasks<Rx: Clone>>,
{
    let runtime = runtime(job.workers);
    let race = runtime.spawn(async move {
        let (txs, rxs): (Vec<_>, Vec<_>) =
            (0..MIXED).map(|_| M::Channel::make(job.capacity)).unzip();
        let gate = Arc::new(Gate::new());
        let consumers: Vec<_> = std::iter::repeat_n(rxs, job.consumers)
            .map(|rxs| consume::<M>(job, Arc::clone(&gate), rxs))
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
    });
    runtime.block_on(race).map_err(|_| Fault::Panic)?
}

fn consume<M: TaskMix>(job: Job, gate: Arc<Gate>, mut rxs: Vec<Rx<M>>) -> JoinHandle<Tally> {
    tokio::spawn(async move {
        let mut all = All(job.tally());
        gate.pass().await;
        M::Pick::serve(&mut rxs, &mut all).await;
        for rx in &mut rxs {
            while let Some(message) = M::Channel::recv(rx).await {
                all.0.take(message);
            }
        }
        all.0
    })
}

fn produce<M: TaskMix>(
    job: Job,
    gate: Arc<Gate>,
    producer: usize,
    txs: Vec<Tx<M>>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        gate.pass().await;
        for sequence in 0..job.share() {
            if !M::send_any(&txs, message(producer, sequence)).await {
                break;
            }
        }
    })
}
