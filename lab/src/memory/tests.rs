//! Does it measure what is there? The figures are those of a channel whose size is known. Bytes of
//! the heap are counted for the whole process, so each measurement is a test that this program
//! runs in a process of its own.

use std::alloc::System;
use std::collections::VecDeque;
use std::env;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use super::case::{Case, Side, State};
use super::child::{Figure, Heap, Order};
use super::parent::{gather, output};
use super::record::{Contestant, Record};
use super::table::table;
use super::{of_threads, receivers};
use crate::shape::{Capacity, Tasks, Threads};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What a channel of the known kind has beside its messages.
const SIZE: usize = 1_000;

/// Asks for one block of a known size, holds on to a queue that never shrinks, and puts a block of
/// another size in line for each task that waits.
struct Known;

#[derive(Default)]
struct State1000 {
    queue: VecDeque<usize>,
    waiting: Vec<(Waker, Box<[u8; SIZE]>)>,
}

type Shared = Arc<(Box<[u8; SIZE]>, Mutex<State1000>)>;

impl Threads for Known {
    type Tx = Shared;
    type Rx = Shared;

    fn make(_: Capacity) -> (Shared, Shared) {
        let shared = Shared::new((Box::new([1; SIZE]), Mutex::default()));
        (Arc::clone(&shared), shared)
    }

    fn send(tx: &Shared, message: usize) -> bool {
        <Self as Threads>::try_send(tx, message)
    }

    fn recv(rx: &mut Shared) -> Option<usize> {
        <Self as Threads>::try_recv(rx)
    }

    fn try_send(tx: &Shared, message: usize) -> bool {
        tx.1.lock().unwrap().queue.push_back(message);
        true
    }

    fn try_recv(rx: &mut Shared) -> Option<usize> {
        rx.1.lock().unwrap().queue.pop_front()
    }
}

impl Tasks for Known {
    type Tx = Shared;
    type Rx = Shared;

    fn make(capacity: Capacity) -> (Shared, Shared) {
        <Self as Threads>::make(capacity)
    }

    async fn send(tx: &mut Shared, message: usize) -> bool {
        <Self as Threads>::try_send(tx, message)
    }

    async fn recv(rx: &mut Shared) -> Option<usize> {
        std::future::poll_fn(|context| {
            let waker = context.waker().clone();
            rx.1.lock().unwrap().waiting.push((waker, Box::new([1; SIZE])));
            Poll::Pending
        })
        .await
    }

    fn try_send(tx: &mut Shared, message: usize) -> bool {
        <Self as Threads>::try_send(tx, message)
    }
}

fn order(case: Case) -> Order {
    Order::new(case, true, || Heap::of(ALLOCATOR.stats()))
}

const IDLE: State = State { capacity: Capacity::Bounded(1), used: false };
const USED: State = State { used: true, ..IDLE };

/// Runs one of the tests that are ignored below, alone in a process.
#[track_caller]
fn alone(test: &str) {
    let mut program = Command::new(env::current_exe().unwrap());
    let name = format!("memory::tests::{test}");
    program.args(["--ignored", "--exact", &name, "--test-threads=1", "--nocapture"]);
    let printed = output(&mut program, Duration::from_secs(60)).unwrap();
    assert!(printed.contains("1 passed"), "{printed}");
}

#[test]
fn a_channel_of_known_size_has_it() {
    alone("idle");
    alone("many");
    alone("tasks");
    alone("peak_and_rest");
}

#[test]
#[ignore = "run alone, by the test above"]
fn idle() {
    // Two counters before the pair, of which the lock and the queue are parts.
    let head = 16 + size_of::<Box<u8>>() + size_of::<Mutex<State1000>>();
    let found = of_threads::<Known>(&order(Case::Idle(IDLE))).unwrap();
    assert_idle(&found, IDLE, SIZE + head, 2.0);
    // The queue begins with room for four.
    let found = of_threads::<Known>(&order(Case::Idle(USED))).unwrap();
    assert_idle(&found, USED, SIZE + head + 4 * 8, 3.0);
}

/// Exact, but that the threads of the test program itself ask for a block now and then: a channel
/// is one of a thousand that were counted.
#[track_caller]
fn assert_idle(found: &[Figure], state: State, bytes: usize, blocks: f64) {
    let [found] = found else { panic!("{found:?}") };
    assert_eq!(found.row, Case::Idle(state).to_string());
    let blocks_off = found.allocations.unwrap() - blocks;
    assert!((0.0..1.0).contains(&(found.bytes - bytes as f64)), "{found:?}, {bytes}");
    assert!((0.0..0.01).contains(&blocks_off), "{found:?}, {blocks}");
}

#[test]
#[ignore = "run alone, by the test above"]
fn many() {
    let found = of_threads::<Known>(&order(Case::Channels(IDLE))).unwrap();
    let head = 16 + size_of::<Box<u8>>() + size_of::<Mutex<State1000>>();
    // The allocator rounds each of two blocks up to 16 and puts 8 or 16 before it.
    let least = (SIZE + head) as f64;
    assert!((least..least + 64.0).contains(&found[0].bytes), "{found:?}");
}

#[test]
#[ignore = "run alone, by the test above"]
fn tasks() {
    let bytes = |run: super::Run| run(&order(Case::Waiting(Side::Recv))).unwrap()[1].bytes;
    let (_, control) = super::waiting::CONTROLS[0];
    let share = bytes(receivers::<Known>) - bytes(control);
    // The block, the place in line with up to as much room again, and a larger future.
    assert!((1_016.0..1_300.0).contains(&share), "{share}");
    // The line and the blocks in it stay when the tasks are gone.
    let left = receivers::<Known>(&order(Case::Gone(Side::Recv))).unwrap();
    let least = 2_000.0 * 1_016.0;
    assert!((least..1.3 * least).contains(&left[0].bytes), "{left:?}");
}

#[test]
#[ignore = "run alone, by the test above"]
fn peak_and_rest() {
    let found = of_threads::<Known>(&order(Case::Burst)).unwrap();
    let figure = |row: &str| {
        let row = format!("burst/unbounded/{row}");
        found.iter().find(|figure| figure.row == row).unwrap().bytes
    };
    // A queue of a million words that has doubled up to 2^20 of them, and stays.
    let queue = f64::from(8 << 20);
    assert!((0.9..1.1).contains(&(figure("peak") / queue)), "{found:?}");
    assert!((0.9..1.1).contains(&(figure("left") / queue)), "{found:?}");
    assert!((0.9..1.1).contains(&(figure("left on the heap") / queue)), "{found:?}");
    assert!(figure("left when dropped") < 0.1 * queue, "{found:?}");
}

fn contestant(name: &str) -> Contestant {
    Contestant {
        name: name.to_owned(),
        own: false,
        control: false,
        cancel_safe: true,
        bytes: None,
        allocations: None,
        note: String::new(),
    }
}

#[test]
fn one_who_fails_stands_in_every_row_with_the_reason() {
    let case = Case::Idle(IDLE);
    let figures = vec![Figure::bytes(case, "", 7.0).with(1.0), Figure::percent(case, "/x", 0.5)];
    let found =
        vec![(contestant("dead"), Err("signal: 9".to_owned())), (contestant("alive"), Ok(figures))];
    let records = gather(case, 1_000, found);
    let told: Vec<_> = records.iter().map(|one| (one.row.as_str(), one.unit.as_str())).collect();
    assert_eq!(told, [("idle/1", "B"), ("idle/1/x", "%")]);
    for (record, bytes) in records.iter().zip([7.0, 50.0]) {
        assert_eq!((record.contestants[0].bytes, record.contestants[1].bytes), (None, Some(bytes)));
        assert_eq!(record.contestants[0].note, "signal: 9");
    }
    let text = serde_json::to_string(&records).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Record>>(&text).unwrap(), records);
    let table = table(&records);
    assert!(table.contains("| idle/1 | 1000 | **signal: 9** | 7 B (1.00) |"), "{table}");
    assert!(table.contains("| idle/1/x | 1000 | **signal: 9** | 50.0 % |"), "{table}");
}

#[test]
fn a_program_that_hangs_or_dies_is_told_as_such() {
    let run = |script: &str, patience| {
        output(Command::new("sh").args(["-c", script]), Duration::from_millis(patience))
    };
    assert_eq!(run("echo found", 20_000), Ok("found\n".to_owned()));
    assert_eq!(run("sleep 20", 50).unwrap_err(), "did not end within 0 s");
    let death = run("echo memory is short >&2; kill -9 $$", 20_000).unwrap_err();
    assert!(death.starts_with("memory is short (signal: 9"), "{death}");
}

#[test]
fn names_are_those_of_one_case_each() {
    let names: Vec<String> = Case::all().iter().map(ToString::to_string).collect();
    let mut once = names.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), names.len());
    assert!(
        names.contains(&"idle/64".to_owned()) && names.contains(&"channels/64/used".to_owned())
    );
}
