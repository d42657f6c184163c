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
use crate::workload::race::{Gate, Race};

pub(super) fn run<P: TaskPick>(job: Job) -> Result<Cost, Fault> {
    let (txs, rxs): (Vec<_>, Vec<_>) =
        (0..job.arms).map(|_| P::Channel::make(job.capacity)).unzip();
    let (alive, ended) = mpsc::channel::<()>();
    let race = Race::start(job.workers, race::<P>(job, txs.clone(), rxs, alive));
    let _ = ended.recv_timeout(LINGER);
    drop(txs);
    race.end()
}

async fn race<P: TaskPick>(
    job: Job,
    mut txs: Vec<<P::Channel as Tasks>::Tx>,
    mut rxs: Vec<<P::Channel as Tasks>::Rx>,
    alive: mpsc::Sender<()>,
) -> Result<Cost, Fault> {
    if !P::Channel::send(&mut txs[job.arms - 1], 0).await {
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
        let (gate, mut txs) = (Arc::clone(&gate), txs.clone());
        tokio::spawn(async move {
            gate.pass().await;
            let first = producer * job.busy / job.producers;
            let around = (0..job.busy).cycle().skip(first);
            for (sequence, at) in (0..job.share()).zip(around) {
                if !P::Channel::send(&mut txs[at], message(producer, sequence)).await {
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
