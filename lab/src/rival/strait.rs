//! strait: one type for threads and tasks, at every capacity. The forms that a builder offers are
//! contestants of their own.

use ::strait::channel::{Builder, Receiver, Sender};

use super::Rival;
use crate::shape::{Capacity, Tasks, Threads};
use crate::workload::{TaskRuns, ThreadRuns};

pub(super) const PLAIN: Rival = rival::<false, false>("strait");
pub(super) const LOCK_FREE: Rival = rival::<true, false>("strait-lockfree");
pub(super) const FAIR: Rival = rival::<false, true>("strait-fair");

const fn rival<const LOCK_FREE: bool, const FAIR: bool>(name: &'static str) -> Rival {
    Rival {
        name,
        package: "strait",
        own: true,
        cancel_safe: true,
        threads: |_| Some(ThreadRuns::of::<Strait<LOCK_FREE, FAIR>>()),
        tasks: |_| Some(TaskRuns::of::<Strait<LOCK_FREE, FAIR>>()),
    }
}

struct Strait<const LOCK_FREE: bool, const FAIR: bool>;

impl<const LOCK_FREE: bool, const FAIR: bool> Strait<LOCK_FREE, FAIR> {
    fn make(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        let builder = Builder::new().lock_free(LOCK_FREE).fair(FAIR);
        match capacity {
            Capacity::Rendezvous => builder.capacity(0).build(),
            Capacity::Bounded(capacity) => builder.capacity(capacity).build(),
            Capacity::Unbounded => builder.unbounded().build(),
        }
    }
}

impl<const LOCK_FREE: bool, const FAIR: bool> Threads for Strait<LOCK_FREE, FAIR> {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        Self::make(capacity)
    }

    #[inline]
    fn send(tx: &Self::Tx, message: usize) -> bool {
        tx.send_blocking(message).is_ok()
    }

    #[inline]
    fn recv(rx: &Self::Rx) -> Option<usize> {
        rx.recv_blocking().ok()
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

impl<const LOCK_FREE: bool, const FAIR: bool> Tasks for Strait<LOCK_FREE, FAIR> {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        Self::make(capacity)
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
