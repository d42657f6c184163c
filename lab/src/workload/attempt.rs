//! The forms that never wait: one that succeeds, one that finds nothing, one that finds no room.

use std::hint::black_box;

use super::Job;
use crate::meter::{Cost, Stopwatch};
use crate::shape::Threads;
use crate::tally::{Fault, message};

/// A try to send and a try to receive, both of which succeed.
pub(super) fn both<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (tx, mut rx) = R::make(job.capacity);
    let mut tally = job.tally();
    let watch = Stopwatch::start();
    for sequence in 0..job.messages {
        if !R::try_send(&tx, black_box(message(0, sequence))) {
            break;
        }
        R::try_recv(&mut rx).into_iter().for_each(|message| tally.take(message));
    }
    let cost = watch.stop();
    job.check(&tally).map(|()| cost)
}

/// Tries to receive from an empty channel.
pub(super) fn empty<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (tx, mut rx) = R::make(job.capacity);
    let watch = Stopwatch::start();
    let received = (0..job.messages).filter_map(|_| R::try_recv(black_box(&mut rx))).count();
    let cost = watch.stop();
    drop(tx);
    if received == 0 { Ok(cost) } else { Err(Fault::Answer) }
}

/// Tries to send into a full channel; at capacity 0 into one where nobody receives.
pub(super) fn full<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (tx, mut rx) = R::make(job.capacity);
    let room = job.capacity.room_or(0);
    let filled = (0..room).all(|sequence| R::try_send(&tx, sequence));
    let watch = Stopwatch::start();
    let sent = (0..job.messages).filter(|&sequence| R::try_send(&tx, black_box(sequence))).count();
    let cost = watch.stop();
    let drained = std::iter::from_fn(|| R::try_recv(&mut rx)).eq(0..room);
    if filled && sent == 0 && drained { Ok(cost) } else { Err(Fault::Answer) }
}
