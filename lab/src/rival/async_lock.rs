//! async-lock: locks of futures on which threads can wait too.

use ::async_lock::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphoreGuard,
};

use super::Rival;
use crate::shape::{
    TaskMutex, TaskRwLock, TaskSemaphore, ThreadMutex, ThreadRwLock, ThreadSemaphore, Twins,
};
use crate::workload::SyncRuns;

pub(super) const RIVAL: Rival = Rival {
    sync: || {
        SyncRuns::default()
            .thread_mutex::<AsyncLock>()
            .task_mutex::<AsyncLock>()
            .thread_semaphore::<AsyncLock>()
            .task_semaphore::<AsyncLock>()
            .thread_rw_lock::<AsyncLock>()
            .task_rw_lock::<AsyncLock>()
    },
    ..Rival::new("async-lock", "async-lock")
};

struct AsyncLock;

impl ThreadMutex for AsyncLock {
    type Mutex = Mutex<usize>;
    type Guard<'a> = MutexGuard<'a, usize>;

    fn make() -> Self::Mutex {
        Mutex::new(0)
    }

    #[inline]
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_> {
        mutex.lock_blocking()
    }
}

impl TaskMutex for AsyncLock {
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

impl ThreadSemaphore for AsyncLock {
    type Semaphore = Semaphore;
    type Permit<'a> = SemaphoreGuard<'a>;

    fn make(permits: usize) -> Self::Semaphore {
        Semaphore::new(permits)
    }

    #[inline]
    fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_> {
        semaphore.acquire_blocking()
    }
}

impl TaskSemaphore for AsyncLock {
    type Semaphore = Semaphore;
    type Permit<'a> = SemaphoreGuard<'a>;

    fn make(permits: usize) -> Self::Semaphore {
        Semaphore::new(permits)
    }

    #[inline]
    async fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_> {
        semaphore.acquire().await
    }
}

impl ThreadRwLock for AsyncLock {
    type Lock = RwLock<Twins>;
    type Read<'a> = RwLockReadGuard<'a, Twins>;
    type Write<'a> = RwLockWriteGuard<'a, Twins>;

    fn make() -> Self::Lock {
        RwLock::new((0, 0))
    }

    #[inline]
    fn read(lock: &Self::Lock) -> Self::Read<'_> {
        lock.read_blocking()
    }

    #[inline]
    fn write(lock: &Self::Lock) -> Self::Write<'_> {
        lock.write_blocking()
    }
}

impl TaskRwLock for AsyncLock {
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
