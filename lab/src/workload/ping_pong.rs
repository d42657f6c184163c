//! Two who send one message to and fro over two channels: what handing over costs when there is
//! nothing else to do. A message is one way.

use std::thread;

use super::streams::Gate;
use super::{Job, race};
use crate::meter::Cost;
use crate::shape::{Tasks, Threads};
use crate::tally::{Fault, Tally, message};

/// Both have a tally: each receives every second message.
fn check(job: Job, sides: [&Tally; 2]) -> Result<(), Fault> {
    sides.iter().try_for_each(|tally| tally.check(1, job.messages / 2))
}

pub(super) fn threads<R: Threads>(job: Job) -> Result<Cost, Fault> {
    let (to_right, mut from_left) = R::make(job.capacity);
    let (to_left, mut from_right) = R::make(job.capacity);
    let gate = &Gate::new(2);
    thread::scope(|scope| {
        let left = scope.spawn(move || {
            let mut tally = job.tally();
            gate.pass();
            for sequence in 0..job.messages / 2 {
                if !R::send(&to_right, message(0, sequence)) {
                    break;
                }
                let Some(message) = R::recv(&mut from_right) else { break };
                tally.take(message);
            }
            tally
        });
        let right = scope.spawn(move || {
            let mut tally = job.tally();
            gate.pass();
            while let Some(message) = R::recv(&mut from_left) {
                tally.take(message);
                if !R::send(&to_left, message) {
                    break;
                }
            }
            tally
        });
        let watch = gate.open();
        let (left, right) = (left.join(), right.join());
        let cost = watch.stop();
        let (Ok(left), Ok(right)) = (left, right) else { return Err(Fault::Panic) };
        check(job, [&left, &right]).map(|()| cost)
    })
}

pub(super) fn tasks<R: Tasks>(job: Job) -> Result<Cost, Fault> {
    let (mut to_right, mut from_left) = R::make(job.capacity);
    let (mut to_left, mut from_right) = R::make(job.capacity);
    race::run(job.workers, async move {
        let gate = std::sync::Arc::new(race::Gate::new());
        let (at_left, at_right) = (gate.clone(), gate.clone());
        let left = tokio::spawn(async move {
            let mut tally = job.tally();
            at_left.pass().await;
            for sequence in 0..job.messages / 2 {
                if !R::send(&mut to_right, message(0, sequence)).await {
                    break;
                }
                let Some(message) = R::recv(&mut from_right).await else { break };
                tally.take(message);
            }
            tally
        });
        let right = tokio::spawn(async move {
            let mut tally = job.tally();
            at_right.pass().await;
            while let Some(message) = R::recv(&mut from_left).await {
                tally.take(message);
                if !R::send(&mut to_left, message).await {
                    break;
                }
            }
            tally
        });
        let watch = gate.open(2).await;
        let (left, right) = (left.await, right.await);
        let cost = watch.stop();
        let (Ok(left), Ok(right)) = (left, right) else { return Err(Fault::Panic) };
        check(job, [&left, &right]).map(|()| cost)
    })
}
