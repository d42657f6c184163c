//! Ctrl-C, without a race: the first path is a pipe, so one worker is in the middle of a read for
//! as long as the test likes, and opening the pipe for writing waits until it is.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{Tree, count, report};
use crate::support::watch::{shrunk, within};

/// More than the channel of paths holds, so that the walker waits in a send.
const FILES: usize = 3_000;

/// The program with its one worker in the pipe.
struct Stuck {
    child: Child,
    stderr: BufReader<Box<dyn Read + Send>>,
    pipe: File,
    _tree: Tree,
}

impl Stuck {
    fn start(mode: &str, json: bool) -> Self {
        let tree = Tree::new();
        for i in 0..FILES {
            tree.file(format!("{}/{i}.txt", i % 10), "line\n");
        }
        let name = tree.path().join("pipe.fifo");
        assert!(Command::new("mkfifo").arg(&name).status().unwrap().success());
        let mut command = count();
        if json {
            command.arg("--json");
        }
        command.args([mode, "1"]).args([&name, tree.path()]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr: Box<dyn Read + Send> = Box::new(child.stderr.take().unwrap());
        // Returns when the worker opens the other end, and no sooner.
        let pipe = OpenOptions::new().write(true).open(&name).unwrap();
        Self { child, stderr: BufReader::new(stderr), pipe, _tree: tree }
    }

    fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Until the program has said that it will stop, and so has cancelled.
    fn heard(&mut self) {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        assert!(line.starts_with("interrupted"), "{line}");
    }

    /// Its exit code, and what it printed.
    fn end(self) -> (Option<i32>, String) {
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }
}

fn files(report: &Value) -> u64 {
    report["total"]["files"].as_u64().unwrap()
}

/// The file in hand is finished, and none is begun.
#[test]
fn ctrl_c_prints_what_there_is() {
    if shrunk() {
        return;
    }
    for mode in ["--threads", "--tasks"] {
        within(120, move || {
            let mut stuck = Stuck::start(mode, true);
            stuck.pipe.write_all(b"one line\n").unwrap();
            stuck.interrupt();
            stuck.heard();
            stuck.pipe.write_all(b"and another\n").unwrap();
            // The end of the file, and the program still runs to see it.
            stuck.pipe = File::open("/dev/null").unwrap();
            let (code, stdout) = stuck.end();
            assert_eq!(code, Some(130), "{mode}");
            let report = report(stdout.as_bytes());
            assert_eq!((&report["partial"], files(&report)), (&Value::Bool(true), 1));
            assert_eq!(report["total"]["lines"], 2);
        });
    }
}

/// The table says that it is partial.
#[test]
fn a_table_that_is_partial_says_so() {
    if shrunk() {
        return;
    }
    within(120, || {
        let mut stuck = Stuck::start("--threads", false);
        stuck.interrupt();
        stuck.heard();
        stuck.pipe = File::open("/dev/null").unwrap();
        let (code, stdout) = stuck.end();
        assert_eq!(code, Some(130));
        assert!(stdout.contains("\ntotal "), "{stdout}");
        assert!(stdout.contains("\nPARTIAL: interrupted"), "{stdout}");
    });
}

/// The second time it waits for nobody, not even a read that never ends.
#[test]
fn ctrl_c_twice_leaves_the_file_in_hand() {
    if shrunk() {
        return;
    }
    for mode in ["--threads", "--tasks"] {
        within(120, move || {
            let mut stuck = Stuck::start(mode, true);
            stuck.interrupt();
            stuck.heard();
            assert!(stuck.child.try_wait().unwrap().is_none(), "{mode}: it waits");
            std::thread::sleep(Duration::from_millis(50));
            assert!(stuck.child.try_wait().unwrap().is_none(), "{mode}: it waits");
            stuck.interrupt();
            let pipe = stuck.pipe.try_clone().unwrap();
            let (code, stdout) = stuck.end();
            assert_eq!(code, Some(130), "{mode}");
            assert_eq!(files(&report(stdout.as_bytes())), 0);
            drop(pipe);
        });
    }
}
