//! A queue that several empty: tasks on the threads of tokio, or threads of a pool.
//!
//! Each of them has a lane of its own, from which the others steal; what comes from elsewhere
//! goes through a common one. Who is asleep and whom to wake is told in `sleepers.rs`.
//!
//! One on tokio is an ordinary task that runs up to [`BUDGET`] jobs a poll and then lets tokio's
//! other tasks in. All jobs of a poll share one cooperative budget of tokio, of 128 operations:
//! once it is used up, every resource of tokio says that it is not ready. So a poll ends as soon
//! as that has happened, and the next one begins with a new budget.
//!
//! A job that is woken by another job of the same queue goes to that one's own lane. If it is the
//! only one there, nobody else is told: it will run as soon as the waking job waits, on the core
//! that has its data. That is what makes two jobs that talk to each other stay on one thread.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_task::Runnable;

use crate::kernel::prim::{AtomicBool, Ordering};

use super::gate::Gate;
use super::lane::Lane;
use super::port::{Kind, Meta, Port, Work};
use super::runtime;
use super::sleepers::{Sleep, Sleepers};

/// Jobs that are run before others are let in.
const BUDGET: usize = 64;

/// Every so many entries, the common lane is looked at first.
const COMMON: usize = 61;

pub(super) struct Crowd {
    common: Lane<Work>,
    lanes: Box<[Lane<Work>]>,
    sleepers: Sleepers,
    closed: AtomicBool,
    gate: Option<Arc<Gate>>,
}

/// Which lane of which queue this thread is emptying.
struct Local {
    port: Port,
    id: usize,
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
        let Kind::Crowd(crowd) = local.port.kind() else { return };
        if let Some(own) = runnable.take_if(|own| own.metadata().port.is(&local.port))
            && crowd.lanes[local.id].push(Work::Job(own)) > 0
        {
            crowd.sleepers.notify();
        }
    });
    runnable
}

impl Crowd {
    /// A queue for so many, each of which gets a part.
    pub(super) fn open(count: usize, gate: Option<Arc<Gate>>) -> (Port, Vec<Drainer>) {
        let count = count.max(1);
        let port = Port::new(Kind::Crowd(Self {
            common: Lane::new(),
            lanes: (0..count).map(|_| Lane::new()).collect(),
            sleepers: Sleepers::new(),
            closed: AtomicBool::new(false),
            gate,
        }));
        let drainer = |id| Drainer { id, port: port.clone(), sleep: Sleep::default(), ticks: 0 };
        let drainers = (0..count).map(drainer).collect();
        (port, drainers)
    }

    pub(super) fn gate(&self) -> Option<&Arc<Gate>> {
        self.gate.as_ref()
    }

    /// Adds an entry. If the queue is closed, a job ends as cancelled.
    pub(super) fn submit(&self, port: &Port, work: Work) {
        let own = LOCAL.try_with(|local| {
            local.borrow().as_ref().filter(|local| local.port.is(port)).map(|local| local.id)
        });
        let lane = own.ok().flatten().map_or(&self.common, |id| &self.lanes[id]);
        lane.push(work);
        // SeqCst, with the store in `close`: of a push and a close, one sees the other.
        if self.closed.load(Ordering::SeqCst) {
            return self.clear();
        }
        self.sleepers.notify();
    }

    /// Nobody empties it any more: what is in it is dropped, and what will come.
    pub(super) fn close(&self) {
        // SeqCst: see `submit`.
        self.closed.store(true, Ordering::SeqCst);
        self.sleepers.wake_all();
        self.clear();
    }

    fn clear(&self) {
        for lane in self.lanes.iter().chain([&self.common]) {
            while let Some(work) = lane.pop() {
                drop(work);
            }
        }
    }

    /// Wakes all who empty it.
    pub(super) fn rouse(&self) {
        self.sleepers.wake_all();
    }

    fn is_empty(&self) -> bool {
        self.common.is_empty() && self.lanes.iter().all(Lane::is_empty)
    }

    fn find(&self, id: usize, common_first: bool) -> Option<Work> {
        let own = &self.lanes[id];
        if common_first && let Some(work) = self.common.pop() {
            return Some(work);
        }
        own.pop().or_else(|| self.common.steal(own)).or_else(|| {
            let count = self.lanes.len();
            (1..count).find_map(|i| self.lanes[(id + i) % count].steal(own))
        })
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
    port: Port,
    sleep: Sleep,
    ticks: usize,
}

impl Drainer {
    pub(super) fn port(&self) -> &Port {
        &self.port
    }

    /// Runs some jobs.
    pub(super) fn turn(&mut self, waker: &Waker) -> Turn {
        /// Puts back what was there before, also when this unwinds.
        struct Back(Option<Local>);
        impl Drop for Back {
            fn drop(&mut self) {
                let before = self.0.take();
                let _ = LOCAL.try_with(|local| local.replace(before));
            }
        }
        let Kind::Crowd(crowd) = self.port.kind() else { unreachable!("made for one") };
        crowd.sleepers.get_up(self.id, &mut self.sleep);
        let mine = Local { port: self.port.clone(), id: self.id };
        let _back = Back(LOCAL.with(|local| local.replace(Some(mine))));
        for _ in 0..BUDGET {
            self.ticks = self.ticks.wrapping_add(1);
            let Some(work) = crowd.find(self.id, self.ticks.is_multiple_of(COMMON)) else {
                let is_empty = || crowd.is_empty();
                let asleep = crowd.sleepers.lie_down(self.id, &mut self.sleep, waker, is_empty);
                return if asleep { Turn::Asleep } else { Turn::Again };
            };
            crowd.sleepers.found(&mut self.sleep);
            work.run();
            if !runtime::has_budget() {
                break;
            }
        }
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
