//! mea: locks of futures, and a broadcast channel that overwrites, which takes part where the
//! senders are paced. There is nothing for threads.

use ::mea::broadcast::overflow;
use ::mea::mutex::{Mutex, MutexGuard};
use ::mea::rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use ::mea::semaphore::{Semaphore, SemaphorePermit};

use super::Rival;
use crate::shape::{TaskBroadcast, TaskMutex, TaskRwLock, TaskSemaphore, Twins};
use crate::workload::{ManyRuns, SyncRuns};

pub(super) const RIVAL: Rival = Rival {
    sync: || SyncRuns::default().task_mutex::<Mea>().task_semaphore::<Mea>().task_rw_lock::<Mea>(),
    many: || ManyRuns::default().paced_tasks::<Mea>(),
    ..Rival::new("mea", "mea")
};

struct Mea;

impl TaskMutex for Mea {
    type Mutex = Mutex<usize>;
    type Guard<'a> = MutexGuard<'a, usize>;

    fn make() -> Self::Mutex {
        Mutex::new(0)
    }

    #[inline]
    async fn lock(mutex: &Self::Mutex) -> Self::Guard<'_> {
        mutex.lock().await
    }
}

impl TaskSemaphore for Mea {
    type Semaphore = Semaphore;
    type Permit<'a> = SemaphorePermit<'a>;

    fn make(permits: usize) -> Self::Semaphore {
        Semaphore::new(permits)
    }

    #[inline]
    async fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_> {
        semaphore.acquire(1).await
    }
}

impl TaskRwLock for Mea {
    type Lock = RwLock<Twins>;
    type Read<'a> = RwLockReadGuard<'a, Twins>;
    type Write<'a> = RwLockWriteGuard<'a, Twins>;

    fn make() -> Self::Lock {
        RwLock::new((0, 0))
    }

    #[inline]
    async fn read(lock: &Self::Lock) -> Self::Read<'_> {
        lock.read().await
    }

    #[inline]
    async fn write(lock: &Self::Lock) -> Self::Write<'_> {
        lock.write().await
    }
}

impl TaskBroadcast for Mea {
    type Tx = overflow::Sender<usize>;
    type Rx = overflow::Receiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = overflow::channel(capacity);
        let mut rxs: Vec<Self::Rx> = (1..receivers).map(|_| tx.subscribe()).collect();
        rxs.push(rx);
        (tx, rxs)
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.send(message);
        true
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
    }
}
