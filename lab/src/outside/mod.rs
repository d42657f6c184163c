//! Peers that are not written in Rust: programs of their own, in `lab/go` and `lab/kotlin`, that do
//! the same rounds. They run beside this one, one for each number of workers, sleep until they are
//! asked, and answer with what a round cost, so that their rounds are interleaved with all others.
//!
//! - `toolchain`: what they are built with; `build`: how; `protocol`: what is said.
//! - `child`: one that runs; `crew`: all that run; `runs`: their rounds as a row takes them.

mod build;
mod child;
mod crew;
mod protocol;
mod runs;
#[cfg(test)]
mod tests;
mod toolchain;

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

pub(crate) use self::runs::{Peer, many_runs, mix_runs, pick_runs, sync_runs, task_runs};
use crate::rival::Rival;

/// A language with channels of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum System {
    Go,
    Kotlin,
}

/// A program that has been built.
#[derive(Debug)]
struct Program {
    /// What runs it, without its options.
    words: Vec<std::ffi::OsString>,
    version: String,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }
}

impl System {
    /// The program, built at the first call; or why there is none.
    fn program(self) -> Result<&'static Program, &'static str> {
        static GO: OnceLock<Result<Program, String>> = OnceLock::new();
        static KOTLIN: OnceLock<Result<Program, String>> = OnceLock::new();
        let (cell, build): (_, fn() -> Result<Program, String>) = match self {
            Self::Go => (&GO, build::go),
            Self::Kotlin => (&KOTLIN, build::kotlin),
        };
        cell.get_or_init(build).as_ref().map_err(String::as_str)
    }

    /// Its version, and those of what it runs with. Says so where figures are of a warm machine.
    pub(crate) fn version(self) -> String {
        let version = self.program().map_or("not here", |program| program.version.as_str());
        match self {
            Self::Go => version.to_owned(),
            Self::Kotlin => {
                format!("{version}, each shape measured after {} s of warm-up", crew::warm_up())
            }
        }
    }
}

/// The processor time of all programs that run: what a count of the whole machine's must not take
/// for that of strangers. Those that have ended are in the count of the children that were waited
/// for.
pub(crate) fn cpu_time() -> Duration {
    crew::cpu_time()
}

/// Builds those among `rivals` that need it, and takes out those that cannot be built here, with a
/// line on standard error that says why. A quick run warms up for a shorter time.
pub(crate) fn prepare(rivals: &mut Vec<&'static Rival>, quick: bool) {
    crew::hurry(quick);
    rivals.retain(|rival| {
        let Some(system) = rival.outside else { return true };
        let program = system.program();
        if let Err(reason) = program {
            eprintln!("without {}: {reason}", rival.name);
        }
        program.is_ok()
    });
}
