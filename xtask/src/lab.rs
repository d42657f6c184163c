//! `cargo x lab`.

mod peers;

use clap::Args;

use crate::step::{Failure, Step};

/// The measurements: passes its arguments on to strait-lab
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Lab {
    /// Get the compilers of the peers outside Rust from the package registries, and stop there
    #[arg(long)]
    install_peers: bool,

    /// The arguments of strait-lab; `cargo x lab --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl Lab {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.install_peers {
            return peers::install();
        }
        // One of them runs the other.
        Step::cargo("lab, build")
            .args(["build", "--release", "-p", "strait-lab", "--bins"])
            .run()?;
        Step::cargo("lab")
            .args(["run", "--release", "-p", "strait-lab", "--"])
            .args(self.rest)
            .run()
    }
}
