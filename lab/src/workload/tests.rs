//! A lab is believed only if it tells a broken channel from a sound one.

use crossbeam_channel::{Receiver, Sender};

use super::{Job, ThreadRuns};
use crate::shape::{Capacity, Threads};
use crate::tally::{Fault, message};

/// Loses the message whose sequence number is `LOST`.
struct Lossy<const LOST: usize>;

impl<const LOST: usize> Threads for Lossy<LOST> {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        crossbeam_channel::unbounded()
    }

    fn send(tx: &Self::Tx, sent: usize) -> bool {
        sent == message(0, LOST) || tx.send(sent).is_ok()
    }

    fn recv(rx: &Self::Rx) -> Option<usize> {
        rx.recv().ok()
    }

    fn try_send(tx: &Self::Tx, sent: usize) -> bool {
        Self::send(tx, sent)
    }

    fn try_recv(rx: &Self::Rx) -> Option<usize> {
        rx.try_recv().ok()
    }
}

fn job(producers: usize, consumers: usize) -> Job {
    Job { capacity: Capacity::Unbounded, producers, consumers, workers: 0, messages: 4096 }
}

#[test]
fn a_sound_channel_passes() {
    let runs = ThreadRuns::of::<Lossy<{ usize::MAX >> 40 }>>();
    for run in [runs.same, runs.fill, runs.attempt, runs.empty, runs.once, runs.streams] {
        assert!(run(job(1, 1)).is_ok());
    }
    assert!((runs.streams)(job(4, 1)).is_ok());
    assert!((runs.streams)(job(4, 4)).is_ok());
}

#[test]
fn a_lost_message_is_a_fault() {
    let runs = ThreadRuns::of::<Lossy<7>>();
    let lost = Err(Fault::Count { sent: 4096, received: 4095 });
    for (producers, consumers) in [(1, 1), (4, 1), (4, 4)] {
        assert_eq!((runs.streams)(job(producers, consumers)).map(drop), lost);
    }
    assert_eq!((runs.attempt)(job(1, 1)).map(drop), lost);
}

#[test]
fn a_full_channel_that_takes_more_is_a_fault() {
    let runs = ThreadRuns::of::<Lossy<7>>();
    assert_eq!((runs.full)(job(1, 1)).map(drop), Err(Fault::Answer));
}
