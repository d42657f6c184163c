//! Where ready jobs go: the queues behind dispatchers, and what is in them.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_task::Runnable;

use super::crowd::{self, Crowd};
use super::gate::Gate;
use super::job;
use super::runtime::Runtime;
use super::solo::Solo;
use super::view::{self, View};
use super::world::World;

/// What a job's cell keeps beside the future: where the job goes when it is ready.
#[derive(Debug)]
pub(super) struct Meta {
    pub(super) port: Port,
}

/// One entry of a queue.
pub(super) enum Work {
    /// A job that is ready.
    Job(Runnable<Meta>),
    /// A turn of a view.
    Turn(Port),
    /// Something to be done on the thread.
    Call(Call),
}

/// Rare, and so one word: entries are two words.
pub(super) type Call = Box<Box<dyn FnOnce() + Send>>;

/// A queue, shared by all who put something in.
#[derive(Clone)]
pub(super) struct Port(Arc<Kind>);

pub(super) enum Kind {
    /// Emptied by several: tasks of a runtime, or threads of a pool.
    Crowd(Crowd),
    /// Emptied by one thread.
    Solo(Solo),
    /// Some at a time of what is ready goes to another queue.
    View { below: Port, view: View<Work> },
    /// Each entry on a thread of its own.
    Blocking(Runtime),
    /// Emptied by a test, in an order that its seed decides.
    World(World),
}

impl Port {
    pub(super) fn new(kind: Kind) -> Self {
        Self(Arc::new(kind))
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0
    }

    /// The same for all clones.
    pub(super) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What counts its jobs, if it can be closed.
    pub(super) fn gate(&self) -> Option<&Arc<Gate>> {
        match self.kind() {
            Kind::Crowd(crowd) => crowd.gate(),
            Kind::Solo(solo) => solo.gate(),
            Kind::View { below, .. } => below.gate(),
            Kind::Blocking(_) | Kind::World(_) => None,
        }
    }

    /// Wakes all who empty it, to look around.
    pub(super) fn rouse(&self) {
        match self.kind() {
            Kind::Crowd(crowd) => crowd.rouse(),
            Kind::Solo(solo) => solo.rouse(),
            Kind::View { .. } | Kind::Blocking(_) | Kind::World(_) => {}
        }
    }

    /// Whether the current job comes from this queue.
    pub(super) fn is_current(&self) -> bool {
        RUNNING.try_with(Cell::get) == Ok(self.address())
    }

    /// Adds an entry.
    pub(super) fn submit(&self, work: Work) {
        match self.kind() {
            Kind::Crowd(crowd) => crowd.submit(self, work),
            Kind::Solo(solo) => solo.submit(work),
            Kind::View { below, view } => {
                if view.push(work) {
                    below.submit(Work::Turn(self.clone()));
                }
            }
            Kind::Blocking(runtime) => runtime.blocking(move || work.run()),
            Kind::World(world) => world.submit(self, work),
        }
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port({:#x})", self.address())
    }
}

/// Called by wakers: the job goes to the queue that it belongs to.
pub(super) fn schedule(runnable: Runnable<Meta>) {
    if let Some(runnable) = crowd::push_local(runnable) {
        let port = runnable.metadata().port.clone();
        port.submit(Work::Job(runnable));
    }
}

thread_local! {
    /// The address of the queue whose job runs on this thread.
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

fn enter(address: usize) -> usize {
    RUNNING.try_with(|running| running.replace(address)).unwrap_or(0)
}

impl Work {
    /// Does it, on this thread.
    pub(super) fn run(self) {
        match self {
            Self::Job(runnable) => {
                let before = enter(runnable.metadata().port.address());
                runnable.run();
                job::leave();
                enter(before);
            }
            Self::Turn(port) => turn(port),
            // A panic has been printed by the hook, and is nobody's else.
            Self::Call(call) => drop(catch_unwind(AssertUnwindSafe(*call))),
        }
    }
}

fn turn(port: Port) {
    let (below, view) = match port.kind() {
        Kind::View { below, view } => (below, view),
        Kind::World(world) => return world.turn(),
        _ => return,
    };
    for _ in 0..view::BATCH {
        match view.pop() {
            Some(work) => work.run(),
            None => return,
        }
    }
    below.clone().submit(Work::Turn(port));
}

#[cfg(all(test, not(strait_loom)))]
mod tests {
    use super::Work;

    #[test]
    fn an_entry_is_two_words() {
        assert_eq!(size_of::<Work>(), 2 * size_of::<usize>());
    }
}
