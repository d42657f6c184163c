//! `cargo x c`: a C program with an object graph.

use clap::Args;

use crate::step::{Failure, Step};
use crate::workspace;

/// The C program of `examples/c`: its header is looked at, it is compiled with the static library, and
/// run
#[derive(Args)]
pub(crate) struct C {
    /// Write the header anew, from the library's source
    #[arg(long)]
    write: bool,
}

impl C {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let write = self.write.then(|| ("STRAIT_HEADER", "write".to_owned()));
        Step::cargo("C header")
            .envs(write)
            .args(["test", "-p", "strait-c", "--test", "header"])
            .run()?;
        program()
    }
}

/// The C compiler, as strict as it can be; what the standard library of Rust needs from the system
/// comes last.
pub(crate) fn program() -> Result<(), Failure> {
    Step::cargo("C library").args(["build", "--release", "-p", "strait-c"]).run()?;
    let folder = workspace::root().join("examples/c");
    let built = workspace::target("release");
    let program = built.join("strait-c-program");
    Step::new("C compiler", "gcc")
        .args([
            "-std=c11",
            "-O1",
            "-g",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-pthread",
            "-o",
        ])
        .arg(&program)
        .arg(folder.join("main.c"))
        .arg(built.join("libstrait_c.a"))
        .args(["-ldl", "-lm"])
        .run()?;
    Step::new("C program", &program.to_string_lossy()).run()
}
