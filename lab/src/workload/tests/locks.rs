//! Locks that let in whom they must not.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync;

use super::{Job, MESSAGES, fault};
use crate::shape::{
    Capacity, TaskMutex, TaskRwLock, TaskSemaphore, ThreadMutex, ThreadRwLock, ThreadSemaphore,
    Twins,
};
use crate::tally::Fault;
use crate::workload::SyncRuns;

/// Keeps its word if `SOUND`; else a turn now and then is at a count of its own.
struct Broken<const SOUND: bool>;

/// The turn that goes astray.
const ASTRAY: usize = 7;

struct Count {
    shared: Mutex<usize>,
    locks: AtomicUsize,
}

/// What one who is inside sees: the count, or a copy that nobody else sees.
enum Guard<'a> {
    Shared(MutexGuard<'a, usize>),
    Own(usize),
}

impl Deref for Guard<'_> {
    type Target = usize;

    fn deref(&self) -> &usize {
        match self {
            Self::Shared(count) => count,
            Self::Own(count) => count,
        }
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut usize {
        match self {
            Self::Shared(count) => count,
            Self::Own(count) => count,
        }
    }
}

impl<const SOUND: bool> ThreadMutex for Broken<SOUND> {
    type Mutex = Count;
    type Guard<'a> = Guard<'a>;

    fn make() -> Count {
        Count { shared: Mutex::new(0), locks: AtomicUsize::new(0) }
    }

    fn lock(count: &Count) -> Guard<'_> {
        let shared = count.shared.lock().unwrap();
        if !SOUND && count.locks.fetch_add(1, Ordering::Relaxed) == ASTRAY {
            return Guard::Own(*shared);
        }
        Guard::Shared(shared)
    }
}

/// Of tasks: one that admits everyone.
enum Pass<'a> {
    Shared(sync::MutexGuard<'a, usize>),
    Own(usize, &'a Arc<AtomicUsize>),
}

impl Deref for Pass<'_> {
    type Target = usize;

    fn deref(&self) -> &usize {
        match self {
            Self::Shared(count) => count,
            Self::Own(count, _) => count,
        }
    }
}

impl DerefMut for Pass<'_> {
    fn deref_mut(&mut self) -> &mut usize {
        match self {
            Self::Shared(count) => count,
            Self::Own(count, _) => count,
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Self::Own(count, shared) = self {
            shared.store(*count, Ordering::Relaxed);
        }
    }
}

impl<const SOUND: bool> TaskMutex for Broken<SOUND> {
    type Mutex = (sync::Mutex<usize>, Arc<AtomicUsize>);
    type Guard<'a> = Pass<'a>;

    fn make() -> Self::Mutex {
        (sync::Mutex::new(0), Arc::default())
    }

    async fn lock((mutex, open): &Self::Mutex) -> Pass<'_> {
        if SOUND {
            Pass::Shared(mutex.lock().await)
        } else {
            Pass::Own(open.load(Ordering::Relaxed), open)
        }
    }
}

/// One permit more than asked for, unless it is sound.
impl<const SOUND: bool> TaskSemaphore for Broken<SOUND> {
    type Semaphore = sync::Semaphore;
    type Permit<'a> = sync::SemaphorePermit<'a>;

    fn make(permits: usize) -> sync::Semaphore {
        sync::Semaphore::new(permits + usize::from(!SOUND))
    }

    async fn acquire(semaphore: &sync::Semaphore) -> sync::SemaphorePermit<'_> {
        semaphore.acquire().await.unwrap()
    }
}

impl<const SOUND: bool> ThreadSemaphore for Broken<SOUND> {
    type Semaphore = sync::Semaphore;
    type Permit<'a> = sync::SemaphorePermit<'a>;

    fn make(permits: usize) -> sync::Semaphore {
        sync::Semaphore::new(permits + usize::from(!SOUND))
    }

    fn acquire(semaphore: &sync::Semaphore) -> sync::SemaphorePermit<'_> {
        futures::executor::block_on(semaphore.acquire()).unwrap()
    }
}

/// Begins with half of a write, unless it is sound.
fn twins<const SOUND: bool>() -> Twins {
    (0, usize::from(!SOUND))
}

impl<const SOUND: bool> ThreadRwLock for Broken<SOUND> {
    type Lock = RwLock<Twins>;
    type Read<'a> = RwLockReadGuard<'a, Twins>;
    type Write<'a> = RwLockWriteGuard<'a, Twins>;

    fn make() -> RwLock<Twins> {
        RwLock::new(twins::<SOUND>())
    }

    fn read(lock: &RwLock<Twins>) -> RwLockReadGuard<'_, Twins> {
        lock.read().unwrap()
    }

    fn write(lock: &RwLock<Twins>) -> RwLockWriteGuard<'_, Twins> {
        lock.write().unwrap()
    }
}

impl<const SOUND: bool> TaskRwLock for Broken<SOUND> {
    type Lock = sync::RwLock<Twins>;
    type Read<'a> = sync::RwLockReadGuard<'a, Twins>;
    type Write<'a> = sync::RwLockWriteGuard<'a, Twins>;

    fn make() -> sync::RwLock<Twins> {
        sync::RwLock::new(twins::<SOUND>())
    }

    async fn read(lock: &sync::RwLock<Twins>) -> sync::RwLockReadGuard<'_, Twins> {
        lock.read().await
    }

    async fn write(lock: &sync::RwLock<Twins>) -> sync::RwLockWriteGuard<'_, Twins> {
        lock.write().await
    }
}

fn runs<const SOUND: bool>() -> SyncRuns {
    SyncRuns::default()
        .thread_mutex::<Broken<SOUND>>()
        .task_mutex::<Broken<SOUND>>()
        .thread_semaphore::<Broken<SOUND>>()
        .task_semaphore::<Broken<SOUND>>()
        .thread_rw_lock::<Broken<SOUND>>()
        .task_rw_lock::<Broken<SOUND>>()
}

/// Tasks give way while they are inside, so that all of them are if they may.
fn job(contenders: usize, permits: usize) -> Job {
    Job {
        producers: contenders,
        workers: 1,
        messages: MESSAGES,
        yields: true,
        ..Job::at(Capacity::Bounded(permits))
    }
}

#[test]
fn sound_locks_pass() {
    let SyncRuns { mutex, semaphore, rw_lock } = runs::<true>();
    for contenders in [1, 4] {
        for run in [mutex.threads, mutex.tasks, rw_lock.threads, rw_lock.tasks] {
            for job in [job(contenders, 1), Job { work: 3, ..job(contenders, 1) }] {
                assert_eq!(fault(run, job), None, "{job:?}");
            }
        }
        for permits in [1, 2] {
            for run in [semaphore.threads, semaphore.tasks] {
                assert_eq!(fault(run, job(contenders, permits)), None);
            }
        }
    }
}

#[test]
fn turns_are_told_where_they_may_differ() {
    let SyncRuns { mutex, semaphore, rw_lock } = runs::<true>();
    for run in [mutex.threads, mutex.tasks, semaphore.threads, semaphore.tasks] {
        let [least, most] = run.unwrap()(job(4, 1)).unwrap().spread.expect("it is told");
        assert!((0.0..=1.0).contains(&least) && (1.0..=4.0).contains(&most), "{least}, {most}");
        assert_eq!(run.unwrap()(job(1, 1)).unwrap().spread, None);
    }
    for run in [rw_lock.threads, rw_lock.tasks] {
        assert_eq!(run.unwrap()(job(4, 1)).unwrap().spread, None);
    }
}

#[test]
fn a_lost_count_is_a_fault() {
    let mutex = runs::<false>().mutex;
    for contenders in [1, 4] {
        assert_eq!(fault(mutex.threads, job(contenders, 1)), Some(Fault::Exclusion));
    }
    assert_eq!(fault(mutex.tasks, job(4, 1)), Some(Fault::Exclusion));
}

#[test]
fn more_inside_than_permits_are_a_fault() {
    let semaphore = runs::<false>().semaphore;
    for permits in [1, 2] {
        assert_eq!(fault(semaphore.tasks, job(4, permits)), Some(Fault::Exclusion));
    }
    // Threads meet inside when they are long enough there.
    let long = Job { work: 20_000, ..job(4, 2) };
    assert_eq!(fault(semaphore.threads, long), Some(Fault::Exclusion));
}

#[test]
fn half_a_write_is_a_fault() {
    let rw_lock = runs::<false>().rw_lock;
    for run in [rw_lock.threads, rw_lock.tasks] {
        assert_eq!(fault(run, job(4, 1)), Some(Fault::Exclusion));
    }
}
