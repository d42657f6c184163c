//! Locks and semaphores: so many threads or tasks go in and out, with work inside and none outside.
//! `producers` are those who contend, `messages` the turns that they have in all, `capacity` the
//! permits of a semaphore.
//!
//! - `contest`: who contends, and the clock; `mutex`, `semaphore`, `rw_lock`: what a turn is, and
//!   the proof that nobody was inside who must not be.

mod contest;
mod mutex;
mod rw_lock;
mod semaphore;

use super::Run;
use crate::memory;
use crate::shape::{
    TaskMutex, TaskRwLock, TaskSemaphore, ThreadMutex, ThreadRwLock, ThreadSemaphore,
};

/// One of every so many turns at a read-write lock is a write.
pub(crate) const WRITE_IN: usize = 10;

/// Everything the locks of a library are put through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SyncRuns {
    pub(crate) mutex: LockRuns,
    pub(crate) semaphore: LockRuns,
    pub(crate) rw_lock: LockRuns,
}

/// One kind of lock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LockRuns {
    pub(crate) threads: Option<Run>,
    pub(crate) tasks: Option<Run>,
    /// What one holds that nobody uses.
    pub(crate) hold: Option<memory::Run>,
    /// Many tasks that wait for one.
    pub(crate) wait: Option<memory::Run>,
}

impl SyncRuns {
    pub(crate) fn thread_mutex<L: ThreadMutex>(mut self) -> Self {
        self.mutex.threads = Some(mutex::threads::<L>);
        self.mutex.hold = Some(memory::thread_mutex::<L>);
        self
    }

    pub(crate) fn task_mutex<L: TaskMutex>(mut self) -> Self {
        self.mutex.tasks = Some(mutex::tasks::<L>);
        self.mutex.hold = Some(memory::task_mutex::<L>);
        self.mutex.wait = Some(memory::at_mutex::<L>);
        self
    }

    pub(crate) fn thread_semaphore<L: ThreadSemaphore>(mut self) -> Self {
        self.semaphore.threads = Some(semaphore::threads::<L>);
        self.semaphore.hold = Some(memory::thread_semaphore::<L>);
        self
    }

    pub(crate) fn task_semaphore<L: TaskSemaphore>(mut self) -> Self {
        self.semaphore.tasks = Some(semaphore::tasks::<L>);
        self.semaphore.hold = Some(memory::task_semaphore::<L>);
        self.semaphore.wait = Some(memory::at_semaphore::<L>);
        self
    }

    pub(crate) fn thread_rw_lock<L: ThreadRwLock>(mut self) -> Self {
        self.rw_lock.threads = Some(rw_lock::threads::<L>);
        self.rw_lock.hold = Some(memory::thread_rw_lock::<L>);
        self
    }

    pub(crate) fn task_rw_lock<L: TaskRwLock>(mut self) -> Self {
        self.rw_lock.tasks = Some(rw_lock::tasks::<L>);
        self.rw_lock.hold = Some(memory::task_rw_lock::<L>);
        self.rw_lock.wait = Some(memory::at_rw_lock::<L>);
        self
    }
}
