//! `cargo x loom`: all interleavings of the models beside the rooms.

use clap::Args;

use crate::mutants;
use crate::step::{Failure, Step};
use crate::workspace;

/// The loom models of the library, and optionally its mutants
#[derive(Args)]
pub(crate) struct Loom {
    /// Only the models whose path contains this
    #[arg(default_value = "loom")]
    filter: String,
    /// How many forced switches of thread loom explores in one execution, instead of what each
    /// model says
    #[arg(long)]
    preemptions: Option<u32>,
    /// Then plant each mutant of the source in turn: the models must fail
    #[arg(long)]
    mutants: bool,
    /// Of the mutants, only these
    #[arg(long, value_name = "NAME", requires = "mutants")]
    only: Vec<String>,
    /// How many seconds one mutant may take
    #[arg(long, default_value_t = 300, requires = "mutants")]
    timeout: u64,
}

impl Loom {
    pub(crate) fn run(self) -> Result<(), Failure> {
        models(&self.filter, self.preemptions)?;
        if !self.mutants {
            return Ok(());
        }
        mutants::run(&mutants::Plan {
            filter: self.filter,
            preemptions: self.preemptions,
            only: self.only,
            seconds: self.timeout,
        })
    }
}

/// Runs the models. A run in which no model took part is a failure: it proves nothing.
pub(crate) fn models(filter: &str, preemptions: Option<u32>) -> Result<(), Failure> {
    let name = "loom models";
    let printed = Step::cargo(name)
        .env("RUSTFLAGS", "--cfg strait_loom")
        .envs(bound(preemptions))
        .args(["test", "-p", "strait", "--all-features", "--lib", "--release", "--target-dir"])
        .arg(workspace::target("loom"))
        .arg(filter)
        .tee()?;
    if passed(&printed) == 0 {
        return Err(Failure::new(name, format!("no model matches `{filter}`")));
    }
    Ok(())
}

/// What tells loom another bound.
pub(crate) fn bound(preemptions: Option<u32>) -> Option<(&'static str, String)> {
    preemptions.map(|bound| ("LOOM_MAX_PREEMPTIONS", bound.to_string()))
}

/// How many tests the closing lines of the runner count as passed.
pub(crate) fn passed(printed: &str) -> u32 {
    printed
        .lines()
        .filter_map(|line| line.strip_prefix("test result: ok. "))
        .filter_map(|counts| counts.split(' ').next()?.parse::<u32>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::passed;

    #[test]
    fn closing_lines_are_summed() {
        let printed = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                       test result: ok. 3 passed; 0 failed; 0 ignored\n";
        assert_eq!(passed(printed), 5);
        assert_eq!(passed("test result: FAILED. 1 passed; 1 failed"), 0);
    }
}
