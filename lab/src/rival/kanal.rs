//! kanal: both sides at every capacity. A receive future that is dropped after a sender has handed
//! it a message loses that message, hence the dagger. No select for threads.

use ::kanal::{
    AsyncReceiver, AsyncSender, Receiver, Sender, bounded, bounded_async, unbounded,
    unbounded_async,
};

use super::Rival;
use super::idiom::{self, Branches, Unordered};
use crate::shape::{Bridge, Capacity, MIXED, Message, Tasks, Threads};
use crate::workload::{BridgeRuns, MixRuns, PickRuns, TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    cancel_safe: false,
    threads: |_| Some(ThreadRuns::of::<Kanal>()),
    tasks: |_| Some(TaskRuns::of::<Kanal>()),
    bridges: |_| Some(BridgeRuns::of::<Kanal>()),
    task_picks: |arms, _| idiom::branches::<Kanal>(arms),
    task_mixes: |_| Some(MixRuns::of_tasks::<Branches<Kanal, MIXED>>()),
    ..Rival::new("kanal", "kanal")
};

/// Where no future is dropped between two messages, it loses none.
pub(super) const UNORDERED: Rival = Rival {
    cancel_safe: false,
    task_picks: |_, _| Some(PickRuns::of_tasks::<Unordered<Kanal>>()),
    ..Rival::new("unordered-kanal", "kanal")
};

pub(super) struct Kanal;

impl<M: Message> Threads<M> for Kanal {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        match capacity {
            Capacity::Rendezvous => bounded(0),
            Capacity::Bounded(capacity) => bounded(capacity),
            Capacity::Unbounded => unbounded(),
        }
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
        tx.try_send(message) == Ok(true)
    }

    #[inline]
    fn try_recv(rx: &mut Self::Rx) -> Option<M> {
        rx.try_recv().ok().flatten()
    }
}

impl<M: Message> Tasks<M> for Kanal {
    type Tx = AsyncSender<M>;
    type Rx = AsyncReceiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        match capacity {
            Capacity::Rendezvous => bounded_async(0),
            Capacity::Bounded(capacity) => bounded_async(capacity),
            Capacity::Unbounded => unbounded_async(),
        }
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().await.ok()
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.try_send(message) == Ok(true)
    }
}

impl Bridge for Kanal {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(capacity: Capacity) -> (Sender<usize>, AsyncReceiver<usize>) {
        let (tx, rx) = <Self as Threads>::make(capacity);
        (tx, rx.to_async())
    }

    fn to_thread(capacity: Capacity) -> (AsyncSender<usize>, Receiver<usize>) {
        let (tx, rx) = <Self as Threads>::make(capacity);
        (tx.to_async(), rx)
    }
}
