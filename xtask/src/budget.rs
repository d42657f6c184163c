//! `cargo x budget`: the instructions of the paths that most programs take, against a file.
//!
//! A clock cannot tell 2 % on a machine that others use; a simulator counts instructions exactly
//! and the same each time. What one operation takes is the difference of two runs, so that neither
//! the program's start nor what a path sets up once is in it. A path above its budget fails; the
//! file is raised on purpose, by `--write`, and the change says why.

mod file;
mod valgrind;

use clap::Args;

use self::file::{Budget, Change};
use crate::step::{Failure, Step};

const STEP: &str = "budget";

/// The instructions of the library's short paths, by callgrind, against lab/budget.json
#[derive(Args)]
pub(crate) struct Instructions {
    /// Make what is counted now the budget: the change that needs it says why
    #[arg(long)]
    write: bool,
    /// Where the instructions of this path go, function by function
    #[arg(long, value_name = "PATH", conflicts_with = "write")]
    explain: Option<String>,
    /// Only the paths whose name contains this
    #[arg(conflicts_with = "write")]
    filter: Option<String>,
}

impl Instructions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if !valgrind::is_installed() {
            eprintln!("\n==> {STEP}\n    skipped: valgrind is not installed");
            return Ok(());
        }
        let program = build()?;
        if let Some(path) = &self.explain {
            return valgrind::explain(&program, path);
        }
        let filter = self.filter.unwrap_or_default();
        let counted = valgrind::count(&program, &filter)?;
        if counted.is_empty() {
            return Err(Failure::new(STEP, format!("no path has `{filter}` in its name")));
        }
        let old = Budget::read()?;
        let new = Budget::of(counted)?;
        let whole = filter.is_empty();
        let changes = file::compare(&old, &new, whole);
        print_table(&changes);
        if self.write {
            return new.write();
        }
        judge(&old, &new, &changes)
    }
}

/// What a check runs.
pub(crate) fn check() -> Result<(), Failure> {
    Instructions { write: false, explain: None, filter: None }.run()
}

/// Builds the paths and gives the program.
fn build() -> Result<String, Failure> {
    let messages = Step::cargo("budget, build")
        .args(["build", "--quiet", "--release", "-p", "strait-tests", "--bin", "strait-paths"])
        .args(["--message-format", "json-render-diagnostics"])
        .output()?;
    valgrind::program(&messages).ok_or_else(|| Failure::new(STEP, "cargo named no program"))
}

fn print_table(changes: &[Change]) {
    let width = changes.iter().map(|change| change.path.len()).max().unwrap_or(0);
    println!("\n{:width$}  {:>8}  {:>8}", "path", "budget", "counted");
    for Change { path, budget, counted, .. } in changes {
        let shown =
            |count: Option<f64>| count.map_or("-".to_owned(), |count| format!("{count:.1}"));
        println!("{path:width$}  {:>8}  {:>8}", shown(*budget), shown(*counted));
    }
}

/// Says what has changed; what has become worse is a failure, unless the tools are others.
fn judge(old: &Budget, new: &Budget, changes: &[Change]) -> Result<(), Failure> {
    let lines = |wanted: fn(&Change) -> bool| -> Vec<String> {
        changes.iter().filter(|change| wanted(change)).map(Change::to_string).collect()
    };
    let (worse, better) = (lines(Change::is_worse), lines(Change::is_better));
    if !better.is_empty() {
        println!("\nbelow the budget; `cargo x budget --write` keeps it:\n{}", better.join("\n"));
    }
    if worse.is_empty() {
        return Ok(());
    }
    let worse = worse.join("\n");
    if old.tools != new.tools {
        println!(
            "\nwarning: above the budget, but it was written with other tools; \
             `cargo x budget --write` writes it anew:\n{worse}\n    then: {}\n    now:  {}",
            old.tools.join(", "),
            new.tools.join(", ")
        );
        return Ok(());
    }
    Err(Failure::new(
        STEP,
        format!(
            "above the budget:\n{worse}\n    `cargo x budget --explain PATH` shows where they go; \
             if they are worth it, `cargo x budget --write` raises the budget"
        ),
    ))
}
