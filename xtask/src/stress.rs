//! `cargo x stress`.

use clap::Args;

use crate::step::{Failure, Step};

/// The long runs
#[derive(Args)]
pub(crate) struct Stress {
    /// How long each run lasts
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Repeat the run that printed this seed
    #[arg(long)]
    seed: Option<u64>,
    /// Only the runs whose name contains this
    filter: Option<String>,
}

impl Stress {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut step = Step::cargo("stress").env("STRAIT_STRESS_SECONDS", self.seconds.to_string());
        if let Some(seed) = self.seed {
            step = step.env("STRAIT_SEED", seed.to_string());
        }
        step.args(["test", "--release", "-p", "strait-tests", "--test", "stress", "--"])
            .args(self.filter)
            .args(["--ignored", "--nocapture", "--test-threads=1"])
            .run()
    }
}
