//! Turns at a semaphore. With one permit the count of turns is kept as under a mutex, by a load and
//! a store that are no more than those of a plain word. With more, one word counts turns and those
//! who are inside: a read-modify-write on the way in and one on the way out, the same for every
//! contestant.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::super::Job;
use super::super::work::Work;
use super::contest::{self, TaskContest, ThreadContest};
use crate::meter::Cost;
use crate::shape::{TaskSemaphore, ThreadSemaphore};
use crate::tally::Fault;

/// Above these bits of the count is the number of those inside.
const INSIDE: usize = 1 << 48;

/// What the semaphore protects.
#[repr(align(128))]
struct Room {
    permits: usize,
    count: AtomicUsize,
    crowded: AtomicBool,
}

struct Contest<S> {
    semaphore: S,
    room: Room,
}

impl<S> Contest<S> {
    fn new(job: Job, make: impl FnOnce(usize) -> S) -> Self {
        let permits = job.capacity.room_or(1);
        let room = Room { permits, count: AtomicUsize::new(0), crowded: AtomicBool::new(false) };
        Self { semaphore: make(permits), room }
    }
}

/// Someone who is inside.
struct Turn(usize);

impl Room {
    /// Nobody but the holder of the one permit, or one alone, is inside.
    fn lone(&self, job: Job) -> bool {
        self.permits == 1 || job.producers == 1
    }

    /// Whether there is a turn left. Relaxed throughout: with one permit the semaphore orders
    /// these, and with more they only count.
    #[inline]
    fn enter(&self, job: Job) -> Option<Turn> {
        if self.lone(job) {
            let before = self.count.load(Ordering::Relaxed);
            return (before < job.messages).then_some(Turn(before));
        }
        let before = self.count.fetch_add(INSIDE + 1, Ordering::Relaxed);
        if before / INSIDE >= self.permits {
            self.crowded.store(true, Ordering::Relaxed);
        }
        if before % INSIDE < job.messages {
            return Some(Turn(before));
        }
        self.count.fetch_sub(INSIDE, Ordering::Relaxed);
        None
    }

    #[inline]
    fn leave(&self, job: Job, Turn(before): Turn) {
        if self.lone(job) {
            self.count.store(before + 1, Ordering::Relaxed);
        } else {
            self.count.fetch_sub(INSIDE, Ordering::Relaxed);
        }
    }

    fn check(&self, job: Job, turns: &[usize]) -> Result<(), Fault> {
        if self.crowded.load(Ordering::Relaxed) {
            return Err(Fault::Exclusion);
        }
        contest::check_count(job, turns)
    }
}

pub(super) fn threads<L: ThreadSemaphore>(job: Job) -> Result<Cost, Fault> {
    contest::threads(job, &ByThreads::<L>(Contest::new(job, L::make)))
}

pub(super) fn tasks<L: TaskSemaphore>(job: Job) -> Result<Cost, Fault> {
    contest::tasks(job, ByTasks::<L>(Contest::new(job, L::make)))
}

struct ByThreads<L: ThreadSemaphore>(Contest<L::Semaphore>);
struct ByTasks<L: TaskSemaphore>(Contest<L::Semaphore>);

impl<L: ThreadSemaphore> ThreadContest for ByThreads<L> {
    fn contend(&self, job: Job, place: usize) -> usize {
        let Contest { semaphore, room } = &self.0;
        let mut work = Work::new(job.work, place);
        let mut turns = 0;
        loop {
            let permit = L::acquire(semaphore);
            let Some(turn) = room.enter(job) else { return turns };
            work.pause();
            room.leave(job, turn);
            drop(permit);
            turns += 1;
        }
    }

    fn check(&self, job: Job, turns: &[usize]) -> Result<(), Fault> {
        self.0.room.check(job, turns)
    }
}

impl<L: TaskSemaphore> TaskContest for ByTasks<L> {
    async fn contend(&self, job: Job, place: usize) -> usize {
        let Contest { semaphore, room } = &self.0;
        let mut work = Work::new(job.work, place);
        let mut turns = 0;
        loop {
            let permit = L::acquire(semaphore).await;
            let Some(turn) = room.enter(job) else { return turns };
            work.pause();
            contest::give_way(job).await;
            room.leave(job, turn);
            drop(permit);
            turns += 1;
        }
    }

    async fn check(&self, job: Job, turns: &[usize]) -> Result<(), Fault> {
        self.0.room.check(job, turns)
    }
}
