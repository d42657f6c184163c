//! `cargo x`: every check of the workspace, the same at home and in CI.

#![forbid(unsafe_code)]

mod budget;
mod c;
mod check;
mod count;
mod docs;
mod lab;
mod loom;
mod mutants;
mod san;
mod step;
mod stress;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The checks of the strait workspace.
#[derive(Parser)]
#[command(name = "cargo x", bin_name = "cargo x")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that CI runs, in its order; stops at the first step that fails
    Check(check::Check),
    /// The tests of the workspace
    Test(test::Test),
    /// The loom models of the library, and optionally its mutants
    Loom(loom::Loom),
    /// The integration tests under AddressSanitizer and ThreadSanitizer (nightly)
    San(san::San),
    /// The memory accesses of the channels, counted as they run, against those in the lab's model
    Count(count::Count),
    /// The C program with an object graph: its header, the compiler, a run
    C(c::C),
    /// The long runs
    Stress(stress::Stress),
    /// The instructions of the library's short paths, by callgrind, against lab/budget.json
    Budget(budget::Instructions),
    /// The measurements: passes its arguments on to strait-lab
    Lab(lab::Lab),
    /// The documentation, warnings denied
    Docs(docs::Docs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Check(task) => task.run(),
        Task::Test(task) => task.run(),
        Task::Loom(task) => task.run(),
        Task::San(task) => task.run(),
        Task::Count(task) => task.run(),
        Task::C(task) => task.run(),
        Task::Stress(task) => task.run(),
        Task::Budget(task) => task.run(),
        Task::Lab(task) => task.run(),
        Task::Docs(task) => task.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}
