//! The process of one measurement: finds what it is to do on its command line, and prints what it
//! found as one line of JSON.

use std::env;
use std::io;
use std::process::ExitCode;

use nix::sys::resource::{Resource, setrlimit};
use serde::{Deserialize, Serialize};

use super::case::{Case, Lock, Many, Side};
use super::{resident, waiting};
use crate::rival;
use crate::shape::Capacity;
use crate::tally::Fault;

/// A measurement with one library.
pub(crate) type Run = fn(&Order) -> Result<Vec<Figure>, Trouble>;

/// More than this a measurement may not ask the system for.
const LIMIT: u64 = 8 << 30;

/// What is on the heap of the process.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    /// Bytes asked for and not freed.
    pub(super) bytes: f64,
    /// How often memory was asked for.
    pub(super) allocations: f64,
}

impl Heap {
    /// By the figures of an allocator that counts.
    pub fn of(stats: stats_alloc::Stats) -> Self {
        Self {
            bytes: stats.bytes_allocated as f64 - stats.bytes_deallocated as f64,
            allocations: (stats.allocations + stats.reallocations) as f64,
        }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(super) case: Case,
    pub(super) capacity: Capacity,
    pub(super) count: usize,
    pub(super) heap: fn() -> Heap,
}

/// What was found: one figure for each row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(super) row: String,
    pub(super) unit: String,
    pub(super) bytes: f64,
    pub(super) allocations: Option<f64>,
}

impl Figure {
    /// Bytes, in the row of the case, or in one below it.
    pub(super) fn bytes(case: Case, below: &str, bytes: f64) -> Self {
        Self { row: format!("{case}{below}"), unit: "B".to_owned(), bytes, allocations: None }
    }

    pub(super) fn percent(case: Case, below: &str, share: f64) -> Self {
        Self { unit: "%".to_owned(), ..Self::bytes(case, below, share * 100.0) }
    }

    pub(super) fn with(self, allocations: f64) -> Self {
        Self { allocations: Some(allocations), ..self }
    }
}

/// Why there is no figure.
#[derive(Debug)]
pub(crate) enum Trouble {
    Fault(Fault),
    Io(io::Error),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

/// At a point of a measurement: heap and resident bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) heap: Heap,
    pub(super) resident: f64,
}

impl Order {
    pub(super) fn new(case: Case, quick: bool, heap: fn() -> Heap) -> Self {
        Self { case, capacity: case.capacity(), count: case.count(quick), heap }
    }

    /// What is held now, to begin with. To look takes memory itself, which must not count: the heap
    /// comes last.
    pub(super) fn before(&self) -> Result<Held, Trouble> {
        let resident = resident::resident()?;
        Ok(Held { heap: (self.heap)(), resident })
    }

    /// What is held now, in the end: the heap comes first.
    pub(super) fn after(&self) -> Result<Held, Trouble> {
        let heap = (self.heap)();
        Ok(Held { heap, resident: resident::resident()? })
    }

    /// One of `count`.
    pub(super) fn each(&self, all: f64) -> f64 {
        all / self.count as f64
    }
}

/// What the program `strait-lab-memory` does: `strait-lab-memory CASE CONTESTANT full|quick`.
pub fn measure(heap: fn() -> Heap) -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [case, contestant, pace @ ("full" | "quick")] = words[..] else {
        eprintln!("this program is called by `strait-lab memory`");
        return ExitCode::FAILURE;
    };
    let Some(case) = Case::all().into_iter().find(|known| known.to_string() == case) else {
        eprintln!("there is no `{case}`");
        return ExitCode::FAILURE;
    };
    let Some(run) = of(contestant, case) else {
        eprintln!("{contestant} takes no part in {case}");
        return ExitCode::FAILURE;
    };
    rival::prepare();
    let order = Order::new(case, pace == "quick", heap);
    let done = setrlimit(Resource::RLIMIT_AS, LIMIT, LIMIT)
        .map_err(|error| Trouble::Io(error.into()))
        .and_then(|()| run(&order))
        .and_then(|figures| {
            serde_json::to_string(&figures).map_err(|error| Trouble::Io(error.into()))
        });
    match done {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

/// How `contestant` does `case`; none if it cannot.
pub(super) fn of(contestant: &str, case: Case) -> Option<Run> {
    if let Some(&(_, control)) = waiting::CONTROLS.iter().find(|(name, _)| *name == contestant) {
        let waits = matches!(case, Case::Waiting(Side::Recv) | Case::AtLock(_) | Case::AtMany(_));
        return waits.then_some(control);
    }
    let rival = rival::named(contestant).ok()?;
    let (sync, many) = ((rival.sync)(), (rival.many)());
    let of_lock = |lock| match lock {
        Lock::Mutex => sync.mutex,
        Lock::Semaphore => sync.semaphore,
        Lock::ReadWrite => sync.rw_lock,
    };
    let (threads, tasks) = ((rival.threads)(case.capacity()), (rival.tasks)(case.capacity()));
    match case {
        Case::Waiting(Side::Recv) | Case::Gone(Side::Recv) => tasks?.receivers,
        Case::Waiting(Side::Send) | Case::Gone(Side::Send) => tasks?.senders,
        Case::Lock(lock) => of_lock(lock).hold,
        Case::AtLock(lock) => of_lock(lock).wait,
        Case::Many(Many::Broadcast(_)) => many.threads.hold.or(many.tasks.hold),
        Case::Many(Many::Latest) => many.latest.hold,
        Case::AtMany(Many::Broadcast(_)) => many.wait,
        Case::AtMany(Many::Latest) => many.latest.wait,
        _ => threads.and_then(|runs| runs.hold).or(tasks.and_then(|runs| runs.hold)),
    }
}
