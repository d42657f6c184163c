//! strait: one type for threads and tasks, at every capacity. The forms that a builder offers are
//! contestants of their own.

use ::strait::channel::{Builder, Receiver, Sender};

use super::Rival;
use super::idiom::{self, Branches, Unordered};
use crate::shape::{Bridge, Capacity, MIXED, Message, Tasks, Threads};
use crate::workload::{BridgeRuns, MixRuns, PickRuns, TaskRuns, ThreadRuns};

pub(super) const PLAIN: Rival = rival::<false, false>("strait");
pub(super) const LOCK_FREE: Rival = rival::<true, false>("strait-lockfree");
pub(super) const FAIR: Rival = rival::<false, true>("strait-fair");

/// Its futures in the idioms that other libraries need, in place of its own select.
pub(super) const BRANCHES: Rival = Rival {
    own: true,
    task_picks: |arms, _| idiom::branches::<Strait<false, false>>(arms),
    task_mixes: |_| Some(MixRuns::of_tasks::<Branches<Strait<false, false>, MIXED>>()),
    ..Rival::new("strait-branches", "strait")
};
pub(super) const UNORDERED: Rival = Rival {
    own: true,
    task_picks: |_, _| Some(PickRuns::of_tasks::<Unordered<Strait<false, false>>>()),
    ..Rival::new("strait-unordered", "strait")
};

const fn rival<const LOCK_FREE: bool, const FAIR: bool>(name: &'static str) -> Rival {
    Rival {
        own: true,
        threads: |_| Some(ThreadRuns::of::<Strait<LOCK_FREE, FAIR>>()),
        tasks: |_| Some(TaskRuns::of::<Strait<LOCK_FREE, FAIR>>()),
        bridges: |_| Some(BridgeRuns::of::<Strait<LOCK_FREE, FAIR>>()),
        ..Rival::new(name, "strait")
    }
}

pub(super) struct Strait<const LOCK_FREE: bool, const FAIR: bool>;

impl<const LOCK_FREE: bool, const FAIR: bool> Strait<LOCK_FREE, FAIR> {
    fn build<M: Message>(capacity: Capacity) -> (Sender<M>, Receiver<M>) {
        let builder = Builder::new().lock_free(LOCK_FREE).fair(FAIR);
        match capacity {
            Capacity::Rendezvous => builder.capacity(0).build(),
            Capacity::Bounded(capacity) => builder.capacity(capacity).build(),
            Capacity::Unbounded => builder.unbounded().build(),
        }
    }
}

impl<M: Message, const LOCK_FREE: bool, const FAIR: bool> Threads<M> for Strait<LOCK_FREE, FAIR> {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        Self::build(capacity)
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

impl<M: Message, const LOCK_FREE: bool, const FAIR: bool> Tasks<M> for Strait<LOCK_FREE, FAIR> {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        Self::build(capacity)
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

impl<const LOCK_FREE: bool, const FAIR: bool> Bridge for Strait<LOCK_FREE, FAIR> {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        Self::build(capacity)
    }

    fn to_thread(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        Self::build(capacity)
    }
}
