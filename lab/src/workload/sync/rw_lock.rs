//! Turns at a read-write lock, one of ten a write. Everyone has the same number of turns. A writer
//! moves one of two numbers on before its work and the other behind it; a reader sees the same
//! number in both, before its work and behind it.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::Job;
use super::super::work::Work;
use super::WRITE_IN;
use super::contest::{self, TaskContest, ThreadContest};
use crate::meter::Cost;
use crate::shape::{TaskRwLock, ThreadRwLock, Twins};
use crate::tally::Fault;

struct ByThreads<L: ThreadRwLock> {
    lock: L::Lock,
    torn: AtomicBool,
}

struct ByTasks<L: TaskRwLock> {
    lock: L::Lock,
    torn: AtomicBool,
}

pub(super) fn threads<L: ThreadRwLock>(job: Job) -> Result<Cost, Fault> {
    let contest = ByThreads::<L> { lock: L::make(), torn: AtomicBool::new(false) };
    contest::threads(job, &contest).map(even)
}

pub(super) fn tasks<L: TaskRwLock>(job: Job) -> Result<Cost, Fault> {
    let contest = ByTasks::<L> { lock: L::make(), torn: AtomicBool::new(false) };
    contest::tasks(job, contest).map(even)
}

/// Everyone has as many turns.
fn even(cost: Cost) -> Cost {
    Cost { spread: None, ..cost }
}

/// Whether this turn writes; not everyone's at the same time.
fn writes(turn: usize, place: usize) -> bool {
    (turn + place).is_multiple_of(WRITE_IN)
}

/// What a reader saw: the first number before its work, both behind it.
fn seen(torn: &AtomicBool, before: usize, now: Twins) {
    if now != (before, before) {
        // Relaxed: looked at when all have ended.
        torn.store(true, Ordering::Relaxed);
    }
}

/// Both numbers must be those of all writes.
fn check(job: Job, torn: &AtomicBool, now: Twins) -> Result<(), Fault> {
    let of_one = |place| (0..job.share()).filter(|&turn| writes(turn, place)).count();
    let written: usize = (0..job.producers).map(of_one).sum();
    let whole = now == (written, written) && !torn.load(Ordering::Relaxed);
    if whole { Ok(()) } else { Err(Fault::Exclusion) }
}

impl<L: ThreadRwLock> ThreadContest for ByThreads<L> {
    fn contend(&self, job: Job, place: usize) -> usize {
        let mut work = Work::new(job.work, place);
        for turn in 0..job.share() {
            if writes(turn, place) {
                let mut twins = L::write(&self.lock);
                twins.0 += 1;
                work.pause();
                twins.1 += 1;
            } else {
                let twins = L::read(&self.lock);
                let before = twins.0;
                work.pause();
                seen(&self.torn, before, black_box(*twins));
            }
        }
        job.share()
    }

    fn check(&self, job: Job, _: &[usize]) -> Result<(), Fault> {
        check(job, &self.torn, *L::read(&self.lock))
    }
}

impl<L: TaskRwLock> TaskContest for ByTasks<L> {
    async fn contend(&self, job: Job, place: usize) -> usize {
        let mut work = Work::new(job.work, place);
        for turn in 0..job.share() {
            if writes(turn, place) {
                let mut twins = L::write(&self.lock).await;
                twins.0 += 1;
                work.pause();
                contest::give_way(job).await;
                twins.1 += 1;
            } else {
                let twins = L::read(&self.lock).await;
                let before = twins.0;
                work.pause();
                contest::give_way(job).await;
                seen(&self.torn, before, black_box(*twins));
            }
        }
        job.share()
    }

    async fn check(&self, job: Job, _: &[usize]) -> Result<(), Fault> {
        check(job, &self.torn, *L::read(&self.lock).await)
    }
}
