//! The protocol with a program that is a line of shell, the build with one that copies, and the
//! real programs where they can be built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::System;
use super::build;
use super::child::{self, Child};
use super::crew;
use super::protocol::{self, Workload};
use super::toolchain;
use crate::shape::Capacity;
use crate::tally::Fault;
use crate::workload::Job;

const PATIENCE: Duration = Duration::from_secs(10);

fn shell(script: &str) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Child::start(command).expect("a shell starts")
}

#[test]
fn a_job_is_said_in_the_words_of_the_programs() {
    let job = Job { producers: 4, messages: 64, work: 100, ..Job::at(Capacity::Unbounded) };
    let said = r#"{"workload":"ping-pong","capacity":"unbounded","producers":4,"consumers":1,"messages":64,"arms":1,"busy":1,"work":100,"yields":0}"#;
    assert_eq!(protocol::request(Workload::PingPong, job), said);
    let said = protocol::request(Workload::SelectRecv, Job::at(Capacity::Rendezvous));
    assert!(said.starts_with(r#"{"workload":"select-recv","capacity":"0","#), "{said}");
    let said = protocol::request(Workload::RwLock, Job { yields: true, ..job });
    assert!(
        said.starts_with(r#"{"workload":"rw-lock""#) && said.contains(r#""yields":1"#),
        "{said}"
    );
}

#[test]
fn an_answer_is_a_cost_or_a_fault() {
    let cost = protocol::reply(r#"{"wall_ns":5,"cpu_ns":7,"warm":2.5}"#).expect("a cost");
    assert_eq!((cost.wall.as_nanos(), cost.cpu.as_nanos(), cost.spread), (5, 7, None));
    let cost = protocol::reply(r#"{"wall_ns":5,"cpu_ns":7,"least":0,"most":2.5}"#).expect("a cost");
    assert_eq!(cost.spread, Some([0.0, 2.5]));
    let fault = protocol::reply(r#"{"fault":"3 messages for 4"}"#).map(drop);
    assert_eq!(fault, Err(Fault::Outside("3 messages for 4".to_owned())));
    for line in ["", "{}", r#"{"wall_ns":5}"#, "panic: deadlock"] {
        assert!(matches!(protocol::reply(line), Err(Fault::Outside(_))), "{line}");
    }
}

#[test]
fn lines_are_answered_one_by_one() {
    let mut child = shell("while read -r line; do echo \"<$line>\"; done");
    for line in ["one", "two"] {
        assert_eq!(child.ask(line, PATIENCE), Ok(format!("<{line}>")));
    }
}

#[test]
fn a_program_that_ends_or_says_nothing_is_a_fault() {
    let ended = Err(Fault::Outside("its program ended".to_owned()));
    assert_eq!(shell("read -r line").ask("one", PATIENCE), ended);
    let begun = Instant::now();
    let silent = shell("while read -r line; do :; done").ask("one", Duration::from_millis(20));
    assert!(matches!(silent, Err(Fault::Outside(said)) if said.starts_with("no answer")));
    assert!(begun.elapsed() < PATIENCE, "it was waited for");
}

#[test]
fn the_processor_time_of_a_program_is_told() {
    let stat = "77 (a) b) S 1 77 77 0 -1 4194304 9 8 7 6 250 30 5 4 20 0 1 0 99";
    assert_eq!(child::ticks(stat), Some(280));
    assert_eq!(child::ticks("77 (a"), None);
    let mut busy = shell("i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done; echo; read -r line");
    busy.ask("one", PATIENCE).expect("it counts to its end");
    if cfg!(target_os = "linux") {
        assert!(busy.cpu_time() > Duration::from_millis(10), "{:?}", busy.cpu_time());
    }
}

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("strait-lab-{}-{name}", std::process::id()));
    // One of a run before, which was killed.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder of temporary files can be written to");
    folder
}

#[test]
fn what_is_built_is_built_again_when_a_source_changes() {
    let folder = scratch("build");
    let source = folder.join("source");
    fs::write(&source, "one").expect("it can be written");
    let builds = AtomicUsize::new(0);
    let copy = |output: &Path| {
        builds.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new("/bin/cp");
        command.arg(&source).arg(output);
        command
    };
    let build = || build::built_in(&folder, "copy", std::slice::from_ref(&source), copy);
    let output = build().expect("a copy can be made");
    let first = builds.load(Ordering::Relaxed);
    build().expect("it is there");
    // The command is looked at each time, and run the first time only.
    assert_eq!(builds.load(Ordering::Relaxed) - first, 1);
    fs::write(&source, "two").expect("it can be written");
    build().expect("a copy can be made");
    assert_eq!(fs::read_to_string(output).expect("it is there"), "two");
    fs::remove_file(&source).expect("it is there");
    let refused = build().expect_err("there is nothing to copy");
    assert!(refused.contains("No such file"), "{refused}");
    fs::remove_dir_all(folder).expect("it is ours");
}

const WORKLOADS: [Workload; 14] = [
    Workload::Streams,
    Workload::PingPong,
    Workload::Ready,
    Workload::SelectRecv,
    Workload::SelectReady,
    Workload::SelectPlain,
    Workload::Cross,
    Workload::Both,
    Workload::Cancel,
    Workload::Mutex,
    Workload::Semaphore,
    Workload::RwLock,
    Workload::Broadcast,
    Workload::Latest,
];

/// What a system has nothing for.
fn lacks(system: System, workload: Workload) -> bool {
    match system {
        System::Go => matches!(workload, Workload::Broadcast | Workload::Latest),
        System::Kotlin => matches!(workload, Workload::RwLock),
    }
}

/// Every workload with the real program, and a job that it must refuse. Without its compiler here
/// there is nothing to test.
fn does_every_workload(system: System) {
    if let Err(reason) = system.program() {
        println!("skipped, nothing tested: {reason}");
        return;
    }
    for workload in WORKLOADS.into_iter().filter(|&workload| !lacks(system, workload)) {
        let (producers, consumers, arms) = match workload {
            Workload::SelectRecv => (2, 1, 8),
            Workload::SelectReady | Workload::SelectPlain => (1, 1, 8),
            Workload::PingPong | Workload::Ready | Workload::Cross => (1, 1, 1),
            _ => (4, 4, 1),
        };
        let job = Job {
            producers,
            consumers,
            workers: 2,
            messages: 4000,
            arms,
            busy: arms,
            work: 3,
            ..Job::at(Capacity::Bounded(64))
        };
        let cost = crew::ask(system, workload, job);
        let cost = cost.unwrap_or_else(|fault| panic!("{system:?}, {workload:?}: {fault}"));
        assert!(!cost.wall.is_zero(), "{system:?}, {workload:?}");
        let turns = matches!(workload, Workload::Mutex | Workload::Semaphore);
        assert_eq!(cost.spread.is_some(), turns, "{system:?}, {workload:?}");
    }
    let nobody = Job { producers: 0, ..Job::at(Capacity::Rendezvous) };
    let refused = crew::ask(system, Workload::Streams, nobody);
    assert!(matches!(refused, Err(Fault::Outside(said)) if said.starts_with("no such job")));
}

#[test]
fn go_does_every_workload() {
    does_every_workload(System::Go);
}

#[test]
fn kotlin_does_every_workload() {
    does_every_workload(System::Kotlin);
}

/// What the programs check in themselves: that a lost message is a fault, the mean of the work.
#[test]
fn the_programs_pass_their_own_tests() {
    match System::Kotlin.program() {
        Ok(program) => passes(program.command().arg("--self-test")),
        Err(reason) => println!("skipped: {reason}"),
    }
    match toolchain::go() {
        Ok(go) => go_passes(&go),
        Err(reason) => println!("skipped: {reason}"),
    }
}

fn go_passes(go: &Path) {
    let mut command = Command::new(go);
    let cache = toolchain::peers().join("build/cache");
    command.env("GOTOOLCHAIN", "local").env("GOWORK", "off").env("GOCACHE", cache);
    command.env_remove("GOFLAGS").current_dir(toolchain::lab().join("go"));
    passes(command.args(["test", "-timeout", "120s", "."]));
}

fn passes(command: &mut Command) {
    let output = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
}
