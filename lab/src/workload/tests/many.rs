//! Channels that do not show everyone everything.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::broken::{AT, DOUBLES, LOSES, SOUND, SWAPS};
use super::{DOUBLED, LOST, MESSAGES, fault};
use crate::shape::{Capacity, Latest, TaskBroadcast, ThreadBroadcast};
use crate::tally::{Fault, message};
use crate::workload::{Job, ManyRuns};

/// A queue for each receiver. The last one is shown something else once.
struct Broken<const HOW: u8>;

type Queues = Vec<UnboundedSender<usize>>;

fn make(receivers: usize) -> (Queues, Vec<UnboundedReceiver<usize>>) {
    (0..receivers).map(|_| unbounded_channel()).unzip()
}

fn send<const HOW: u8>(queues: &Queues, word: usize) -> bool {
    let (last, others) = queues.split_last().expect("there is a receiver");
    let shown: &[usize] = match HOW {
        LOSES if word == message(0, AT) => &[],
        DOUBLES if word == message(0, AT) => &[0, 0],
        SWAPS if word == message(0, AT) => &[1],
        _ => &[0],
    };
    others.iter().all(|queue| queue.send(word).is_ok())
        && shown.iter().all(|more| last.send(word + more).is_ok())
}

impl<const HOW: u8> ThreadBroadcast for Broken<HOW> {
    type Tx = Queues;
    type Rx = UnboundedReceiver<usize>;

    fn make(_: usize, receivers: usize) -> (Queues, Vec<Self::Rx>) {
        make(receivers)
    }

    fn send(tx: &mut Queues, word: usize) -> bool {
        send::<HOW>(tx, word)
    }

    fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.blocking_recv()
    }
}

impl<const HOW: u8> TaskBroadcast for Broken<HOW> {
    type Tx = Queues;
    type Rx = UnboundedReceiver<usize>;

    fn make(_: usize, receivers: usize) -> (Queues, Vec<Self::Rx>) {
        make(receivers)
    }

    async fn send(tx: &mut Queues, word: usize) -> bool {
        send::<HOW>(tx, word)
    }

    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await
    }
}

/// The last value that a receiver took out of its queue.
impl<const HOW: u8> Latest for Broken<HOW> {
    type Tx = Queues;
    type Rx = (UnboundedReceiver<usize>, usize);

    fn make(receivers: usize) -> (Queues, Vec<Self::Rx>) {
        let (tx, rxs) = make(receivers);
        (tx, rxs.into_iter().map(|rx| (rx, 0)).collect())
    }

    fn send(tx: &mut Queues, value: usize) -> bool {
        send::<HOW>(tx, value)
    }

    fn read((rx, last): &mut Self::Rx) -> usize {
        while let Ok(value) = rx.try_recv() {
            *last = value;
        }
        *last + usize::from(HOW == SWAPS)
    }

    async fn changed((rx, _): &mut Self::Rx) -> Option<usize> {
        rx.recv().await
    }
}

fn runs<const HOW: u8>() -> ManyRuns {
    ManyRuns::default()
        .whole_threads::<Broken<HOW>>()
        .whole_tasks::<Broken<HOW>>()
        .latest::<Broken<HOW>>()
}

fn job(producers: usize, consumers: usize) -> Job {
    let messages = MESSAGES;
    Job { producers, consumers, messages, workers: 1, ..Job::at(Capacity::Bounded(16)) }
}

const CROWDS: [(usize, usize); 3] = [(1, 1), (1, 4), (4, 4)];

#[test]
fn sound_broadcasts_pass() {
    let ManyRuns { threads, tasks, .. } = runs::<SOUND>();
    for run in [threads.whole, threads.paced, tasks.whole, tasks.paced] {
        for (producers, consumers) in CROWDS {
            assert_eq!(fault(run, job(producers, consumers)), None);
        }
    }
}

#[test]
fn what_one_receiver_is_not_shown_right_is_a_fault() {
    fn faults<const HOW: u8>() -> Vec<Option<Fault>> {
        let ManyRuns { threads, tasks, .. } = runs::<HOW>();
        let runs = [threads.whole, tasks.whole];
        let of = |run| CROWDS.map(|(producers, consumers)| fault(run, job(producers, consumers)));
        runs.into_iter().flat_map(of).collect()
    }
    assert!(faults::<LOSES>().into_iter().all(|fault| fault == Some(LOST)));
    assert!(faults::<DOUBLES>().into_iter().all(|fault| fault == Some(DOUBLED)));
    assert!(faults::<SWAPS>().into_iter().all(|fault| fault == Some(Fault::Sum)));
}

#[test]
fn a_value_that_is_not_the_latest_is_a_fault() {
    let sound = runs::<SOUND>().latest;
    for readers in [1, 4] {
        for run in [sound.read, sound.send, sound.wake] {
            assert_eq!(fault(run, job(1, readers)), None);
        }
        let stale = runs::<SWAPS>().latest;
        assert_eq!(fault(stale.read, job(1, readers)), Some(Fault::Sum));
        assert_eq!(fault(stale.send, job(1, readers)), Some(Fault::Sum));
        assert_eq!(fault(stale.wake, job(1, readers)), Some(Fault::Sum));
    }
}
