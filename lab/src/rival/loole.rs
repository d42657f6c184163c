//! loole: both sides at every capacity. A send future that is dropped may have delivered its
//! message, as its documents say, hence the dagger.

use ::loole::{Receiver, Sender, bounded, unbounded};

use super::Rival;
use super::idiom::Branches;
use crate::shape::{Bridge, Capacity, MIXED, Message, Tasks, Threads};
use crate::workload::{BridgeRuns, MixRuns, TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    cancel_safe: false,
    threads: |_| Some(ThreadRuns::of::<Loole>()),
    tasks: |_| Some(TaskRuns::of::<Loole>()),
    bridges: |_| Some(BridgeRuns::of::<Loole>()),
    task_mixes: |_| Some(MixRuns::of_tasks::<Branches<Loole, MIXED>>()),
    ..Rival::new("loole", "loole")
};

pub(super) struct Loole;

fn make<M>(capacity: Capacity) -> (Sender<M>, Receiver<M>) {
    match capacity {
        Capacity::Rendezvous => bounded(0),
        Capacity::Bounded(capacity) => bounded(capacity),
        Capacity::Unbounded => unbounded(),
    }
}

impl<M: Message> Threads<M> for Loole {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        make(capacity)
    }

    #[inline]
    fn send(tx: &Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: M) -> bool {
        tx.try_send(message).is_ok()
    }

    #[inline]
    fn try_recv(rx: &mut Self::Rx) -> Option<M> {
        rx.try_recv().ok()
    }
}

impl<M: Message> Tasks<M> for Loole {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        make(capacity)
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send_async(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv_async().await.ok()
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.try_send(message).is_ok()
    }
}

impl Bridge for Loole {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        make(capacity)
    }

    fn to_thread(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        make(capacity)
    }
}
