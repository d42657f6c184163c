//! One task selects over many channels, others send into some of them. The clock runs from the
//! gate, when the receiver has had one message and waits, to the last message.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use tokio::task;

use super::turns::Taker;
use super::{Job, LINGER};
use crate::meter::Cost;
use crate::shape::{TaskPick, Tasks, Turns};
use crate::tally::{Fault, message};
use crate::workload::task_streams::{Gate, runtime};

pub(super) fn run<P: TaskPick>(job: Job) -> Result<Cost, Fault> {
    let runtime = runtime(job.workers);
    let (txs, rxs): (Vec<_>, Vec<_>) =
        (0..job.arms).map(|_| P::Channel::make(job.capacity)).unzip();
    let (alive, ended) = mpsc::channel::<()>();
    let race = runtime.spawn(race::<P>(job, txs.clone(), rxs, alive));
    let _ = ended.recv_timeout(LINGER);
    drop(txs);
    runtime.block_on(race).map_err(|_| Fault::Panic)?
}

async fn race<P: TaskPick>(
    job: Job,
    txs: Vec<<P::Channel as Tasks>::Tx>,
    mut rxs: Vec<<P::Channel as Tasks>::Rx>,
    alive: mpsc::Sender<()>,
) -> Result<Cost, Fault> {
    if !P::Channel::send(&txs[job.arms - 1], 0).await {
        return Err(Fault::Answer);
    }
    let gate = Arc::new(Gate::new());
    let warm = Arc::new(AtomicBool::new(false));
    let mut taker = Taker::new(job, Arc::clone(&warm));
    let receiver = tokio::spawn(async move {
        let _alive = alive;
        P::serve(&mut rxs, &mut taker).await;
        if taker.cut_short() {
            for rx in &mut rxs {
                while let Some(message) = P::Channel::recv(rx).await {
                    taker.take(message);
                }
            }
        }
        taker
    });
    for producer in 0..job.producers {
        let (gate, txs) = (Arc::clone(&gate), txs.clone());
        tokio::spawn(async move {
            gate.pass().await;
            let first = producer * job.busy / job.producers;
            let around = txs[..job.busy].iter().cycle().skip(first);
            for (sequence, tx) in (0..job.share()).zip(around) {
                if !P::Channel::send(tx, message(producer, sequence)).await {
                    break;
                }
            }
        });
    }
    drop(txs);
    // Acquire: the receiver is warm; pairs with the Release in `take`.
    while !warm.load(Ordering::Acquire) && !receiver.is_finished() {
        task::yield_now().await;
    }
    let watch = gate.open(job.producers).await;
    receiver.await.map_err(|_| Fault::Panic)?.check(job, watch)
}
