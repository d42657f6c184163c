//! Runs the paths under callgrind.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use super::STEP;
use crate::step::{Failure, Step};
use crate::workspace;

/// How often a path is taken in the short run; the long run takes it twice as often. A multiple of
/// the cells in a segment, and long enough for budgets of patience to have settled.
const TIMES: u32 = 12_800;

/// How much of a path `explain` shows.
const SHOWN: usize = 30;

pub(super) fn is_installed() -> bool {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    valgrind.status().is_ok_and(|status| status.success())
}

/// What a count depends on besides our code: the compiler, the machine it compiles for, and the C
/// library, whose allocator every channel calls.
pub(super) fn tools() -> Result<Vec<String>, Failure> {
    let mut tools = Vec::new();
    for (program, arguments) in [("rustc", "--version"), ("getconf", "GNU_LIBC_VERSION")] {
        tools.push(Step::new(STEP, program).arg(arguments).output()?.trim().to_owned());
    }
    tools.push(workspace::host()?);
    Ok(tools)
}

/// The program among cargo's messages.
pub(super) fn program(messages: &str) -> Option<String> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
}

/// The instructions of one operation on each path whose name contains `filter`, on all cores: what
/// is counted does not depend on who else runs.
pub(super) fn count(program: &str, filter: &str) -> Result<BTreeMap<String, f64>, Failure> {
    let listed = Step::new("budget, list", program).output()?;
    let asked = listed.lines().filter(|path| path.contains(filter));
    let todo: Mutex<Vec<String>> = Mutex::new(asked.map(str::to_owned).collect());
    let next = || todo.lock().ok()?.pop();
    let work = || {
        let mut counted = BTreeMap::new();
        while let Some(path) = next() {
            let short = total(program, &path, TIMES)?;
            let long = total(program, &path, 2 * TIMES)?;
            counted.insert(path, tenths(long.saturating_sub(short)));
        }
        Ok(counted)
    };
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut all = BTreeMap::new();
        for worker in workers {
            all.extend(worker.join().map_err(|_| Failure::new(STEP, "a worker panicked"))??);
        }
        Ok(all)
    })
}

/// Instructions an operation, to one digit behind the point.
fn tenths(instructions: u64) -> f64 {
    (instructions as f64 / f64::from(TIMES) * 10.0).round() / 10.0
}

/// All instructions of a program that takes `path` so often.
fn total(program: &str, path: &str, times: u32) -> Result<u64, Failure> {
    let profile = profile(program, path, times)?;
    let text = fs::read_to_string(&profile).map_err(|error| {
        Failure::new(STEP, format!("callgrind wrote no {}: {error}", profile.display()))
    })?;
    summary(&text).ok_or_else(|| Failure::new(STEP, format!("no sum in {}", profile.display())))
}

/// The sum that stands in a profile.
fn summary(profile: &str) -> Option<u64> {
    profile.lines().find_map(|line| line.strip_prefix("summary: "))?.trim().parse().ok()
}

/// Where callgrind has written what it saw.
fn profile(program: &str, path: &str, times: u32) -> Result<PathBuf, Failure> {
    let folder = workspace::target("budget");
    fs::create_dir_all(&folder).map_err(|error| Failure::new(STEP, error.to_string()))?;
    let file = folder.join(format!("{}-{times}.out", path.replace('/', "-")));
    Step::new(format!("budget, {path}"), "valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .args([program, path, &times.to_string()])
        .output()?;
    Ok(file)
}

/// Prints the functions of a path, those that take most first, with what they call and without.
pub(super) fn explain(program: &str, path: &str) -> Result<(), Failure> {
    let (short, long) = (profile(program, path, TIMES)?, profile(program, path, 2 * TIMES)?);
    for (title, inclusive) in [("with what it calls", true), ("without what it calls", false)] {
        let before = functions(&short, inclusive)?;
        let mut rows: Vec<(f64, String)> = functions(&long, inclusive)?
            .into_iter()
            .map(|(name, count)| {
                let set_up = before.get(&name).copied().unwrap_or(0);
                (tenths(count.saturating_sub(set_up)), name)
            })
            .filter(|(count, _)| *count > 0.0)
            .collect();
        rows.sort_by(|one, other| other.0.total_cmp(&one.0));
        // What has all of them inside is the way from the program's start.
        let whole = rows.first().map_or(0.0, |(count, _)| *count);
        println!("\n{path}: {whole} instructions, {title}:");
        rows.retain(|(count, _)| *count < whole);
        rows.iter().take(SHOWN).for_each(|(count, name)| println!("{count:>9.1}  {name}"));
    }
    Ok(())
}

/// The functions of a profile. One that was inlined into others has a line for each file it came
/// with: they are parts of it, or, with what is called, the largest contains the others.
fn functions(profile: &Path, inclusive: bool) -> Result<BTreeMap<String, u64>, Failure> {
    let annotated = Step::new("budget, annotate", "callgrind_annotate")
        .arg(if inclusive { "--inclusive=yes" } else { "--inclusive=no" })
        .args(["--auto=no", "--threshold=100"])
        .arg(profile)
        .output()?;
    let mut functions = BTreeMap::new();
    for (count, name) in annotated.lines().filter_map(function) {
        let known: &mut u64 = functions.entry(name.to_owned()).or_default();
        *known = if inclusive { count.max(*known) } else { count + *known };
    }
    Ok(functions)
}

/// Instructions and name, if the line is that of a function.
fn function(line: &str) -> Option<(u64, &str)> {
    let (count, rest) = line.trim_start().split_once(" (")?;
    let (_, name) = rest.split_once("%)")?;
    let name = name.trim_start();
    let name = name.rsplit_once(" [").map_or(name, |(name, _)| name);
    let name = name.split_once(':').map_or(name, |(_, name)| name);
    Some((count.replace(',', "").parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_a_sum() {
        assert_eq!(summary("events: Ir\nsummary: 3308468\n\ntotals: 3308468\n"), Some(3_308_468));
        assert_eq!(summary("events: Ir\n"), None);
    }

    #[test]
    fn a_function_is_told_from_the_rest() {
        let line = "2,995,200 (90.53%)  plain.rs:strait_paths::plain::attempt [/target/paths]";
        assert_eq!(function(line), Some((2_995_200, "strait_paths::plain::attempt")));
        assert_eq!(
            function("3,308,468 (100.0%)  PROGRAM TOTALS"),
            Some((3_308_468, "PROGRAM TOTALS"))
        );
        assert_eq!(function("Ir  file:function"), None);
    }
}
