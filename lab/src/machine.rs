//! What the figures were taken on and with: a table without it is worth nothing.

use std::fs;
use std::process::Command;
use std::thread;

use serde::Serialize;

use crate::rival::Rival;

#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    rustc: &'static str,
    packages: Vec<String>,
    commit: String,
    load_before: String,
}

impl Machine {
    pub(crate) fn look(rivals: &[&'static Rival]) -> Self {
        let version = |rival: &&Rival| match rival.outside {
            Some(system) => system.version(),
            None => locked(rival.package),
        };
        let mut packages: Vec<String> = rivals.iter().map(version).collect();
        packages.push(locked("tokio"));
        packages.sort_unstable();
        packages.dedup();
        Self {
            cpu: cpu(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: first_line("/proc/sys/kernel/osrelease"),
            rustc: env!("LAB_RUSTC"),
            packages,
            commit: commit(),
            load_before: load(),
        }
    }

    pub(crate) fn head(&self) -> String {
        format!(
            "# strait-lab\n\n- processor: {}, {} cores\n- kernel: {}\n- compiler: {}\n\
             - packages: {}\n- commit: {}\n- load before: {}",
            self.cpu,
            self.cores,
            self.kernel,
            self.rustc,
            self.packages.join(", "),
            self.commit,
            self.load_before,
        )
    }
}

/// The load averages over 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    first_line("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ")
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

/// A package and the version the lock file holds it to.
fn locked(package: &str) -> String {
    let lock = include_str!("../../Cargo.lock");
    let version = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split('"').next());
    format!("{package} {}", version.unwrap_or("unknown"))
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
