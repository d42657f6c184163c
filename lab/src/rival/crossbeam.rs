//! crossbeam-channel: threads only.

use ::crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::Rival;
use crate::shape::{Capacity, Threads};
use crate::workload::ThreadRuns;

pub(super) const RIVAL: Rival = Rival {
    name: "crossbeam",
    package: "crossbeam-channel",
    own: false,
    cancel_safe: true,
    threads: |_| Some(ThreadRuns::of::<Crossbeam>()),
    tasks: |_| None,
};

struct Crossbeam;

impl Threads for Crossbeam {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        match capacity {
            Capacity::Rendezvous => bounded(0),
            Capacity::Bounded(capacity) => bounded(capacity),
            Capacity::Unbounded => unbounded(),
        }
    }

    #[inline]
    fn send(tx: &Self::Tx, message: usize) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &Self::Rx) -> Option<usize> {
        rx.recv().ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: usize) -> bool {
        tx.try_send(message).is_ok()
    }

    #[inline]
    fn try_recv(rx: &Self::Rx) -> Option<usize> {
        rx.try_recv().ok()
    }
}
