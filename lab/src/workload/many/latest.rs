//! One value that is replaced: reads of it, sends to nobody who waits, and sends that wake those
//! who wait. A message is one read, one send, or one value seen by one who was woken.

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use futures::task::AtomicWaker;

use super::super::race::{self, Gate};
use super::super::{Job, streams};
use crate::meter::{Cost, Stopwatch};
use crate::shape::Latest;
use crate::tally::{Fault, Tally, message};

/// What is there to be read.
const VALUE: usize = 3;

/// Each of so many threads reads by its own receiver; nobody sends.
pub(super) fn read<L: Latest>(job: Job) -> Result<Cost, Fault> {
    let (mut tx, mut rxs) = L::make(job.consumers);
    if !L::send(&mut tx, VALUE) {
        return Err(Fault::Answer);
    }
    let each = job.messages / job.consumers;
    let reads = |rx: &mut L::Rx| (0..each).fold(0, |sum, _| sum + L::read(black_box(rx)));
    let (sum, cost) = match &mut rxs[..] {
        [alone] => {
            let watch = Stopwatch::start();
            let sum = reads(alone);
            (sum, watch.stop())
        }
        rxs => {
            let gate = &streams::Gate::new(rxs.len());
            thread::scope(|scope| {
                let reader = |rx| {
                    scope.spawn(move || {
                        gate.pass();
                        reads(rx)
                    })
                };
                let readers: Vec<_> = rxs.iter_mut().map(reader).collect();
                let watch = gate.open();
                let sums: Result<Vec<usize>, _> =
                    readers.into_iter().map(thread::ScopedJoinHandle::join).collect();
                let cost = watch.stop();
                sums.map(|sums| (sums.into_iter().sum(), cost)).map_err(|_| Fault::Panic)
            })?
        }
    };
    if sum == VALUE * each * job.consumers { Ok(cost) } else { Err(Fault::Sum) }
}

/// One receiver is there, and does not wait.
pub(super) fn send<L: Latest>(job: Job) -> Result<Cost, Fault> {
    let (mut tx, mut rxs) = L::make(1);
    let watch = Stopwatch::start();
    let sent = (1..=job.messages).all(|value| L::send(&mut tx, black_box(value)));
    let cost = watch.stop();
    let last = L::read(&mut rxs[0]);
    if sent && last == job.messages { Ok(cost) } else { Err(Fault::Sum) }
}

/// How the sender learns that all have seen its value.
struct Seen {
    owing: AtomicUsize,
    sender: AtomicWaker,
}

impl Seen {
    /// One has seen it.
    fn tick(&self) {
        // AcqRel: the last one hands over what all have done; pairs with the load in `all`.
        if self.owing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.sender.wake();
        }
    }

    async fn all(&self) {
        poll_fn(|context| {
            self.sender.register(context.waker());
            // Acquire: pairs with the last decrement in `tick`.
            if self.owing.load(Ordering::Acquire) == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// One task sends and waits until every other one has seen the value and waits for the next.
pub(super) fn wake<L: Latest>(job: Job) -> Result<Cost, Fault> {
    race::run(job.workers, async move {
        let gate = Arc::new(Gate::new());
        let seen = Arc::new(Seen { owing: AtomicUsize::new(0), sender: AtomicWaker::new() });
        let (mut tx, rxs) = L::make(job.consumers);
        let values = job.messages / job.consumers;
        let reader = |mut rx: L::Rx| {
            let (gate, seen) = (Arc::clone(&gate), Arc::clone(&seen));
            tokio::spawn(async move {
                let mut tally = Tally::new(1, true);
                gate.pass().await;
                while let Some(value) = L::changed(&mut rx).await {
                    tally.take(message(0, value.wrapping_sub(1)));
                    seen.tick();
                }
                tally
            })
        };
        let readers: Vec<_> = rxs.into_iter().map(reader).collect();
        let at_sender = Arc::clone(&gate);
        let sender = tokio::spawn(async move {
            at_sender.pass().await;
            for value in 1..=values {
                // Relaxed: the send orders it before every look at the value.
                seen.owing.store(job.consumers, Ordering::Relaxed);
                if !L::send(&mut tx, value) {
                    break;
                }
                seen.all().await;
            }
        });
        let watch = gate.open(job.consumers + 1).await;
        sender.await.map_err(|_| Fault::Panic)?;
        let mut tallies = Vec::with_capacity(readers.len());
        for reader in readers {
            tallies.push(reader.await.map_err(|_| Fault::Panic)?);
        }
        let cost = watch.stop();
        tallies.iter().try_for_each(|tally| tally.check(1, values)).map(|()| cost)
    })
}
