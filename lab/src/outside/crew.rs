//! The programs that run: one for each system and number of workers, started when it is first
//! asked, and again after a fault of its own.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::child::Child;
use super::protocol::{self, Workload};
use super::{Program, System};
use crate::meter::Cost;
use crate::tally::Fault;
use crate::workload::Job;

/// How long a run has.
#[derive(Clone, Copy)]
struct Pace {
    /// For how long the JVM runs a job before it is measured.
    warm_up: Duration,
    /// The longest that a round may take, with the start of its program and the warm-up before it:
    /// less than the watchdog of the whole run allows.
    patience: Duration,
}

/// Long enough for the second compiler of the JVM.
const FULL: Pace = Pace { warm_up: Duration::from_millis(2500), patience: Duration::from_secs(45) };
/// For a look.
const QUICK: Pace = Pace { warm_up: Duration::from_millis(300), patience: Duration::from_secs(6) };

static IN_A_HURRY: AtomicBool = AtomicBool::new(false);

pub(super) fn hurry(quick: bool) {
    // Relaxed: nothing else is told by it, and no child runs yet.
    IN_A_HURRY.store(quick, Ordering::Relaxed);
}

fn pace() -> Pace {
    if cfg!(test) {
        // Nothing is measured, on a machine that does other things as well.
        return Pace { warm_up: Duration::from_millis(50), ..FULL };
    }
    if IN_A_HURRY.load(Ordering::Relaxed) { QUICK } else { FULL }
}

/// In seconds.
pub(super) fn warm_up() -> f64 {
    pace().warm_up.as_secs_f64()
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
    let answer = child.ask(&line, pace().patience)?;
    crew.insert((system, workers), child);
    protocol::reply(&answer)
}

/// Of all that run, together.
pub(super) fn cpu_time() -> Duration {
    let crew = CREW.lock().expect("no one panics with it");
    crew.values().map(Child::cpu_time).sum()
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
