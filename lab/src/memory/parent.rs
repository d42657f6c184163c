//! Calls a process for every measurement and gathers what they print.

use std::env;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt;

use super::case::Case;
use super::child::{self, Figure};
use super::record::{Contestant, Record};
use super::waiting::CONTROLS;
use crate::rival;

/// How long a measurement may take; a healthy one ends within seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who takes part, and what its column says of it.
fn contestants() -> Vec<Contestant> {
    let contestant = |name: &str, own, control, cancel_safe| Contestant {
        name: name.to_owned(),
        own,
        control,
        cancel_safe,
        bytes: None,
        allocations: None,
        note: String::new(),
    };
    let rivals = rival::DEFAULT.split(',').filter_map(|name| rival::named(name).ok());
    let rivals = rivals.map(|rival| contestant(rival.name, rival.own, false, rival.cancel_safe));
    rivals.chain(CONTROLS.map(|(name, _)| contestant(name, false, true, true))).collect()
}

/// The measurements of the cases whose name contains one of `filters`, or all; `tick` is told of
/// each before it begins. `quick` does with a tenth of the channels, tasks and messages.
pub fn run(filters: &[String], quick: bool, mut tick: impl FnMut(&str)) -> Vec<Record> {
    let asked = |case: &Case| {
        let name = case.to_string();
        filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))
    };
    let contestants = contestants();
    let mut records = Vec::new();
    for case in Case::all().into_iter().filter(asked) {
        let able = contestants.iter().filter(|one| child::of(&one.name, case).is_some());
        let found = able.map(|one| {
            tick(&format!("{case}, {}", one.name));
            (one.clone(), call(case, &one.name, quick))
        });
        records.extend(gather(case, case.count(quick) as u64, found.collect()));
    }
    records
}

/// The rows of one case. Those who failed stand in each of them, with the reason.
pub(super) fn gather(
    case: Case,
    count: u64,
    found: Vec<(Contestant, Result<Vec<Figure>, String>)>,
) -> Vec<Record> {
    let figures = found.iter().find_map(|(_, figures)| figures.as_ref().ok());
    let rows: Vec<(String, String)> = figures.map_or_else(
        || vec![(case.to_string(), "B".to_owned())],
        |figures| figures.iter().map(|one| (one.row.clone(), one.unit.clone())).collect(),
    );
    let record = |(row, unit): (String, String)| {
        let contestant = |(one, figures): &(Contestant, Result<Vec<Figure>, String>)| {
            let figure = figures.as_ref().map(|all| all.iter().find(|figure| figure.row == row));
            let mut one = one.clone();
            match figure {
                Ok(figure) => {
                    one.bytes = figure.map(|figure| figure.bytes);
                    one.allocations = figure.and_then(|figure| figure.allocations);
                }
                Err(why) => one.note.clone_from(why),
            }
            one
        };
        let contestants = found.iter().map(contestant).collect();
        Record { unit, count, contestants, row }
    };
    rows.into_iter().map(record).collect()
}

/// One measurement; `Err` says why there is no figure.
fn call(case: Case, contestant: &str, quick: bool) -> Result<Vec<Figure>, String> {
    let mut program = Command::new(program().map_err(|error| error.to_string())?);
    program.arg(case.to_string()).arg(contestant).arg(if quick { "quick" } else { "full" });
    output(&mut program, PATIENCE).and_then(|line| {
        serde_json::from_str(&line).map_err(|error| format!("printed no figures: {error}"))
    })
}

/// The other program of this package, beside this one.
fn program() -> io::Result<PathBuf> {
    let name = format!("strait-lab-memory{}", env::consts::EXE_SUFFIX);
    let program = env::current_exe()?.with_file_name(name);
    if program.exists() {
        return Ok(program);
    }
    let missing = "strait-lab-memory is not built: `cargo build --release -p strait-lab --bins`";
    Err(io::Error::new(io::ErrorKind::NotFound, missing))
}

/// What a program prints, if it ends well and in time.
pub(super) fn output(program: &mut Command, patience: Duration) -> Result<String, String> {
    let failed = |error: io::Error| format!("could not be run: {error}");
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().map_err(failed)?;
    let Some(status) = child.wait_timeout(patience).map_err(failed)? else {
        // It may end by itself at this very moment.
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("did not end within {} s", patience.as_secs()));
    };
    let (printed, complaint) = read(&mut child).map_err(failed)?;
    if status.success() { Ok(printed) } else { Err(death(status, &complaint)) }
}

/// What is little enough to wait in the pipe until the program has ended.
fn read(child: &mut Child) -> io::Result<(String, String)> {
    let (mut printed, mut complaint) = (Vec::new(), Vec::new());
    child.stdout.take().map(|mut out| out.read_to_end(&mut printed)).transpose()?;
    child.stderr.take().map(|mut err| err.read_to_end(&mut complaint)).transpose()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok((text(printed), text(complaint)))
}

/// How a program died, and the first thing it said about it.
fn death(status: ExitStatus, complaint: &str) -> String {
    let complaint = complaint.lines().map(str::trim).find(|line| !line.is_empty());
    complaint.map_or_else(|| status.to_string(), |complaint| format!("{complaint} ({status})"))
}
