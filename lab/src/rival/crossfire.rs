//! crossfire: bounded and unbounded channels are different types, so they are two contestants
//! under one name. Its capacity 0 is really 1, which is no rendezvous: those rows are left out. Its
//! `Select` is for threads and for receives alone.

use std::marker::PhantomData;

use ::crossfire::mpmc::{
    Array, List, bounded_async, bounded_async_blocking, bounded_blocking, bounded_blocking_async,
    unbounded_async, unbounded_blocking,
};
use ::crossfire::select::Select;
use ::crossfire::{MAsyncRx, MAsyncTx, MRx, MTx};

use super::Rival;
use super::idiom::{self, Branches, Unordered};
use crate::shape::{Bridge, Capacity, MIXED, Message, Tasks, ThreadPick, Threads, Turns};
use crate::workload::{BridgeRuns, MixRuns, PickRuns, TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    threads: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(ThreadRuns::of::<Bounded>()),
        Capacity::Unbounded => Some(ThreadRuns::of::<Unbounded>()),
    },
    tasks: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(TaskRuns::of::<Bounded>()),
        Capacity::Unbounded => Some(TaskRuns::of::<Unbounded>()),
    },
    bridges: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(BridgeRuns::of::<Bounded>()),
        Capacity::Unbounded => Some(BridgeRuns::of::<Unbounded>()),
    },
    thread_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_threads::<Fair<Bounded>>()),
        Capacity::Unbounded => Some(PickRuns::of_threads::<Fair<Unbounded>>()),
    },
    task_picks: |arms, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => idiom::branches::<Bounded>(arms),
        Capacity::Unbounded => idiom::branches::<Unbounded>(arms),
    },
    task_mixes: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(MixRuns::of_tasks::<Branches<Bounded, MIXED>>()),
        Capacity::Unbounded => Some(MixRuns::of_tasks::<Branches<Unbounded, MIXED>>()),
    },
    ..Rival::new("crossfire", "crossfire")
};

pub(super) const BIASED: Rival = Rival {
    thread_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_threads::<Biased<Bounded>>()),
        Capacity::Unbounded => Some(PickRuns::of_threads::<Biased<Unbounded>>()),
    },
    ..Rival::new("crossfire-biased", "crossfire")
};

pub(super) const UNORDERED: Rival = Rival {
    task_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_tasks::<Unordered<Bounded>>()),
        Capacity::Unbounded => Some(PickRuns::of_tasks::<Unordered<Unbounded>>()),
    },
    ..Rival::new("unordered-crossfire", "crossfire")
};

/// Its documents advise every program to let it look at the number of cores first.
pub(super) fn prepare() {
    ::crossfire::detect_backoff_cfg();
}

pub(super) struct Bounded;
struct Unbounded;

impl<M: Message> Threads<M> for Bounded {
    type Tx = MTx<Array<M>>;
    type Rx = MRx<Array<M>>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        bounded_blocking(capacity.room_or(0))
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

impl<M: Message> Threads<M> for Unbounded {
    type Tx = MTx<List<M>>;
    type Rx = MRx<List<M>>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        unbounded_blocking()
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

impl<M: Message> Tasks<M> for Bounded {
    type Tx = MAsyncTx<Array<M>>;
    type Rx = MAsyncRx<Array<M>>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        bounded_async(capacity.room_or(0))
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

/// A send into an unbounded channel never waits, so it is no future.
impl<M: Message> Tasks<M> for Unbounded {
    type Tx = MTx<List<M>>;
    type Rx = MAsyncRx<List<M>>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        unbounded_async()
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().await.ok()
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }
}

impl Bridge for Bounded {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(capacity: Capacity) -> (MTx<Array<usize>>, MAsyncRx<Array<usize>>) {
        bounded_blocking_async(capacity.room_or(0))
    }

    fn to_thread(capacity: Capacity) -> (MAsyncTx<Array<usize>>, MRx<Array<usize>>) {
        bounded_async_blocking(capacity.room_or(0))
    }
}

impl Bridge for Unbounded {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(_: Capacity) -> (MTx<List<usize>>, MAsyncRx<List<usize>>) {
        unbounded_async()
    }

    fn to_thread(_: Capacity) -> (MTx<List<usize>>, MRx<List<usize>>) {
        unbounded_blocking()
    }
}

/// `Select`, made once, which begins behind the arm that won.
struct Fair<C>(PhantomData<C>);

/// `Select`, made once, which begins with the first arm.
struct Biased<C>(PhantomData<C>);

macro_rules! pick {
    ($pick:ident $new:ident $channel:ident) => {
        impl ThreadPick for $pick<$channel> {
            type Channel = $channel;

            fn serve<T: Turns>(rxs: &mut [<$channel as Threads>::Rx], turns: &mut T) {
                let mut select = Select::$new();
                rxs.iter().for_each(|rx| select.add(rx));
                while turns.go_on() {
                    let Ok(result) = select.select() else { return };
                    // The result tells whether it is of a receiver, and not of which.
                    let Some(rx) = rxs.iter().find(|rx| result == **rx) else { return };
                    let Ok(message) = rx.read_select(result) else { return };
                    turns.take(message);
                }
            }
        }
    };
}

pick!(Fair new Bounded);
pick!(Fair new Unbounded);
pick!(Biased new_bias Bounded);
pick!(Biased new_bias Unbounded);
