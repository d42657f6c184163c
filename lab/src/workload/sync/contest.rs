//! Those who contend: threads, or tasks of a runtime. The clock runs from the gate, when everyone
//! is there, to the last join. One alone is not started: it is the thread, or the task, that holds
//! the clock.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use super::super::streams;
use super::super::{Job, race};
use crate::meter::{Cost, Stopwatch};
use crate::tally::Fault;

/// Something that several threads take turns at.
pub(super) trait ThreadContest: Send + Sync + 'static {
    /// Takes turns until there are none left, and says how many it had.
    fn contend(&self, job: Job, place: usize) -> usize;
    /// Whether nobody was inside who must not be.
    fn check(&self, job: Job, turns: &[usize]) -> Result<(), Fault>;
}

/// The same for tasks.
pub(super) trait TaskContest: Send + Sync + 'static {
    fn contend(&self, job: Job, place: usize) -> impl Future<Output = usize> + Send;
    fn check(&self, job: Job, turns: &[usize]) -> impl Future<Output = Result<(), Fault>> + Send;
}

pub(super) fn threads<C: ThreadContest>(job: Job, contest: &C) -> Result<Cost, Fault> {
    if job.producers == 1 {
        let watch = Stopwatch::start();
        let turns = contest.contend(job, 0);
        let cost = watch.stop();
        return contest.check(job, &[turns]).map(|()| cost);
    }
    let gate = &streams::Gate::new(job.producers);
    thread::scope(|scope| {
        let contenders: Vec<_> = (0..job.producers)
            .map(|place| {
                scope.spawn(move || {
                    gate.pass();
                    contest.contend(job, place)
                })
            })
            .collect();
        let watch = gate.open();
        let turns: Result<Vec<usize>, _> =
            contenders.into_iter().map(thread::ScopedJoinHandle::join).collect();
        let cost = watch.stop();
        let turns = turns.map_err(|_| Fault::Panic)?;
        contest.check(job, &turns).map(|()| cost.with_turns(&turns))
    })
}

pub(super) fn tasks<C: TaskContest>(job: Job, contest: C) -> Result<Cost, Fault> {
    race::run(job.workers, async move {
        if job.producers == 1 {
            let watch = Stopwatch::start();
            let turns = contest.contend(job, 0).await;
            let cost = watch.stop();
            return contest.check(job, &[turns]).await.map(|()| cost);
        }
        let contest = Arc::new(contest);
        let gate = Arc::new(race::Gate::new());
        let contender = |place| {
            let (contest, gate) = (Arc::clone(&contest), Arc::clone(&gate));
            tokio::spawn(async move {
                gate.pass().await;
                contest.contend(job, place).await
            })
        };
        let contenders: Vec<_> = (0..job.producers).map(contender).collect();
        let watch = gate.open(job.producers).await;
        let mut turns = Vec::with_capacity(job.producers);
        for contender in contenders {
            turns.push(contender.await.map_err(|_| Fault::Panic)?);
        }
        let cost = watch.stop();
        contest.check(job, &turns).await.map(|()| cost.with_turns(&turns))
    })
}

/// In the middle of a section: lets every other task that is ready run first, if the job says so.
#[inline]
pub(super) async fn give_way(job: Job) {
    let mut owing = job.yields;
    poll_fn(|context| {
        if !std::mem::take(&mut owing) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The turns of all must be those there were. One more means that two who were inside together
/// counted one turn.
pub(super) fn check_count(job: Job, turns: &[usize]) -> Result<(), Fault> {
    let all: usize = turns.iter().sum();
    match all.cmp(&job.messages) {
        std::cmp::Ordering::Greater => Err(Fault::Exclusion),
        std::cmp::Ordering::Less => Err(Fault::Count { sent: job.messages, received: all }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}
