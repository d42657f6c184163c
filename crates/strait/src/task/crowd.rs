//! A queue that several empty: tasks on the threads of tokio, or threads of a pool.
//!
//! Each of them has a queue of its own, from which the others steal; what comes from elsewhere
//! goes through a common one. The queues are those of crossbeam-deque (Chase and Lev, 2005). Who
//! is asleep and whom to wake is told in `sleepers.rs`.
//!
//! One on tokio is an ordinary task that runs up to [`BUDGET`] jobs a poll and then lets tokio's
//! other tasks in. All jobs of a poll share one cooperative budget of tokio, of 128 operations:
//! once it is used up, every resource of tokio says that it is not ready. So a poll ends as soon
//! as that has happened, and the next one begins with a new budget.
//!
//! A job that is woken by another job of the same queue goes to that one's own queue. If it is the
//! only one there, nobody else is told: it will run as soon as the waking job waits, on the core
//! that has its data. That is what makes two jobs that talk to each other stay on one thread.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_task::Runnable;
use crossbeam_deque::{Injector, Steal, Stealer, Worker};

use crate::kernel::prim::{AtomicBool, Ordering};

use super::gate::Gate;
use super::port::{Kind, Meta, Port, Work};
use super::runtime;
use super::sleepers::{Sleep, Sleepers};

/// Jobs that are run before others are let in.
const BUDGET: usize = 64;

/// Every so many entries, the common queue is looked at first.
const COMMON: usize = 61;

pub(super) struct Crowd {
    common: Injector<Work>,
    stealers: Box<[Stealer<Work>]>,
    sleepers: Sleepers,
    closed: AtomicBool,
    gate: Option<Arc<Gate>>,
}

/// The part of one of those who empty it. It is in `LOCAL` while it runs jobs.
struct Local {
    port: Port,
    own: Worker<Work>,
}

thread_local! {
    static LOCAL: RefCell<Option<Local>> = const { RefCell::new(None) };
}

/// Pushes a job that was woken on a thread of its own queue; gives others back.
#[inline]
pub(super) fn push_local(runnable: Runnable<Meta>) -> Option<Runnable<Meta>> {
    let mut runnable = Some(runnable);
    let _ = LOCAL.try_with(|local| {
        let local = local.borrow();
        let Some(local) = &*local else { return };
        if let Some(own) = runnable.take_if(|own| own.metadata().port.is(&local.port)) {
            let alone = local.own.is_empty();
            local.own.push(Work::Job(own));
            if !alone && let Kind::Crowd(crowd) = local.port.kind() {
                crowd.sleepers.notify();
            }
        }
    });
    runnable
}

impl Crowd {
    /// A queue for so many, each of which gets a part.
    pub(super) fn new(count: usize, gate: Option<Arc<Gate>>) -> (Port, Vec<Drainer>) {
        let owns: Vec<Worker<Work>> = (0..count.max(1)).map(|_| Worker::new_fifo()).collect();
        let port = Port::new(Kind::Crowd(Self {
            common: Injector::new(),
            stealers: owns.iter().map(Worker::stealer).collect(),
            sleepers: Sleepers::new(),
            closed: AtomicBool::new(false),
            gate,
        }));
        let drainer = |(id, own)| Drainer {
            id,
            local: Some(Local { port: port.clone(), own }),
            port: port.clone(),
            sleep: Sleep::default(),
            ticks: 0,
        };
        let drainers = owns.into_iter().enumerate().map(drainer).collect();
        (port, drainers)
    }

    pub(super) fn gate(&self) -> Option<&Arc<Gate>> {
        self.gate.as_ref()
    }

    /// Adds an entry. If the queue is closed, a job ends as cancelled.
    pub(super) fn submit(&self, port: &Port, work: Work) {
        // Relaxed: a job that slips in is dropped by `close`, or with the queue.
        if self.closed.load(Ordering::Relaxed) {
            return drop(work);
        }
        let mut work = Some(work);
        let _ = LOCAL.try_with(|local| {
            if let Some(local) = &*local.borrow()
                && local.port.is(port)
                && let Some(work) = work.take()
            {
                local.own.push(work);
            }
        });
        if let Some(work) = work {
            self.common.push(work);
        }
        self.sleepers.notify();
    }

    /// Nobody empties it any more: what is in it is dropped, and what will come.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.sleepers.wake_all();
        while let Some(work) = self.steal_common() {
            drop(work);
        }
        for stealer in &self.stealers {
            while let Some(work) = steal(|| stealer.steal()) {
                drop(work);
            }
        }
    }

    /// Wakes all who empty it.
    pub(super) fn rouse(&self) {
        self.sleepers.wake_all();
    }

    fn steal_common(&self) -> Option<Work> {
        steal(|| self.common.steal())
    }

    fn is_empty(&self) -> bool {
        self.common.is_empty() && self.stealers.iter().all(Stealer::is_empty)
    }

    /// How many entries there are, about.
    pub(super) fn len(&self) -> usize {
        self.common.len() + self.stealers.iter().map(Stealer::len).sum::<usize>()
    }

    fn find(&self, local: &Local, id: usize, common_first: bool) -> Option<Work> {
        if common_first && let Some(work) = self.steal_common() {
            return Some(work);
        }
        if let Some(work) = local.own.pop() {
            return Some(work);
        }
        if let Some(work) = steal(|| self.common.steal_batch_and_pop(&local.own)) {
            return Some(work);
        }
        let count = self.stealers.len();
        (1..count).find_map(|i| {
            let other = &self.stealers[(id + i) % count];
            steal(|| other.steal_batch_and_pop(&local.own))
        })
    }
}

fn steal(mut attempt: impl FnMut() -> Steal<Work>) -> Option<Work> {
    loop {
        match attempt() {
            Steal::Success(work) => return Some(work),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
}

/// How a turn of one who empties the queue ended.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// There may be more.
    Again,
    /// It is asleep: its waker will be called.
    Asleep,
}

/// One who empties the queue.
pub(super) struct Drainer {
    id: usize,
    local: Option<Local>,
    port: Port,
    sleep: Sleep,
    ticks: usize,
}

impl Drainer {
    pub(super) fn port(&self) -> &Port {
        &self.port
    }

    fn crowd(port: &Port) -> &Crowd {
        match port.kind() {
            Kind::Crowd(crowd) => crowd,
            _ => unreachable!("made for one"),
        }
    }

    /// Runs some jobs.
    pub(super) fn turn(&mut self, waker: &Waker) -> Turn {
        /// Puts the part back, also when this unwinds.
        struct Lent<'a>(&'a mut Option<Local>, Option<Local>);
        impl Drop for Lent<'_> {
            fn drop(&mut self) {
                let before = self.1.take();
                let _ = LOCAL.try_with(|local| *self.0 = local.replace(before));
            }
        }
        let port = self.port.clone();
        let crowd = Self::crowd(&port);
        crowd.sleepers.get_up(self.id, &mut self.sleep);
        let mine = self.local.take();
        let before = LOCAL.with(|local| local.replace(mine));
        let lent = Lent(&mut self.local, before);
        for _ in 0..BUDGET {
            self.ticks = self.ticks.wrapping_add(1);
            let found = LOCAL.with(|local| {
                let local = local.borrow();
                crowd.find(local.as_ref()?, self.id, self.ticks % COMMON == 0)
            });
            let Some(work) = found else {
                drop(lent);
                let is_asleep =
                    crowd.sleepers.lie_down(self.id, &mut self.sleep, waker, || crowd.is_empty());
                return if is_asleep { Turn::Asleep } else { Turn::Again };
            };
            crowd.sleepers.found(&mut self.sleep);
            work.run();
            if !runtime::has_budget() {
                break;
            }
        }
        drop(lent);
        Turn::Again
    }
}

/// One of them as a task of tokio.
impl Future for Drainer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.turn(context.waker()) == Turn::Again {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
