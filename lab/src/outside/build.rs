//! Builds the programs, into `lab/peers/build`, and again when a source or the compiler is another.

use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Program;
use super::toolchain::{self, Kotlin};

/// The throughput collector and a young generation that rarely fills up: what suits the JVM best.
const JVM: [&str; 4] = ["-XX:+UseParallelGC", "-Xms1g", "-Xmx3g", "-Xmn700m"];

pub(super) fn go() -> Result<Program, String> {
    let go = toolchain::go()?;
    let folder = toolchain::lab().join("go");
    let build = |output: &Path| {
        let mut command = Command::new(&go);
        // No other toolchain than this one, no workspace around, nothing from the network.
        command.env("GOTOOLCHAIN", "local").env("GOWORK", "off").env("GOPROXY", "off");
        command.env("GOCACHE", toolchain::peers().join("build/cache")).env_remove("GOFLAGS");
        command.current_dir(&folder).args(["build", "-trimpath", "-o"]).arg(output).arg(".");
        command
    };
    let output = built("strait-lab-go", &sources(&folder, &["go", "mod"])?, build)?;
    program(vec![output.into()])
}

pub(super) fn kotlin() -> Result<Program, String> {
    let Kotlin { java, compiler, classes } = toolchain::kotlin()?;
    let sources = sources(&toolchain::lab().join("kotlin"), &["kt"])?;
    let build = |output: &Path| {
        let mut command = Command::new(&java);
        command.arg("-cp").arg(&compiler).arg("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler");
        command.args(["-no-stdlib", "-no-reflect", "-Werror", "-jvm-target", "17", "-cp"]);
        command.arg(&classes).arg("-d").arg(output).args(&sources);
        command
    };
    let output = built("strait-lab-kotlin.jar", &sources, build)?;
    let path = std::env::split_paths(&classes).chain([output]);
    let path = std::env::join_paths(path).map_err(|error| error.to_string())?;
    let mut words: Vec<OsString> = vec![java.into()];
    words.extend(JVM.map(OsString::from));
    words.extend(["-cp".into(), path, "lab.MainKt".into()]);
    program(words)
}

/// Asks the program for its version, which also shows that it runs.
fn program(words: Vec<OsString>) -> Result<Program, String> {
    let mut program = Program { words, version: String::new() };
    let asked = program.command().arg("--version").output();
    let output = asked.map_err(|error| format!("its program does not start: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("its program does not run: {}\n{said}", output.status));
    }
    program.version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(program)
}

/// The files of a folder that are written in these languages, in order.
fn sources(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| said(folder, &error))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| extensions.iter().any(|&known| file.extension() == Some(known.as_ref())));
    files.sort();
    Ok(files)
}

/// The output `name`, made by the command of `build` unless it was made of just this before.
pub(super) fn built(
    name: &str,
    sources: &[PathBuf],
    build: impl Fn(&Path) -> Command,
) -> Result<PathBuf, String> {
    built_in(&toolchain::peers().join("build"), name, sources, build)
}

pub(super) fn built_in(
    folder: &Path,
    name: &str,
    sources: &[PathBuf],
    build: impl Fn(&Path) -> Command,
) -> Result<PathBuf, String> {
    let output = folder.join(name);
    let stamp = folder.join(format!("{name}.stamp"));
    let key = key(&build(&output), sources).map_err(|error| said(folder, &error))?;
    if output.is_file() && fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == key) {
        return Ok(output);
    }
    eprintln!("building {name}");
    fs::create_dir_all(folder).map_err(|error| said(folder, &error))?;
    // Beside its place first: another run may be about to start what is there.
    let fresh = folder.join(format!("{}.{name}", std::process::id()));
    let outcome = build(&fresh).output();
    let outcome = outcome.map_err(|error| format!("its compiler does not start: {error}"))?;
    if !outcome.status.success() {
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        return Err(format!("it cannot be built: {}\n{said}", outcome.status));
    }
    fs::rename(&fresh, &output)
        .and_then(|()| fs::write(&stamp, key))
        .map_err(|error| said(&output, &error))?;
    Ok(output)
}

/// What the output depends on: the sources, the command, and the file that it runs.
fn key(command: &Command, sources: &[PathBuf]) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    format!("{command:?}").hash(&mut hasher);
    fs::metadata(command.get_program())?.len().hash(&mut hasher);
    for source in sources {
        fs::read(source)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn said(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
