//! The rows of locks and semaphores: so many contend, with nothing to do inside, with work, and with
//! one step back to let others run.

use super::{LEAST_SHARE, Row, Set, WORK, place};
use crate::rival::Rival;
use crate::shape::Capacity;
use crate::workload::{Job, LockRuns, SyncRuns, WRITE_IN};

const MUTEX_NOTE: &str = "\
So many threads or tasks lock a count, move it on by one and unlock, with nothing to do between two \
turns: who gives the lock to those in line pays for it here. `1` is one alone. With `w100` a turn \
has 100 steps of work in the mean (180 ns), with `yield` a task lets all others run while it holds \
the lock, which is what a lock of tasks is for: without it, one worker never finds the lock taken. \
A round ends when all turns together are had, so nobody is alone in the end; `s` tells who had how \
many. A count that is wrong is an error and no time. parking_lot and std are for threads.";

const SEMAPHORE_NOTE: &str = "\
The same with a semaphore of one permit (`semaphore1`) and of four (`semaphore4`), which are taken \
one at a time. With four, a word that counts who is inside is moved on twice a turn, and is in the \
times of all alike. Go's is a channel of so much room, as none comes with it.";

const RW_NOTE: &str = "\
One turn of ten writes. Everyone has the same number of turns. A reader that sees half of a write \
is an error and no time. Kotlin has none for coroutines.";

const THREADS: [usize; 2] = [2, 8];
const TASKS: [usize; 3] = [2, 8, 1000];

/// What is done inside.
#[derive(Clone, Copy)]
struct Inside {
    work: u32,
    yields: bool,
}

const NOTHING: Inside = Inside { work: 0, yields: false };
const BUSY: Inside = Inside { work: WORK, yields: false };
const YIELDS: Inside = Inside { work: 0, yields: true };

pub(super) fn sets(rivals: &[&'static Rival]) -> Vec<Set> {
    let set = |title, note, rows| Set { title, note, apart: true, rows };
    let mut semaphores = Vec::new();
    for permits in [1, 4] {
        let name = format!("sync/semaphore{permits}");
        // Those who are no more than the permits never wait.
        let waits = |contenders: usize| contenders == 1 || contenders > permits;
        semaphores.extend(rows(rivals, &name, permits, waits, |runs| runs.semaphore));
    }
    vec![
        set("Mutex", MUTEX_NOTE, rows(rivals, "sync/mutex", 1, |_| true, |runs| runs.mutex)),
        set("Semaphore", SEMAPHORE_NOTE, semaphores),
        set("Read-write lock", RW_NOTE, rw_rows(rivals)),
    ]
}

fn rows(
    rivals: &[&'static Rival],
    name: &str,
    permits: usize,
    wanted: impl Fn(usize) -> bool,
    pick: fn(SyncRuns) -> LockRuns,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for workers in 0..=2 {
        let contenders: &[usize] = if workers == 0 { &THREADS } else { &TASKS };
        // One alone needs one worker.
        let alone = (workers < 2).then_some(1);
        for contenders in alone.into_iter().chain(contenders.iter().copied()) {
            for inside in insides(workers, contenders) {
                let job = Job {
                    producers: contenders,
                    workers,
                    messages: contenders * LEAST_SHARE,
                    ..of(inside, Capacity::Bounded(permits))
                };
                if wanted(contenders) {
                    rows.push(row(rivals, name, job, pick));
                }
            }
        }
    }
    rows
}

/// On threads, and on tasks of two workers, few and more.
fn rw_rows(rivals: &[&'static Rival]) -> Vec<Row> {
    let mut rows = Vec::new();
    for workers in 0..=2 {
        for contenders in [1, 2, 8] {
            for inside in insides(workers, contenders) {
                let job = Job {
                    producers: contenders,
                    workers,
                    messages: contenders * WRITE_IN,
                    ..of(inside, Capacity::Bounded(1))
                };
                if contenders > 1 || workers < 2 {
                    rows.push(row(rivals, "sync/rw-lock", job, |runs| runs.rw_lock));
                }
            }
        }
    }
    rows
}

/// A thread that yields would only give its time away.
fn insides(workers: usize, contenders: usize) -> &'static [Inside] {
    match (workers, contenders) {
        (_, 1) => &[NOTHING],
        (0, _) => &[NOTHING, BUSY],
        _ => &[NOTHING, BUSY, YIELDS],
    }
}

fn of(inside: &Inside, capacity: Capacity) -> Job {
    Job { work: inside.work, yields: inside.yields, ..Job::at(capacity) }
}

fn row(rivals: &[&'static Rival], name: &str, job: Job, pick: fn(SyncRuns) -> LockRuns) -> Row {
    let yields = if job.yields { "/yield" } else { "" };
    let name = format!("{name}/{}/{}{yields}", place(job.workers), job.producers);
    Row::new(&name, job, rivals, |rival| {
        let runs = pick((rival.sync)());
        if job.workers == 0 { runs.threads } else { runs.tasks }
    })
}
