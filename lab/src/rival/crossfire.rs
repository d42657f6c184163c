//! crossfire: bounded and unbounded channels are different types, so they are two contestants
//! under one name. Its capacity 0 is really 1, which is no rendezvous: those rows are left out. Its
//! `Select` is for threads and for receives alone.

use std::marker::PhantomData;

use ::crossfire::flavor::Flavor;
use ::crossfire::mpmc::{
    Array, List, bounded_async, bounded_blocking, unbounded_async, unbounded_blocking,
};
use ::crossfire::select::Select;
use ::crossfire::{MAsyncRx, MAsyncTx, MRx, MTx};

use super::Rival;
use super::idiom::{self, Branches, Unordered};
use crate::shape::{Capacity, MIXED, Tasks, ThreadPick, Threads, Turns};
use crate::workload::{MixRuns, PickRuns, TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    threads: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(ThreadRuns::of::<Crossfire<Array<usize>>>()),
        Capacity::Unbounded => Some(ThreadRuns::of::<Crossfire<List<usize>>>()),
    },
    tasks: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(TaskRuns::of::<Crossfire<Array<usize>>>()),
        Capacity::Unbounded => Some(TaskRuns::of::<Crossfire<List<usize>>>()),
    },
    thread_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_threads::<Fair<Array<usize>>>()),
        Capacity::Unbounded => Some(PickRuns::of_threads::<Fair<List<usize>>>()),
    },
    task_picks: |arms, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => idiom::branches::<Crossfire<Array<usize>>>(arms),
        Capacity::Unbounded => idiom::branches::<Crossfire<List<usize>>>(arms),
    },
    task_mixes: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => {
            Some(MixRuns::of_tasks::<Branches<Crossfire<Array<usize>>, MIXED>>())
        }
        Capacity::Unbounded => Some(MixRuns::of_tasks::<Branches<Crossfire<List<usize>>, MIXED>>()),
    },
    ..Rival::new("crossfire", "crossfire")
};

pub(super) const BIASED: Rival = Rival {
    thread_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_threads::<Biased<Array<usize>>>()),
        Capacity::Unbounded => Some(PickRuns::of_threads::<Biased<List<usize>>>()),
    },
    ..Rival::new("crossfire-biased", "crossfire")
};

pub(super) const UNORDERED: Rival = Rival {
    task_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_tasks::<Unordered<Crossfire<Array<usize>>>>()),
        Capacity::Unbounded => Some(PickRuns::of_tasks::<Unordered<Crossfire<List<usize>>>>()),
    },
    ..Rival::new("unordered-crossfire", "crossfire")
};

/// Its documents advise every program to let it look at the number of cores first.
pub(super) fn prepare() {
    ::crossfire::detect_backoff_cfg();
}

struct Crossfire<F>(PhantomData<F>);

/// How a flavor makes its channel of threads.
trait Blocking: Flavor<Item = usize> + Sized + 'static {
    fn make(capacity: Capacity) -> (MTx<Self>, MRx<Self>);
}

impl Blocking for Array<usize> {
    fn make(capacity: Capacity) -> (MTx<Self>, MRx<Self>) {
        bounded_blocking(capacity.room_or(0))
    }
}

impl Blocking for List<usize> {
    fn make(_: Capacity) -> (MTx<Self>, MRx<Self>) {
        unbounded_blocking()
    }
}

impl<F> Threads for Crossfire<F>
where
    F: Blocking,
    MTx<F>: Clone + Send,
    MRx<F>: Clone + Send,
{
    type Tx = MTx<F>;
    type Rx = MRx<F>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        F::make(capacity)
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

impl Tasks for Crossfire<Array<usize>> {
    type Tx = MAsyncTx<Array<usize>>;
    type Rx = MAsyncRx<Array<usize>>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        bounded_async(capacity.room_or(0))
    }

    #[inline]
    async fn send(tx: &Self::Tx, message: usize) -> bool {
        tx.send(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: usize) -> bool {
        tx.try_send(message).is_ok()
    }
}

/// A send into an unbounded channel never waits, so it is no future.
impl Tasks for Crossfire<List<usize>> {
    type Tx = MTx<List<usize>>;
    type Rx = MAsyncRx<List<usize>>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        unbounded_async()
    }

    #[inline]
    async fn send(tx: &Self::Tx, message: usize) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: usize) -> bool {
        tx.send(message).is_ok()
    }
}

/// `Select`, made once, which begins behind the arm that won.
struct Fair<F>(PhantomData<F>);

/// `Select`, made once, which begins with the first arm.
struct Biased<F>(PhantomData<F>);

macro_rules! pick {
    ($pick:ident $new:ident $flavor:ident) => {
        impl ThreadPick for $pick<$flavor<usize>> {
            type Channel = Crossfire<$flavor<usize>>;

            fn serve<T: Turns>(rxs: &[MRx<$flavor<usize>>], turns: &mut T) {
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

pick!(Fair new Array);
pick!(Fair new List);
pick!(Biased new_bias Array);
pick!(Biased new_bias List);
