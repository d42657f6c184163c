//! The programs that run: one for each system and number of workers, started when it is first
//! asked, and again after a fault of its own.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::child::Child;
use super::protocol::{self, Workload};
use super::{Program, System};
use crate::meter::Cost;
use crate::tally::Fault;
use crate::workload::Job;

/// The longest that a round may take, with the warm-up before it: less than the watchdog allows.
const PATIENCE: Duration = Duration::from_secs(45);

/// How long the JVM runs a job before it is measured, in milliseconds: long enough for its second
/// compiler, and for a look.
const WARM_UP: u32 = 2500;
const BRIEF_WARM_UP: u32 = 300;

static WARM_UP_MS: AtomicU32 = AtomicU32::new(WARM_UP);

pub(super) fn set_warm_up(quick: bool) {
    let chosen = if quick { BRIEF_WARM_UP } else { WARM_UP };
    // Relaxed: nothing else is told by it, and no child runs yet.
    WARM_UP_MS.store(chosen, Ordering::Relaxed);
}

/// In seconds.
pub(super) fn warm_up() -> f64 {
    f64::from(WARM_UP_MS.load(Ordering::Relaxed)) / 1e3
}

static CREW: Mutex<BTreeMap<(System, usize), Child>> = Mutex::new(BTreeMap::new());

/// Has the round done by the program of `system` with as many workers as `job` says; one where it
/// says none.
pub(super) fn ask(system: System, workload: Workload, job: Job) -> Result<Cost, Fault> {
    let workers = job.workers.max(1);
    let program = system.program().map_err(|reason| Fault::Outside(reason.to_owned()))?;
    let mut crew = CREW.lock().expect("no one panics with it");
    let mut child = match crew.remove(&(system, workers)) {
        Some(child) => child,
        None => start(system, program, workers)?,
    };
    let line = protocol::request(workload, job);
    // After a fault here the child is dropped, which ends it.
    let answer = child.ask(&line, PATIENCE)?;
    crew.insert((system, workers), child);
    protocol::reply(&answer)
}

fn start(system: System, program: &Program, workers: usize) -> Result<Child, Fault> {
    let mut command = program.command();
    command.arg("--serve").arg("--workers").arg(workers.to_string());
    if system == System::Kotlin {
        command.arg("--warm").arg(warm_up().to_string());
    }
    Child::start(command)
        .map_err(|error| Fault::Outside(format!("its program does not start: {error}")))
}
