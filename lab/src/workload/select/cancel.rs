//! Threads that send unless they are told to stop: each send is a select against a receive from a
//! channel into which nobody sends. Others receive.

use std::thread::{self, ScopedJoinHandle};

use super::Job;
use crate::meter::Cost;
use crate::shape::{Capacity, Event, ThreadMix, Threads};
use crate::tally::{Fault, message};
use crate::workload::streams::Gate;
use crate::workload::work::Work;

pub(super) fn run<M: ThreadMix>(job: Job) -> Result<Cost, Fault> {
    let (tx, rx) = M::Channel::make(job.capacity);
    let (cancel, cancelled) = M::Channel::make(Capacity::Bounded(1));
    let gate = &Gate::new(job.producers + job.consumers);
    thread::scope(|scope| {
        let consumers: Vec<ScopedJoinHandle<'_, _>> = std::iter::repeat_n(rx, job.consumers)
            .enumerate()
            .map(|(consumer, mut rx)| {
                scope.spawn(move || {
                    let mut tally = job.tally();
                    let mut work = Work::new(job.work, job.producers + consumer);
                    gate.pass();
                    while let Some(message) = M::Channel::recv(&mut rx) {
                        tally.take(message);
                        work.pause();
                    }
                    tally
                })
            })
            .collect();
        let ends = std::iter::repeat_n((tx, cancelled), job.producers);
        let producers: Vec<ScopedJoinHandle<'_, _>> = ends
            .enumerate()
            .map(|(producer, (tx, mut cancelled))| {
                scope.spawn(move || {
                    let mut work = Work::new(job.work, producer);
                    gate.pass();
                    for sequence in 0..job.share() {
                        let event = M::either(&tx, message(producer, sequence), &mut cancelled);
                        if event != Event::Sent {
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
        drop(cancel);
        let (true, Ok(tallies)) = (sent, tallies) else { return Err(Fault::Panic) };
        job.check_all(&tallies).map(|()| cost)
    })
}
