//! Threads that send unless they are told to stop: each send is a select against a receive from a
//! channel into which nobody sends. Others receive.

use std::thread::{self, ScopedJoinHandle};

use super::Job;
use super::recv::drain;
use crate::meter::Cost;
use crate::shape::{Capacity, Event, ThreadMix, Threads};
use crate::tally::{Fault, message};
use crate::workload::streams::Gate;

pub(super) fn run<M: ThreadMix>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = M::Channel::make(job.capacity);
    let (cancel, cancelled) = M::Channel::make(Capacity::Bounded(1));
    let gate = &Gate::new(job.producers + job.consumers);
    thread::scope(|scope| {
        let consumers: Vec<ScopedJoinHandle<'_, _>> = std::iter::repeat_n(rx, job.consumers)
            .map(|rx| {
                scope.spawn(move || {
                    let mut tally = job.tally();
                    gate.pass();
                    drain::<M::Channel>(&rx, |message| tally.take(message));
                    tally
                })
            })
            .collect();
        let ends = std::iter::repeat_n((tx, cancelled), job.producers);
        let producers: Vec<ScopedJoinHandle<'_, _>> = ends
            .enumerate()
            .map(|(producer, (tx, cancelled))| {
                scope.spawn(move || {
                    let send = |sequence| M::either(&tx, message(producer, sequence), &cancelled);
                    gate.pass();
                    (0..job.share()).all(|sequence| send(sequence) == Event::Sent)
                })
            })
            .collect();
        let watch = gate.open();
        let sent = producers.into_iter().map(ScopedJoinHandle::join).all(|sent| sent.is_ok());
        let tallies: Result<Vec<_>, _> =
            consumers.into_iter().map(ScopedJoinHandle::join).collect();
        let cost = watch.stop();
        drop(cancel);
        let (true, Ok(tallies)) = (sent, tallies) else { return Err(Fault::Panic) };
        job.check_all(&tallies).map(|()| cost)
    })
}
