//! Planted faults: does each weakened line of the library make some loom model fail?
//!
//! The source marks a mutant with `cfg(strait_mutant = "name")`: a weaker ordering, a forgotten
//! wake-up. A mutant that no model catches means that the line is not covered by any of them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::loom::{bound, passed};
use crate::step::{Ended, Failure, Step};
use crate::workspace;

const STEP: &str = "loom mutants";

/// What marks a mutant in the source.
const MARK: &str = "strait_mutant = \"";

/// What libtest prints as soon as one test has failed.
const FAILED: &str = "... FAILED";

pub(crate) struct Plan {
    pub(crate) filter: String,
    pub(crate) preemptions: Option<u32>,
    pub(crate) only: Vec<String>,
    pub(crate) seconds: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Caught,
    Survived,
    Undecided,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Caught => "caught",
            Verdict::Survived => "SURVIVED",
            Verdict::Undecided => "TIMED OUT",
        }
    }
}

struct Row {
    name: String,
    verdict: Verdict,
    took: Duration,
    log: PathBuf,
}

pub(crate) fn run(plan: &Plan) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for name in chosen(plan)? {
        eprintln!("\n==> mutant {name}");
        rows.push(plan.try_mutant(&name)?);
    }
    print_table(&rows);
    let missed: Vec<&str> = rows
        .iter()
        .filter(|row| row.verdict != Verdict::Caught)
        .map(|row| row.name.as_str())
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(STEP, format!("not caught by any model: {}", missed.join(", "))))
}

/// The mutants of the source that the caller asked for.
fn chosen(plan: &Plan) -> Result<Vec<String>, Failure> {
    let source = workspace::root().join("crates/strait/src");
    let mut found = BTreeSet::new();
    scan(&source, &mut found).map_err(|error| Failure::new(STEP, error.to_string()))?;
    if let Some(unknown) = plan.only.iter().find(|name| !found.contains(*name)) {
        return Err(Failure::new(STEP, format!("the source has no mutant `{unknown}`")));
    }
    if found.is_empty() {
        return Err(Failure::new(STEP, "the source marks no mutant"));
    }
    let wanted = |name: &String| plan.only.is_empty() || plan.only.contains(name);
    Ok(found.into_iter().filter(wanted).collect())
}

fn scan(folder: &Path, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            scan(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(names(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The mutants that a source text marks, comments left out.
fn names(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(MARK).skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

impl Plan {
    fn try_mutant(&self, name: &str) -> Result<Row, Failure> {
        let models = build(name)?;
        let log = workspace::target("loom").join("mutants").join(format!("{name}.log"));
        let start = Instant::now();
        let ended = Step::new(format!("mutant {name}"), &models)
            .envs(bound(self.preemptions))
            .arg(&self.filter)
            .dir(&workspace::root().join("crates/strait"))
            .watch(&log, Duration::from_secs(self.seconds), |text| text.contains(FAILED))?;
        let verdict = match ended {
            Ended::Settled => Verdict::Caught,
            Ended::TimedOut => Verdict::Undecided,
            Ended::Exited(status) if !status.success() => Verdict::Caught,
            Ended::Exited(_) => survivor(name, &log)?,
        };
        Ok(Row { name: name.to_owned(), verdict, took: start.elapsed(), log })
    }
}

/// The models passed. If none of them ran, nothing was tried.
fn survivor(name: &str, log: &Path) -> Result<Verdict, Failure> {
    if passed(&fs::read_to_string(log).unwrap_or_default()) == 0 {
        return Err(Failure::new(STEP, format!("no model ran against `{name}`")));
    }
    Ok(Verdict::Survived)
}

/// Builds the models with one mutant planted, and gives the program.
///
/// The mutant is a flag of the last compiler call alone, so dependencies are built once for all.
/// `cargo rustc` has no optimised test build; the variables give the test profile the settings
/// of a release.
fn build(mutant: &str) -> Result<String, Failure> {
    let name = format!("mutant {mutant}, build");
    let messages = Step::cargo(&name)
        .env("RUSTFLAGS", "--cfg strait_loom")
        .env("CARGO_PROFILE_TEST_OPT_LEVEL", "3")
        .env("CARGO_PROFILE_TEST_DEBUG_ASSERTIONS", "false")
        .args([
            "rustc",
            "--quiet",
            "-p",
            "strait",
            "--all-features",
            "--lib",
            "--profile",
            "test",
            "--target-dir",
        ])
        .arg(workspace::target("loom"))
        .args(["--message-format", "json-render-diagnostics", "--"])
        .args(["--cfg", &format!("strait_mutant=\"{mutant}\""), "-Awarnings"])
        .output()?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["profile"]["test"] == true)
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
        .ok_or_else(|| Failure::new(name, "cargo named no program"))
}

fn print_table(rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max("mutant".len());
    println!("\n{:width$}  {:9}  {:>8}", "mutant", "verdict", "seconds");
    for Row { name, verdict, took, log } in rows {
        print!("{name:width$}  {:9}  {:>8.1}", verdict.word(), took.as_secs_f64());
        match verdict {
            Verdict::Caught => println!(),
            Verdict::Survived | Verdict::Undecided => println!("  {}", log.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn marks_are_found_in_code_alone() {
        let text = r#"
            // cfg(strait_mutant = "in-a-comment")
            #[cfg(not(strait_mutant = "lost-wake"))]
            if cfg!(any(strait_mutant = "a", strait_mutant = "b")) {}
        "#;
        assert_eq!(names(text), ["lost-wake", "a", "b"]);
    }
}
