//! Tasks that only send, tasks that only receive, on a multi-thread runtime with as many workers
//! as the row says. The clock runs in one more task of that runtime, from the gate, when every task
//! has been polled once, to the last join: with one worker nothing leaves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::{self, JoinHandle};

use super::Job;
use crate::meter::{Cost, Stopwatch};
use crate::shape::Tasks;
use crate::tally::{Fault, Tally, message};

/// A fresh runtime whose workers have started.
pub(super) fn runtime(workers: usize) -> Runtime {
    let runtime = Builder::new_multi_thread().worker_threads(workers).build();
    let runtime = runtime.expect("a runtime starts");
    runtime.block_on(runtime.spawn(async {})).expect("an empty task ends");
    runtime
}

/// Holds the tasks until all are there and the clock runs: to spawn a thousand takes as long as to
/// pass on some thousand messages.
pub(super) struct Gate {
    arrived: AtomicUsize,
    open: Semaphore,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { arrived: AtomicUsize::new(0), open: Semaphore::new(0) }
    }

    pub(super) async fn pass(&self) {
        // Release: the last one in; pairs with the Acquire in `open`.
        self.arrived.fetch_add(1, Ordering::Release);
        self.open.acquire().await.expect("no one closes the gate").forget();
    }

    pub(super) async fn open(&self, tasks: usize) -> Stopwatch {
        // Acquire: pairs with the Release in `pass`.
        while self.arrived.load(Ordering::Acquire) < tasks {
            task::yield_now().await;
        }
        let watch = Stopwatch::start();
        self.open.add_permits(tasks);
        watch
    }
}

pub(super) fn run<R: Tasks<Rx: Clone>>(job: Job) -> Result<Cost, Fault> {
    let runtime = runtime(job.workers);
    let (tx, rx) = R::make(job.capacity);
    runtime.block_on(runtime.spawn(race::<R>(job, tx, rx))).map_err(|_| Fault::Panic)?
}

async fn race<R: Tasks<Rx: Clone>>(job: Job, tx: R::Tx, rx: R::Rx) -> Result<Cost, Fault> {
    let gate = Arc::new(Gate::new());
    let mut consumers = Vec::with_capacity(job.consumers);
    let mut producers = Vec::with_capacity(job.producers);
    for place in 0..job.consumers.max(job.producers) {
        if place < job.consumers {
            consumers.push(consume::<R>(job, Arc::clone(&gate), rx.clone()));
        }
        if place < job.producers {
            producers.push(produce::<R>(job, Arc::clone(&gate), place, tx.clone()));
        }
    }
    drop((tx, rx));
    let watch = gate.open(job.producers + job.consumers).await;
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

fn consume<R: Tasks>(job: Job, gate: Arc<Gate>, mut rx: R::Rx) -> JoinHandle<Tally> {
    tokio::spawn(async move {
        let mut tally = job.tally();
        gate.pass().await;
        while let Some(message) = R::recv(&mut rx).await {
            tally.take(message);
        }
        tally
    })
}

fn produce<R: Tasks>(job: Job, gate: Arc<Gate>, producer: usize, tx: R::Tx) -> JoinHandle<()> {
    tokio::spawn(async move {
        gate.pass().await;
        for sequence in 0..job.share() {
            if !R::send(&tx, message(producer, sequence)).await {
                break;
            }
        }
    })
}
