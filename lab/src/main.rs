//! `strait-lab` measures strait beside other channel libraries and says where it wins, and where
//! not.
//!
//! - `shape`: what a library must offer; `rival/`: the libraries, one file each.
//! - `workload/`: what is done with a channel; `tally`: the proof that a round did it.
//! - `plan`: the rows; `runner`: the rounds of a row; `watchdog`: the end of those that hang.
//! - `scale`: a model of more cores than there are.
//! - `verdict`, `stats`, `table`, `raw`, `machine`: what is made of the figures.

#![forbid(unsafe_code)]

mod cli;
mod machine;
mod meter;
mod plan;
mod raw;
mod rival;
mod runner;
mod scale;
mod shape;
mod stats;
mod table;
mod tally;
mod verdict;
mod watchdog;
mod workload;

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::{Cli, Command};
use crate::machine::Machine;
use crate::plan::Set;
use crate::raw::Raw;
use crate::rival::Rival;
use crate::table::Table;
use crate::watchdog::Watchdog;

/// The longest that a round may take; a healthy one ends within a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> io::Result<ExitCode> {
    let cli = Cli::parse();
    if let Some(Command::Scale) = cli.command {
        return Ok(scale());
    }
    let sets = plan::sets(&cli.peers, &cli.filter);
    if sets.is_empty() {
        eprintln!("no row has such a name with these peers");
        return Ok(ExitCode::from(2));
    }
    rival::prepare();
    let machine = Machine::look(&cli.peers);
    let mut raw = cli.json.as_ref().map(|path| Raw::create(path, &machine)).transpose()?;
    let watchdog = Watchdog::start(PATIENCE);
    println!("{}\n\n{}", machine.head(), table::LEGEND);
    let bar = progress(&sets, &cli);
    let mut faults = 0;
    for set in &sets {
        let pace = cli.pace(set);
        let mut table = Table::new(columns(set, &cli.peers));
        bar.suspend(|| println!("{}", table.head(set, pace)));
        for row in &set.rows {
            bar.set_message(row.name.clone());
            let outcome = runner::run(row, pace, &watchdog, || bar.inc(1));
            faults += outcome.lanes.iter().map(|lane| lane.faults.len()).sum::<usize>();
            raw.iter_mut().try_for_each(|raw| raw.row(set.title, &outcome))?;
            bar.suspend(|| println!("{}", table.line(&outcome)));
        }
        bar.suspend(|| print!("{}", table.foot()));
    }
    bar.finish_and_clear();
    println!("\nload after: {}; faults: {faults}", machine::load());
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

/// Those of `rivals` that take part in at least one row of `set`, in the order they were named.
fn columns(set: &Set, rivals: &[&'static Rival]) -> Vec<&'static Rival> {
    let entries = || set.rows.iter().flat_map(|row| &row.entries);
    let runs = |rival: &&Rival| entries().any(|entry| entry.rival.name == rival.name);
    rivals.iter().copied().filter(runs).collect()
}

/// A bar with the time left, on standard error if that is a terminal. It is drawn between rounds
/// only: no thread of its own disturbs them.
fn progress(sets: &[Set], cli: &Cli) -> ProgressBar {
    let rounds = |set: &Set| {
        let lanes: usize = set.rows.iter().map(|row| row.entries.len()).sum();
        lanes * cli.pace(set).rounds
    };
    let style = "{wide_bar} {pos}/{len}, {eta} left, {msg}";
    let style = ProgressStyle::with_template(style).expect("the template is well-formed");
    let bar = ProgressBar::new(sets.iter().map(rounds).sum::<usize>() as u64).with_style(style);
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}
