//! `cargo x count`: the memory accesses of the channels, against those that the lab's model has.

use clap::Args;

use crate::loom::passed;
use crate::step::{Failure, Step};
use crate::workspace;

/// The memory accesses of the channels, counted as they run, against those in the lab's model
#[derive(Args)]
pub(crate) struct Count {
    /// Renew the model's file with the counts
    #[arg(long)]
    write: bool,
}

impl Count {
    pub(crate) fn run(self) -> Result<(), Failure> {
        accesses(self.write)
    }
}

/// Counts, and compares or writes. A run in which nothing was counted is a failure.
pub(crate) fn accesses(write: bool) -> Result<(), Failure> {
    let name = "counts";
    let printed = Step::cargo(name)
        .env("RUSTFLAGS", "--cfg strait_count")
        .envs(write.then(|| ("STRAIT_COUNT_WRITE", "1".to_owned())))
        .args(["test", "-p", "strait", "--lib", "--target-dir"])
        .arg(workspace::target("count"))
        .arg("count")
        .tee()?;
    if passed(&printed) == 0 {
        return Err(Failure::new(name, "nothing was counted"));
    }
    Ok(())
}
