//! One command of a check: shown before it runs, and named when it fails.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::workspace;

/// How often a command with a time limit is looked at.
const TICK: Duration = Duration::from_millis(100);

/// A step failed: which one, and why.
pub(crate) struct Failure {
    step: String,
    reason: String,
}

impl Failure {
    pub(crate) fn new(step: impl Into<String>, reason: impl Into<String>) -> Self {
        Failure { step: step.into(), reason: reason.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step `{}` failed: {}", self.step, self.reason)
    }
}

/// How a watched command ended.
pub(crate) enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// It was stopped, for its log had said enough.
    Settled,
    /// It was stopped at the time limit.
    TimedOut,
}

/// One command, its name in messages, and the variables that are worth showing.
pub(crate) struct Step {
    name: String,
    command: Command,
    shown: Vec<String>,
}

impl Step {
    pub(crate) fn new(name: impl Into<String>, program: &str) -> Self {
        let mut command = Command::new(program);
        command.current_dir(workspace::root()).stdin(Stdio::null());
        Step { name: name.into(), command, shown: Vec::new() }
    }

    /// `cargo` of the toolchain that runs this program.
    pub(crate) fn cargo(name: impl Into<String>) -> Self {
        Step::new(name, "cargo")
    }

    /// `cargo +nightly`.
    pub(crate) fn nightly(name: impl Into<String>) -> Self {
        Step::new(name, "cargo").arg("+nightly")
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl Into<OsString>) -> Self {
        let value = value.into();
        self.shown.push(format!("{key}={}", quoted(&value)));
        self.command.env(key, value);
        self
    }

    pub(crate) fn envs(self, more: Option<(&str, String)>) -> Self {
        more.into_iter().fold(self, |step, (key, value)| step.env(key, value))
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Runs the command with the terminal as its output.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        self.show();
        let status = self.command.status().map_err(|error| self.unstarted(&error))?;
        self.judge(status)
    }

    /// Runs the command and gives what it printed on standard output, unseen.
    pub(crate) fn output(mut self) -> Result<String, Failure> {
        let output = self
            .command
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.unstarted(&error))?;
        self.judge(output.status)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs the command, shows its standard output and gives it as well.
    pub(crate) fn tee(mut self) -> Result<String, Failure> {
        self.show();
        let mut child =
            self.command.stdout(Stdio::piped()).spawn().map_err(|error| self.unstarted(&error))?;
        let mut printed = String::new();
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                println!("{line}");
                printed.push_str(&line);
                printed.push('\n');
            }
        }
        let status = child.wait().map_err(|error| self.unstarted(&error))?;
        self.judge(status)?;
        Ok(printed)
    }

    /// Runs the command with both outputs in `log`, for at most `limit`, or until the log
    /// satisfies `settled`.
    pub(crate) fn watch(
        mut self,
        log: &Path,
        limit: Duration,
        settled: impl Fn(&str) -> bool,
    ) -> Result<Ended, Failure> {
        let mut child = self.spawn_into(log).map_err(|error| self.unstarted(&error))?;
        let end = Instant::now() + limit;
        loop {
            let exited = child.try_wait().map_err(|error| self.unstarted(&error))?;
            if let Some(status) = exited {
                return Ok(Ended::Exited(status));
            }
            if settled(&fs::read_to_string(log).unwrap_or_default()) {
                stop(&mut child);
                return Ok(Ended::Settled);
            }
            if Instant::now() >= end {
                stop(&mut child);
                return Ok(Ended::TimedOut);
            }
            thread::sleep(TICK);
        }
    }

    fn spawn_into(&mut self, log: &Path) -> io::Result<Child> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        let out = File::create(log)?;
        let err = out.try_clone()?;
        self.command.stdout(out).stderr(err).spawn()
    }

    fn show(&self) {
        eprintln!("\n==> {}\n    {}", self.name, self.line());
    }

    fn line(&self) -> String {
        let mut words = self.shown.clone();
        words.push(quoted(self.command.get_program()));
        words.extend(self.command.get_args().map(quoted));
        words.join(" ")
    }

    fn judge(&self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(&self.name, format!("{status}\n    {}", self.line())))
    }

    fn unstarted(&self, error: &io::Error) -> Failure {
        Failure::new(&self.name, format!("could not be run: {error}\n    {}", self.line()))
    }
}

/// Ends a child; one that has just ended by itself is as good.
fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// A word as a shell would take it.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if !word.is_empty() && !word.contains([' ', '"', '\'', '*', '&', '$']) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
