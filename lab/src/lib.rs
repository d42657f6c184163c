//! `strait-lab` measures strait beside other libraries of channels and locks and says where it
//! wins, and where not.
//!
//! - `shape`: what a library must offer; `rival/`: the libraries, one file each.
//! - `workload/`: what is done with a channel or a lock; `tally`: the proof that a round did it.
//! - `plan`: the rows; `session`: a run; `pace`: its time; `runner`: the rounds of a row;
//!   `watchdog`: the end of those that hang.
//! - `outside`: peers that are programs in other languages.
//! - `memory/`: what channels, locks and those who wait on them hold, each in a process of its own.
//! - `graph`: object graphs: built, walked, collected, moved and frozen.
//! - `scale`: a model of more cores than there are.
//! - `meter`, `bounce`, `others`, `machine`: what is measured, and what disturbs it.
//! - `raw`: the record; `phase`, `stats`, `verdict`, `compare`, `report/`: what is made of it.

#![forbid(unsafe_code)]

mod bounce;
mod cli;
mod compare;
pub mod graph;
mod machine;
pub mod memory;
mod meter;
mod others;
mod outside;
mod pace;
mod phase;
mod plan;
mod raw;
mod report;
mod rival;
mod runner;
mod scale;
mod session;
mod shape;
mod stats;
mod tally;
mod verdict;
mod watchdog;
mod workload;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use indicatif::ProgressBar;

use crate::cli::{Cli, Command};
use crate::raw::Raw;

/// What the program `strait-lab` does.
///
/// # Errors
/// If a record cannot be read or written.
pub fn main() -> io::Result<ExitCode> {
    let mut cli = Cli::parse();
    match cli.command {
        None => {
            outside::prepare(&mut cli.run.peers, cli.run.quick);
            session::run(&cli.run)
        }
        Some(Command::Compare(paths)) => {
            let (old, new) = (Raw::load(&paths.old)?, Raw::load(&paths.new)?);
            let comparison = compare::Comparison::of(&old, &new);
            print!("{}", comparison.text());
            let failed = paths.fail_above.is_some_and(|limit| comparison.slower_than(limit));
            Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Some(Command::Memory(memory)) => memory.run(),
        Some(Command::Scale) => Ok(scale()),
        Some(Command::Report(paths)) => {
            let beside = paths.raw.parent().unwrap_or(Path::new("."));
            report::write(&Raw::load(&paths.raw)?, paths.out.as_deref().unwrap_or(beside))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The model alone.
fn scale() -> ExitCode {
    let bar = ProgressBar::new_spinner();
    let record = scale::run(|step| {
        bar.set_message(step.to_owned());
        bar.tick();
    });
    bar.finish_and_clear();
    match record {
        Some(record) => print!("{record}"),
        None => {
            eprintln!("the model is calibrated with two processors that others leave alone");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
