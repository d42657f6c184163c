//! Where the compilers are: in `lab/peers`, where `cargo x lab --install-peers` puts them, or on the
//! PATH.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const HINT: &str = "`cargo x lab --install-peers` gets it";

pub(super) fn lab() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn peers() -> PathBuf {
    lab().join("peers")
}

/// The `go` command.
pub(super) fn go() -> Result<PathBuf, String> {
    let installed = peers().join("go/bin/go");
    let found = if installed.is_file() { Some(installed) } else { on_path("go") };
    found.ok_or_else(|| format!("there is no Go; {HINT}"))
}

/// What Kotlin is compiled and run with.
#[derive(Debug)]
pub(super) struct Kotlin {
    pub(super) java: PathBuf,
    pub(super) compiler: PathBuf,
    /// The standard library and kotlinx.coroutines, in this order: the jar of the latter may hold
    /// more than its own classes.
    pub(super) classes: OsString,
}

pub(super) fn kotlin() -> Result<Kotlin, String> {
    let java = env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    let java = java.filter(|java| java.is_file()).or_else(|| on_path("java"));
    let java = java.ok_or("there is no Java to compile and run it")?;
    let libraries = libraries().ok_or_else(|| format!("there is no Kotlin compiler; {HINT}"))?;
    let coroutines = jar_in(&peers().join("coroutines"))
        .or_else(|| Some(libraries.join("kotlinx-coroutines-core-jvm.jar")))
        .filter(|jar| jar.is_file())
        .ok_or_else(|| format!("there is no kotlinx.coroutines; {HINT}"))?;
    let classes = env::join_paths([libraries.join("kotlin-stdlib.jar"), coroutines]);
    let classes = classes.map_err(|error| error.to_string())?;
    Ok(Kotlin { java, compiler: libraries.join("kotlin-compiler.jar"), classes })
}

/// The folder of the compiler's jars.
fn libraries() -> Option<PathBuf> {
    let installed = Some(peers().join("kotlin/lib"));
    let beside = || {
        let command = fs::canonicalize(on_path("kotlinc")?).ok()?;
        Some(command.parent()?.parent()?.join("lib"))
    };
    let whole = |folder: &PathBuf| folder.join("kotlin-compiler.jar").is_file();
    installed.filter(whole).or_else(|| beside().filter(whole))
}

fn jar_in(folder: &Path) -> Option<PathBuf> {
    let mut paths = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|extension| extension == "jar"))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
