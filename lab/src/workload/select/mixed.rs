//! Threads that select among sends.
//!
//! - `cross`: two threads, each of which sends to the other or receives from it, whichever is
//!   first: over two channels in opposite order, until each has done as much as there are messages.
//! - `both`: many threads send into whichever of several channels has room, many receive from
//!   whichever has a message.

use std::thread::{self, ScopedJoinHandle};

use super::Job;
use super::recv::drain;
use super::turns::{All, Side};
use crate::meter::Cost;
use crate::shape::{MIXED, ThreadMix, ThreadPick, Threads, Turns};
use crate::tally::{Fault, message};
use crate::workload::streams::Gate;
use crate::workload::work::Work;

pub(super) fn cross<M: ThreadMix>(job: Job) -> Result<Cost, Fault> {
    let (to_right, from_left) = M::Channel::make(job.capacity);
    let (to_left, from_right) = M::Channel::make(job.capacity);
    let gate = &Gate::new(2);
    thread::scope(|scope| {
        let left = scope.spawn(move || side::<M>(job, gate, 0, to_right, from_right));
        let right = scope.spawn(move || side::<M>(job, gate, 1, to_left, from_left));
        let watch = gate.open();
        let (left, right) = (left.join(), right.join());
        let cost = watch.stop();
        let (Ok(left), Ok(right)) = (left, right) else { return Err(Fault::Panic) };
        left.check(&right, job).map(|()| cost)
    })
}

fn side<M: ThreadMix>(
    job: Job,
    gate: &Gate,
    seed: usize,
    tx: <M::Channel as Threads>::Tx,
    mut rx: <M::Channel as Threads>::Rx,
) -> Side {
    let mut side = Side::new(job, seed);
    gate.pass();
    while side.go_on() {
        let event = M::either(&tx, side.next(), &mut rx);
        side.note(event);
    }
    drop(tx);
    drain::<M::Channel>(&mut rx, |message| side.take(message));
    side
}

pub(super) fn both<M: ThreadMix>(job: Job) -> Result<Cost, Fault> {
    let (txs, rxs): (Vec<_>, Vec<_>) = (0..MIXED).map(|_| M::Channel::make(job.capacity)).unzip();
    let gate = &Gate::new(job.producers + job.consumers);
    thread::scope(|scope| {
        let consumers: Vec<ScopedJoinHandle<'_, _>> = std::iter::repeat_n(rxs, job.consumers)
            .enumerate()
            .map(|(consumer, mut rxs)| {
                scope.spawn(move || {
                    let mut all = All::new(job, consumer);
                    gate.pass();
                    M::Pick::serve(&mut rxs, &mut all);
                    rxs.iter_mut()
                        .for_each(|rx| drain::<M::Channel>(rx, |message| all.take(message)));
                    all.tally
                })
            })
            .collect();
        let producers: Vec<ScopedJoinHandle<'_, _>> = std::iter::repeat_n(txs, job.producers)
            .enumerate()
            .map(|(producer, txs)| {
                scope.spawn(move || {
                    let mut work = Work::new(job.work, producer);
                    gate.pass();
                    for sequence in 0..job.share() {
                        if !M::send_any(&txs, message(producer, sequence)) {
                            break;
                        }
                        work.pause();
                    }
                })
            })
            .collect();
        let watch = gate.open();
        let sent = producers.into_iter().map(ScopedJoinHandle::join).all(|sent| sent.is_ok());
        let tallies: Result<Vec<_>, _> =
            consumers.into_iter().map(ScopedJoinHandle::join).collect();
        let cost = watch.stop();
        let (true, Ok(tallies)) = (sent, tallies) else { return Err(Fault::Panic) };
        job.check_all(&tallies).map(|()| cost)
    })
}
