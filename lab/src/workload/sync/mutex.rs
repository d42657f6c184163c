//! Turns at a mutex. The count of turns is what the mutex protects, and a turn reads it before its
//! work and writes it behind: whoever is inside together with another counts as one.

use super::super::Job;
use super::super::work::Work;
use super::contest::{self, TaskContest, ThreadContest};
use crate::meter::Cost;
use crate::shape::{TaskMutex, ThreadMutex};
use crate::tally::Fault;

struct ByThreads<L: ThreadMutex>(L::Mutex);
struct ByTasks<L: TaskMutex>(L::Mutex);

pub(super) fn threads<L: ThreadMutex>(job: Job) -> Result<Cost, Fault> {
    contest::threads(job, &ByThreads::<L>(L::make()))
}

pub(super) fn tasks<L: TaskMutex>(job: Job) -> Result<Cost, Fault> {
    contest::tasks(job, ByTasks::<L>(L::make()))
}

impl<L: ThreadMutex> ThreadContest for ByThreads<L> {
    fn contend(&self, job: Job, place: usize) -> usize {
        let mut work = Work::new(job.work, place);
        let mut turns = 0;
        loop {
            let mut count = L::lock(&self.0);
            let before = *count;
            if before >= job.messages {
                return turns;
            }
            work.pause();
            *count = before + 1;
            drop(count);
            turns += 1;
        }
    }

    fn check(&self, job: Job, turns: &[usize]) -> Result<(), Fault> {
        contest::check_count(job, turns)
    }
}

impl<L: TaskMutex> TaskContest for ByTasks<L> {
    async fn contend(&self, job: Job, place: usize) -> usize {
        let mut work = Work::new(job.work, place);
        let mut turns = 0;
        loop {
            let mut count = L::lock(&self.0).await;
            let before = *count;
            if before >= job.messages {
                return turns;
            }
            work.pause();
            contest::give_way(job).await;
            *count = before + 1;
            drop(count);
            turns += 1;
        }
    }

    async fn check(&self, job: Job, turns: &[usize]) -> Result<(), Fault> {
        contest::check_count(job, turns)
    }
}
