//! tokio's locks, whose futures give way to other tasks after 128 of them, and its channels of one
//! to many. Its broadcast overwrites what a receiver has not seen yet, so it takes part where the
//! senders are paced.

use ::tokio::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphorePermit,
    broadcast, watch,
};

use crate::shape::{
    Latest, TaskBroadcast, TaskMutex, TaskRwLock, TaskSemaphore, ThreadBroadcast, ThreadMutex,
    ThreadRwLock, ThreadSemaphore, Twins,
};
use crate::workload::{ManyRuns, SyncRuns};

pub(super) fn sync() -> SyncRuns {
    SyncRuns::default()
        .thread_mutex::<TokioSync>()
        .task_mutex::<TokioSync>()
        .thread_semaphore::<TokioSync>()
        .task_semaphore::<TokioSync>()
        .thread_rw_lock::<TokioSync>()
        .task_rw_lock::<TokioSync>()
}

pub(super) fn many() -> ManyRuns {
    ManyRuns::default()
        .paced_threads::<TokioSync>()
        .paced_tasks::<TokioSync>()
        .latest::<TokioSync>()
}

struct TokioSync;

impl ThreadMutex for TokioSync {
    type Mutex = Mutex<usize>;
    type Guard<'a> = MutexGuard<'a, usize>;

    fn make() -> Self::Mutex {
        Mutex::new(0)
    }

    #[inline]
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_> {
        mutex.blocking_lock()
    }
}

impl TaskMutex for TokioSync {
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

impl ThreadSemaphore for TokioSync {
    type Semaphore = Semaphore;
    type Permit<'a> = SemaphorePermit<'a>;

    fn make(permits: usize) -> Self::Semaphore {
        Semaphore::new(permits)
    }

    #[inline]
    fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_> {
        semaphore.blocking_acquire().expect("no one closes it")
    }
}

impl TaskSemaphore for TokioSync {
    type Semaphore = Semaphore;
    type Permit<'a> = SemaphorePermit<'a>;

    fn make(permits: usize) -> Self::Semaphore {
        Semaphore::new(permits)
    }

    #[inline]
    async fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_> {
        semaphore.acquire().await.expect("no one closes it")
    }
}

impl ThreadRwLock for TokioSync {
    type Lock = RwLock<Twins>;
    type Read<'a> = RwLockReadGuard<'a, Twins>;
    type Write<'a> = RwLockWriteGuard<'a, Twins>;

    fn make() -> Self::Lock {
        RwLock::new((0, 0))
    }

    #[inline]
    fn read(lock: &Self::Lock) -> Self::Read<'_> {
        lock.blocking_read()
    }

    #[inline]
    fn write(lock: &Self::Lock) -> Self::Write<'_> {
        lock.blocking_write()
    }
}

impl TaskRwLock for TokioSync {
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

impl ThreadBroadcast for TokioSync {
    type Tx = broadcast::Sender<usize>;
    type Rx = broadcast::Receiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        subscribed(capacity, receivers)
    }

    #[inline]
    fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.blocking_recv().ok()
    }
}

impl TaskBroadcast for TokioSync {
    type Tx = broadcast::Sender<usize>;
    type Rx = broadcast::Receiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        subscribed(capacity, receivers)
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
    }
}

fn subscribed(
    capacity: usize,
    receivers: usize,
) -> (broadcast::Sender<usize>, Vec<broadcast::Receiver<usize>>) {
    let tx = broadcast::Sender::new(capacity);
    let rxs = (0..receivers).map(|_| tx.subscribe()).collect();
    (tx, rxs)
}

impl Latest for TokioSync {
    type Tx = watch::Sender<usize>;
    type Rx = watch::Receiver<usize>;

    fn make(receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let tx = watch::Sender::new(0);
        let rxs = (0..receivers).map(|_| tx.subscribe()).collect();
        (tx, rxs)
    }

    #[inline]
    fn send(tx: &mut Self::Tx, value: usize) -> bool {
        tx.send(value).is_ok()
    }

    #[inline]
    fn read(rx: &mut Self::Rx) -> usize {
        *rx.borrow()
    }

    #[inline]
    async fn changed(rx: &mut Self::Rx) -> Option<usize> {
        rx.changed().await.ok()?;
        Some(*rx.borrow_and_update())
    }
}
