//! async-channel: bounded and unbounded, no rendezvous; threads block on its futures. Its receives stand for all futures where
//! an idiom of the futures crate is what is measured.

use ::async_channel::{Receiver, Sender, bounded, unbounded};

use super::Rival;
use super::idiom::{self, All, BiasedMacro, Branches, Macro, Unordered};
use crate::shape::{Bridge, Capacity, MIXED, Message, Tasks, Threads};
use crate::workload::{BridgeRuns, MixRuns, PickRuns, TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    threads: |capacity| buffered(capacity).then(ThreadRuns::of::<AsyncChannel>),
    tasks: |capacity| buffered(capacity).then(TaskRuns::of::<AsyncChannel>),
    bridges: |capacity| buffered(capacity).then(BridgeRuns::of::<AsyncChannel>),
    task_picks: |arms, _| idiom::branches::<AsyncChannel>(arms),
    task_mixes: |capacity| {
        buffered(capacity).then(MixRuns::of_tasks::<Branches<AsyncChannel, MIXED>>)
    },
    ..Rival::new("async-channel", "async-channel")
};

pub(super) const FUTURES: Rival = Rival {
    task_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_tasks::<Macro<AsyncChannel, 2>>()),
        8 => Some(PickRuns::of_tasks::<Macro<AsyncChannel, 8>>()),
        _ => None,
    },
    ..Rival::new("futures", "futures")
};

pub(super) const FUTURES_BIASED: Rival = Rival {
    task_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_tasks::<BiasedMacro<AsyncChannel, 2>>()),
        8 => Some(PickRuns::of_tasks::<BiasedMacro<AsyncChannel, 8>>()),
        _ => None,
    },
    ..Rival::new("futures-biased", "futures")
};

pub(super) const SELECT_ALL: Rival = Rival {
    task_picks: |_, _| Some(PickRuns::of_tasks::<All<AsyncChannel>>()),
    ..Rival::new("select-all", "futures")
};

pub(super) const UNORDERED: Rival = Rival {
    task_picks: |_, _| Some(PickRuns::of_tasks::<Unordered<AsyncChannel>>()),
    ..Rival::new("unordered", "futures")
};

pub(super) struct AsyncChannel;

fn buffered(capacity: Capacity) -> bool {
    capacity != Capacity::Rendezvous
}

fn make<M>(capacity: Capacity) -> (Sender<M>, Receiver<M>) {
    match capacity {
        Capacity::Rendezvous => unreachable!("it has no rendezvous"),
        Capacity::Bounded(capacity) => bounded(capacity),
        Capacity::Unbounded => unbounded(),
    }
}

impl<M: Message> Threads<M> for AsyncChannel {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        make(capacity)
    }

    #[inline]
    fn send(tx: &Self::Tx, message: M) -> bool {
        tx.send_blocking(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv_blocking().ok()
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

impl<M: Message> Tasks<M> for AsyncChannel {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        make(capacity)
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
        tx.try_send(message).is_ok()
    }
}

impl Bridge for AsyncChannel {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        make(capacity)
    }

    fn to_thread(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        make(capacity)
    }
}
