//! `cargo x docs`.

use clap::Args;

use crate::step::{Failure, Step};

/// The documentation, warnings denied
#[derive(Args)]
pub(crate) struct Docs {
    /// Open it in a browser
    #[arg(long)]
    open: bool,
}

impl Docs {
    pub(crate) fn run(self) -> Result<(), Failure> {
        inner_docs()?;
        let step = public_docs();
        if self.open { step.arg("--open") } else { step }.run()
    }
}

/// The private rooms too: their essays must not hold dead links either.
fn inner_docs() -> Result<(), Failure> {
    doc("inner docs", &["-p", "strait", "--document-private-items"]).run()
}

fn public_docs() -> Step {
    doc("docs", &["--workspace"])
}

fn doc(name: &str, args: &[&str]) -> Step {
    Step::cargo(name)
        .env("RUSTDOCFLAGS", "-D warnings")
        .args(["doc", "--no-deps", "--all-features"])
        .args(args)
}

/// Both builds, as CI runs them.
pub(crate) fn all() -> Result<(), Failure> {
    Docs { open: false }.run()
}
