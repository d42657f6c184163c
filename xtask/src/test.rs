//! `cargo x test`.

use clap::Args;

use crate::step::{Failure, Step};

/// The tests of the workspace
#[derive(Args)]
pub(crate) struct Test {
    /// Run them with cargo-nextest, which leaves out the doc tests
    #[arg(long)]
    nextest: bool,
    /// Passed on to the runner
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl Test {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let step = Step::cargo("tests");
        let step = if self.nextest { step.args(["nextest", "run"]) } else { step.arg("test") };
        step.arg("--workspace").args(self.rest).run()
    }
}
