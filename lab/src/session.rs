//! A run from the first row to the report.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::bounce::{self, Bounce};
use crate::cli;
use crate::machine::{self, Machine};
use crate::others::Others;
use crate::pace::{Budget, Pace};
use crate::plan::{self, Set};
use crate::raw::{self, Contestant, Raw};
use crate::runner::{self, Ground};
use crate::watchdog::Watchdog;
use crate::{memory, phase, report, rival, scale};

/// The longest that a round may take; a healthy one ends within a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(60);
const QUICK_PATIENCE: Duration = Duration::from_secs(8);

/// The record as it grows, shared with the watchdog.
#[derive(Clone, Debug)]
struct Record {
    raw: Arc<Mutex<Raw>>,
    path: PathBuf,
    /// Partial rows of earlier beginnings, each with one who hung in it.
    hung: Vec<raw::Row>,
}

impl Record {
    fn raw(&self) -> MutexGuard<'_, Raw> {
        self.raw.lock().expect("no one panics with it")
    }

    fn store(&self) -> io::Result<()> {
        self.raw().store(&self.path)
    }

    /// Appends a row to the set with this title, which is begun if it is not the last one.
    fn push(&self, title: &str, note: &str, row: raw::Row) {
        let mut raw = self.raw();
        if raw.sets.last().is_none_or(|set| set.title != title) {
            let (title, note) = (title.to_owned(), note.to_owned());
            raw.sets.push(raw::Set { title, note, rows: vec![] });
        }
        raw.sets.last_mut().expect("there is one").rows.push(row);
    }

    /// Those who hung in `row` before.
    fn hung_in(&self, row: &str) -> Vec<Contestant> {
        let partial = self.hung.iter().filter(|partial| partial.name == row);
        partial.flat_map(|partial| partial.contestants.clone()).collect()
    }
}

/// Takes the partial rows out of a record that is to be gone on with.
fn take_partial(raw: &mut Raw) -> Vec<raw::Row> {
    let mut partial = Vec::new();
    for set in &mut raw.sets {
        partial.extend(set.rows.extract_if(.., |row| row.partial));
    }
    raw.sets.retain(|set| !set.rows.is_empty());
    partial
}

pub(crate) fn run(cli: &cli::Run) -> io::Result<ExitCode> {
    let mut sets = plan::sets(&cli.peers, &cli.filter);
    if cli.quick && cli.filter.is_empty() {
        sets = plan::quick(sets);
    }
    if sets.is_empty() && !["memory", "scale"].iter().any(|part| asked(cli, part)) {
        eprintln!("no row has such a name with these peers");
        return Ok(ExitCode::from(2));
    }
    rival::prepare();
    let path = cli.out.join(raw::FILE);
    let mut raw = match cli.resume {
        Some(_) => Raw::load(&path)?,
        None => Raw { machine: Machine::look(&cli.peers), ..Raw::default() },
    };
    let hung = take_partial(&mut raw);
    for set in &mut sets {
        set.rows.retain(|row| raw.rows().all(|done| done.name != row.name));
    }
    let record = Record { raw: Arc::new(Mutex::new(raw)), path, hung };
    let begun = Duration::from_secs(cli.resume.unwrap_or(0));
    let start = Instant::now();
    measure(cli, &sets, &record, begun)?;
    if asked(cli, "memory") {
        record.raw().memory = memory::run(&[], cli.quick, |_| ());
    }
    if asked(cli, "scale") {
        record.raw().scale = scale::run(|_| ());
    }
    record.raw().machine.load_after = machine::load();
    record.raw().machine.seconds = (begun + start.elapsed()).as_secs();
    record.store()?;
    let raw = record.raw();
    cli.json.iter().try_for_each(|copy| raw.store(copy))?;
    report::write(&raw, &cli.out)?;
    let faults: usize =
        raw.rows().flat_map(|row| &row.contestants).map(|one| one.faults.len()).sum();
    println!("\nload after: {}; faults: {faults}", raw.machine.load_after);
    if !raw.left_out.is_empty() {
        println!("the time was over before: {}", raw.left_out.join(", "));
    }
    println!("report: {}", cli.out.join(report::PAGE).display());
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a part that has no rows of its own is to be run.
fn asked(cli: &cli::Run, part: &str) -> bool {
    cli.filter.is_empty() || cli.filter.iter().any(|filter| filter == part)
}

fn measure(cli: &cli::Run, sets: &[Set], record: &Record, begun: Duration) -> io::Result<()> {
    let contestants = sets.iter().flat_map(|set| &set.rows).map(|row| row.entries.len()).sum();
    let rounds = cli.rounds.map(usize::from);
    let mut budget = Budget::new(cli.quick, rounds, contestants, begun);
    let cpus = bounce::cpus();
    let patience = if cli.quick { QUICK_PATIENCE } else { PATIENCE };
    let watchdog = {
        let (record, start) = (record.clone(), Instant::now());
        Watchdog::start(patience, move |row, contestant, fault| {
            give_up(&record, row, contestant, fault, begun + start.elapsed());
        })
    };
    let mut ground = Ground { watchdog, bounce: Bounce::start(), others: Others::default() };
    let bar = progress(contestants * rounds.unwrap_or(Pace::FULL.rounds));
    for set in sets {
        for row in &set.rows {
            let Some(pace) = budget.next(row.entries.len(), set.apart) else {
                record.raw().left_out.push(row.name.clone());
                continue;
            };
            bar.set_message(row.name.clone());
            if cli.pin && !cpus.is_empty() {
                let busy = threads(row).clamp(1, cpus.len());
                bounce::hold_to(&cpus[..busy]).map_err(io::Error::from)?;
            }
            let most = row.rounds.unwrap_or(usize::MAX);
            let pace = Pace { rounds: pace.rounds.min(most), ..pace };
            let begun = bar.position();
            let hung = record.hung_in(&row.name);
            let done = runner::run(row, pace, &hung, &mut ground, || bar.inc(1));
            record.push(set.title, set.note, done);
            let all = rounds.unwrap_or(Pace::FULL.rounds) * row.entries.len();
            bar.set_position(begun + all as u64);
        }
        record.store()?;
        let raw = record.raw();
        if let Some(done) = raw.sets.last().filter(|done| done.title == set.title) {
            bar.suspend(|| println!("{}", report::set_as_text(done, phase::threshold(&raw))));
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// The threads that a row keeps busy: of its own, or of the runtime.
fn threads(row: &plan::Row) -> usize {
    let alone = row.job.producers + row.job.consumers;
    if row.job.workers > 0 { row.job.workers } else { alone }
}

/// Writes down who hung, and begins again in the same place: nothing else ends the threads that
/// hang. The rows that are done and the faults are in the record.
fn give_up(record: &Record, row: &str, contestant: &str, fault: String, begun: Duration) {
    let contestant =
        Contestant { name: contestant.into(), faults: vec![fault], ..Contestant::default() };
    let contestants = vec![contestant];
    let row = raw::Row { name: row.into(), contestants, partial: true, ..raw::Row::default() };
    for row in record.hung.iter().cloned().chain([row]) {
        record.push("Given up", "Rows in which a contestant hung.", row);
    }
    if let Err(error) = record.store() {
        eprintln!("{}: {error}", record.path.display());
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let arguments = again(std::env::args_os().skip(1), begun);
    let error = Command::new(&program).args(arguments).exec();
    eprintln!("{}: {error}", program.display());
}

/// The arguments with which a run that began so long ago goes on.
fn again(arguments: impl Iterator<Item = OsString>, begun: Duration) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--resume") {
        arguments.drain(at..(at + 2).min(arguments.len()));
    }
    arguments.extend(["--resume".into(), begun.as_secs().to_string().into()]);
    arguments
}

/// A bar with the time left, on standard error if that is a terminal. It is drawn between rounds
/// only: no thread of its own disturbs them.
fn progress(rounds: usize) -> ProgressBar {
    let style = "{wide_bar} {pos}/{len}, {eta} left, {msg}";
    let style = ProgressStyle::with_template(style).expect("the template is well-formed");
    let bar = ProgressBar::new(rounds as u64).with_style(style);
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, partial: bool) -> raw::Row {
        let hung = Contestant { name: "flume".into(), ..Contestant::default() };
        raw::Row { name: name.into(), contestants: vec![hung], partial, ..raw::Row::default() }
    }

    #[test]
    fn a_run_that_goes_on_knows_who_hung() {
        let raw = Arc::new(Mutex::new(Raw::default()));
        let mut record = Record { raw, path: PathBuf::new(), hung: vec![] };
        record.push("Threads", "", row("a", false));
        record.push("Given up", "", row("b", true));
        let hung = take_partial(&mut record.raw());
        record.hung = hung;
        assert_eq!(record.hung_in("b").len(), 1);
        assert!(record.hung_in("a").is_empty());
        record.push("Threads", "", row("b", false));
        let raw = record.raw();
        assert_eq!(raw.sets.len(), 1, "the set goes on where it was");
        assert_eq!(raw.rows().map(|row| &*row.name).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn it_goes_on_with_the_same_arguments() {
        let arguments = ["--quick", "--resume", "5", "--pin"].map(OsString::from);
        let again = again(arguments.into_iter(), Duration::from_secs(17));
        assert_eq!(again, ["--quick", "--pin", "--resume", "17"]);
    }
}
