//! What the figures were taken on and with: a table without it is worth nothing.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::rival::Rival;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    pub(crate) packages: Vec<String>,
    pub(crate) commit: String,
    pub(crate) command: String,
    pub(crate) started: String,
    pub(crate) seconds: u64,
    pub(crate) load_before: String,
    pub(crate) load_after: String,
}

impl Machine {
    /// With the versions of these and of what the lab itself runs on.
    pub(crate) fn look(rivals: &[&'static Rival]) -> Self {
        let named = |rival: &&Rival| format!("{} {}", rival.package, rival.version());
        let mut packages: Vec<String> = rivals.iter().map(named).collect();
        packages.push(format!("tokio {}", version("tokio")));
        packages.sort_unstable();
        packages.dedup();
        let arguments = std::env::args().skip(1);
        Self {
            cpu: cpu(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: first_line("/proc/sys/kernel/osrelease"),
            rustc: env!("LAB_RUSTC").to_owned(),
            packages,
            commit: commit(),
            command: command(arguments),
            started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            seconds: 0,
            load_before: load(),
            load_after: String::new(),
        }
    }
}

/// What was asked for, without where it was to be written: that is of this machine alone.
fn command(mut arguments: impl Iterator<Item = String>) -> String {
    let mut words = vec!["strait-lab".to_owned()];
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--out" | "--json" => drop(arguments.next()),
            _ if argument.starts_with("--out=") || argument.starts_with("--json=") => {}
            _ => words.push(argument),
        }
    }
    words.join(" ")
}

/// The load averages over 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    first_line("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// The version that the lock file holds `package` to; the compiler's for what comes with it.
pub(crate) fn version(package: &str) -> &str {
    if package == "std" {
        return env!("LAB_RUSTC").split(' ').nth(1).unwrap_or("unknown");
    }
    let lock = include_str!("../../Cargo.lock");
    let named = lock.split_once(&format!("name = \"{package}\"\nversion = \""));
    named.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}

fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("unknown", |(_, model)| model).to_owned()
}

fn first_line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "none".to_owned() };
    let changed = git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    commit + if changed { ", with changes" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_no_place_of_the_machine() {
        let asked = "--quick --out /here/a --filter spsc --json=/there --rounds 3";
        let kept = command(asked.split(' ').map(str::to_owned));
        assert_eq!(kept, "strait-lab --quick --filter spsc --rounds 3");
    }
}
