//! `cargo x check`: exactly what CI does.

use std::time::{Duration, Instant};

use clap::Args;

use crate::budget;
use crate::c;
use crate::count;
use crate::docs;
use crate::loom;
use crate::step::{Failure, Step};
use crate::test;

/// Everything that CI runs, in its order; stops at the first step that fails
#[derive(Args)]
pub(crate) struct Check {}

/// The features of the library; with each alone, and with none, it must build without a warning.
const FEATURES: [&str; 3] = ["", "graph", "task"];

type Stage = (&'static str, fn() -> Result<(), Failure>);

/// Cheap and likely to fail first.
const STAGES: [Stage; 10] = [
    ("format", format),
    ("clippy", clippy),
    ("docs", docs::all),
    ("tests", tests),
    ("wrap", || test::at_the_wrap(&[])),
    ("counts", || count::accesses(false)),
    ("loom", models),
    ("examples", examples),
    ("c", c::program),
    ("budget", budget::check),
];

impl Check {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut times = Vec::new();
        for (name, stage) in STAGES {
            let start = Instant::now();
            stage()?;
            times.push((name, start.elapsed()));
        }
        print_times(&times);
        Ok(())
    }
}

fn format() -> Result<(), Failure> {
    Step::cargo("format").args(["fmt", "--all", "--check"]).run()
}

fn clippy() -> Result<(), Failure> {
    for feature in FEATURES {
        Step::cargo(format!("clippy, features `{feature}`"))
            .args([
                "clippy",
                "-p",
                "strait",
                "--lib",
                "--features",
                feature,
                "--",
                "-D",
                "warnings",
            ])
            .run()?;
    }
    Step::cargo("clippy")
        .args(["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
        .run()
}

fn tests() -> Result<(), Failure> {
    Step::cargo("tests").args(["test", "--workspace"]).run()
}

fn models() -> Result<(), Failure> {
    loom::models("loom", None)
}

/// All examples build, and do their work.
fn examples() -> Result<(), Failure> {
    Step::cargo("examples, build")
        .args(["build", "--release", "-p", "strait", "--all-features", "--examples"])
        .run()?;
    for example in ["cache", "document"] {
        Step::cargo(format!("example {example}"))
            .args(["run", "--release", "-p", "strait", "--all-features", "--example", example])
            .run()?;
    }
    Step::cargo("example count")
        .args(["run", "--release", "-p", "strait", "--example", "count", "--", "."])
        .run()
}

fn print_times(times: &[(&str, Duration)]) {
    println!("\n{:10}  {:>8}", "step", "seconds");
    for (name, took) in times {
        println!("{name:10}  {:>8.1}", took.as_secs_f64());
    }
    println!("every step passed");
}
