//! crossfire: bounded and unbounded channels are different types, so they are two contestants
//! under one name. Its capacity 0 is really 1, which is no rendezvous: those rows are left out.

use std::marker::PhantomData;

use ::crossfire::flavor::Flavor;
use ::crossfire::mpmc::{
    Array, List, bounded_async, bounded_blocking, unbounded_async, unbounded_blocking,
};
use ::crossfire::{MAsyncRx, MAsyncTx, MRx, MTx};

use super::Rival;
use crate::shape::{Capacity, Tasks, Threads};
use crate::workload::{TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    name: "crossfire",
    package: "crossfire",
    own: false,
    cancel_safe: true,
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
    async fn recv(rx: &Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
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
    async fn recv(rx: &Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
    }
}
