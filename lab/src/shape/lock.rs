//! What a lock must offer: one around a count, and a semaphore around nothing. Guards go where they
//! are dropped.

use std::ops::{Deref, DerefMut};

/// Two numbers that every writer moves on together.
pub(crate) type Twins = (usize, usize);

/// A mutex whose `lock` blocks the thread.
pub(crate) trait ThreadMutex: 'static {
    type Mutex: Send + Sync + 'static;
    type Guard<'a>: DerefMut<Target = usize>;

    fn make() -> Self::Mutex;
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_>;
}

/// A mutex whose `lock` is a future.
pub(crate) trait TaskMutex: 'static {
    type Mutex: Send + Sync + 'static;
    type Guard<'a>: DerefMut<Target = usize> + Send;

    fn make() -> Self::Mutex;
    fn lock(mutex: &Self::Mutex) -> impl Future<Output = Self::Guard<'_>> + Send;
}

/// A semaphore of which one permit is taken at a time, blocking the thread.
pub(crate) trait ThreadSemaphore: 'static {
    type Semaphore: Send + Sync + 'static;
    type Permit<'a>;

    fn make(permits: usize) -> Self::Semaphore;
    fn acquire(semaphore: &Self::Semaphore) -> Self::Permit<'_>;
}

/// The same with a future.
pub(crate) trait TaskSemaphore: 'static {
    type Semaphore: Send + Sync + 'static;
    type Permit<'a>: Send;

    fn make(permits: usize) -> Self::Semaphore;
    fn acquire(semaphore: &Self::Semaphore) -> impl Future<Output = Self::Permit<'_>> + Send;
}

/// A read-write lock that blocks the thread.
pub(crate) trait ThreadRwLock: 'static {
    type Lock: Send + Sync + 'static;
    type Read<'a>: Deref<Target = Twins>;
    type Write<'a>: DerefMut<Target = Twins>;

    fn make() -> Self::Lock;
    fn read(lock: &Self::Lock) -> Self::Read<'_>;
    fn write(lock: &Self::Lock) -> Self::Write<'_>;
}

/// The same with futures.
pub(crate) trait TaskRwLock: 'static {
    type Lock: Send + Sync + 'static;
    type Read<'a>: Deref<Target = Twins> + Send;
    type Write<'a>: DerefMut<Target = Twins> + Send;

    fn make() -> Self::Lock;
    fn read(lock: &Self::Lock) -> impl Future<Output = Self::Read<'_>> + Send;
    fn write(lock: &Self::Lock) -> impl Future<Output = Self::Write<'_>> + Send;
}
