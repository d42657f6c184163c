//! One thread selects over many channels, others send into some of them. The clock runs from the
//! gate, when the receiver has had one message and waits, to the last message.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use super::turns::Taker;
use super::{Job, LINGER};
use crate::meter::Cost;
use crate::shape::{ThreadPick, Threads, Turns};
use crate::tally::{Fault, message};
use crate::workload::streams::Gate;

pub(super) fn run<P: ThreadPick>(job: Job) -> Result<Cost, Fault> {
    let (txs, mut rxs): (Vec<_>, Vec<_>) =
        (0..job.arms).map(|_| P::Channel::make(job.capacity)).unzip();
    let warm = Arc::new(AtomicBool::new(false));
    let gate = &Gate::new(job.producers);
    if !P::Channel::send(&txs[job.arms - 1], 0) {
        return Err(Fault::Answer);
    }
    thread::scope(|scope| {
        let (alive, ended) = mpsc::channel::<()>();
        let mut taker = Taker::new(job, Arc::clone(&warm));
        let receiver = scope.spawn(move || {
            let _alive = alive;
            P::serve(&mut rxs, &mut taker);
            if taker.cut_short() {
                rxs.iter_mut()
                    .for_each(|rx| drain::<P::Channel>(rx, |message| taker.take(message)));
            }
            taker
        });
        for producer in 0..job.producers {
            let txs = txs.clone();
            scope.spawn(move || {
                gate.pass();
                let first = producer * job.busy / job.producers;
                let around = txs[..job.busy].iter().cycle().skip(first);
                (0..job.share())
                    .zip(around)
                    .all(|(sequence, tx)| P::Channel::send(tx, message(producer, sequence)))
            });
        }
        // Acquire: the receiver is warm; pairs with the Release in `take`.
        while !warm.load(Ordering::Acquire) && !receiver.is_finished() {
            thread::yield_now();
        }
        let watch = gate.open();
        let _ = ended.recv_timeout(LINGER);
        drop(txs);
        receiver.join().map_err(|_| Fault::Panic)?.check(job, watch)
    })
}

/// What a closed channel still holds.
pub(super) fn drain<R: Threads>(rx: &mut R::Rx, take: impl FnMut(usize)) {
    std::iter::from_fn(|| R::recv(rx)).for_each(take);
}
