//! strait's locks: one type for threads and tasks.

use ::strait::sync::{
    Mutex, MutexGuard, Permit, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore,
};

use crate::shape::{
    TaskMutex, TaskRwLock, TaskSemaphore, ThreadMutex, ThreadRwLock, ThreadSemaphore, Twins,
};
use crate::workload::SyncRuns;

pub(super) fn sync() -> SyncRuns {
    SyncRuns::default()
        .thread_mutex::<Locks>()
        .task_mutex::<Locks>()
        .thread_semaphore::<Locks>()
        .task_semaphore::<Locks>()
        .thread_rw_lock::<Locks>()
        .task_rw_lock::<Locks>()
}

struct Locks;

impl ThreadMutex for Locks {
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

impl TaskMutex for Locks {
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

impl ThreadSemaphore for Locks {
    type Semaphore = Semaphore;
    type Permit<'a> = Permit<'a>;

    fn make(permits: usize) -> Self::Semaphore {
        Semaphore::new(permits)
    }

    #[inline]
    fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_> {
        semaphore.acquire_blocking().expect("no one closes it")
    }
}

impl TaskSemaphore for Locks {
    type Semaphore = Semaphore;
    type Permit<'a> = Permit<'a>;

    fn make(permits: usize) -> Self::Semaphore {
        Semaphore::new(permits)
    }

    #[inline]
    async fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_> {
        semaphore.acquire().await.expect("no one closes it")
    }
}

impl ThreadRwLock for Locks {
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

impl TaskRwLock for Locks {
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
