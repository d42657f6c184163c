//! `cargo x test`.

use clap::Args;

use crate::step::{Failure, Step};
use crate::workspace;

/// The tests of the workspace
#[derive(Args)]
pub(crate) struct Test {
    /// Run them with cargo-nextest, which leaves out the doc tests
    #[arg(long)]
    nextest: bool,
    /// Only the tests of the library's behaviour, with counters that start just below their wrap
    #[arg(long, conflicts_with = "nextest")]
    wrap: bool,
    /// Passed on to the runner
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl Test {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.wrap {
            return at_the_wrap(&self.rest);
        }
        let step = Step::cargo("tests");
        let step = if self.nextest { step.args(["nextest", "run"]) } else { step.arg("test") };
        step.arg("--workspace").args(self.rest).run()
    }
}

/// The behaviour of channels whose counters wrap at once. Tests that read source text or run
/// cargo gain nothing.
pub(crate) fn at_the_wrap(rest: &[String]) -> Result<(), Failure> {
    Step::cargo("tests at the wrap")
        .env("RUSTFLAGS", "--cfg strait_wrap")
        .args(["test", "-p", "strait-tests", "--test", "it", "--target-dir"])
        .arg(workspace::target("wrap"))
        .arg("--")
        .args(["--skip", "count::", "--skip", "rooms::", "--skip", "ui::"])
        .args(rest)
        .run()
}
