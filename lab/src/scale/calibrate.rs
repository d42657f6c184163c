//! What memory operations take on this machine: small measurements on one processor and on two,
//! from which the model's prices follow.
//!
//! Two processors of a virtual machine may be near each other or far, and be moved in between. So
//! the measurements of pairs are repeated in rounds, and those rounds count that found the same
//! distance as the median one.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::pair::{self, Cpus};
use super::prices::{OTHER_SOCKET, Prices, SAME_SOCKET, ns};
use crate::stats::Quartiles;

/// Nanoseconds, all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    pub(super) load: f64,
    pub(super) store: f64,
    pub(super) rmw: f64,
    pub(super) pause: f64,
    pub(super) give_way: f64,
    /// A step of the lab's work.
    pub(super) step: f64,
    pub(super) pair: Pair,
}

/// What two processors do with one line, a time each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    /// A store that the other one waits for, until that one has seen it.
    pub(super) one_way: f64,
    /// A fetch-and-add, of both together.
    pub(super) fetch_add: f64,
    /// A compare-and-swap that wins, and how many are lost for each.
    pub(super) compare_swap: f64,
    pub(super) losses: f64,
    /// A spin lock, taken and left.
    pub(super) lock: f64,
}

const ROUNDS: usize = 9;
/// Operations of one measurement on one processor, and time of one on two.
const TIMES: u64 = 40_000;
const TIME: Duration = Duration::from_millis(3);

/// Measures. Needs two processors.
pub(super) fn measure(cpus: Cpus, mut tick: impl FnMut(&str)) -> Calibration {
    tick("one processor");
    let alone = thread::scope(|scope| {
        let alone = scope.spawn(|| {
            pair::pin(cpus[0]);
            alone()
        });
        alone.join().expect("nothing in it panics")
    });
    tick("two processors");
    let mut rounds: Vec<Pair> = (0..ROUNDS).map(|_| together(cpus)).collect();
    rounds.sort_by(|a, b| a.one_way.total_cmp(&b.one_way));
    let middle = rounds[ROUNDS / 2].one_way;
    rounds.retain(|round| is_same_distance(round.one_way, middle));
    let median = |of: fn(&Pair) -> f64| {
        Quartiles::of(rounds.iter().map(of)).expect("the middle one is left").median
    };
    let pair = Pair {
        one_way: median(|pair| pair.one_way),
        fetch_add: median(|pair| pair.fetch_add),
        compare_swap: median(|pair| pair.compare_swap),
        losses: median(|pair| pair.losses),
        lock: median(|pair| pair.lock),
    };
    Calibration { pair, ..alone }
}

/// Whether two measured ways can be of the same two processors at the same places.
pub(super) fn is_same_distance(one: f64, other: f64) -> bool {
    (0.7..1.4).contains(&(one / other))
}

impl Calibration {
    pub(super) fn prices(&self) -> Prices {
        // The store has to take the line from the one who waits, who then has to fetch it.
        let near = ((self.pair.one_way - self.load - self.store) / 2.0).max(1.0);
        // On a line that two of them add to, a core does `stay` operations before it loses it:
        // fetch_add = (near + stay * rmw) / stay.
        let waits = (self.pair.fetch_add - self.rmw).max(near / 64.0);
        let stay = (near / waits).max(1.0);
        Prices {
            load: ns(self.load),
            store: ns(self.store),
            rmw: ns(self.rmw),
            near: ns(near),
            // The published ways are those of a message too.
            socket: ns(near.max(SAME_SOCKET / 2.0)),
            across: ns(near.max(OTHER_SOCKET / 2.0)),
            hold: if stay < 1.05 { 0 } else { ns(stay * self.rmw) },
            pause: ns(self.pause),
            give_way: ns(self.give_way),
        }
    }
}

/// The least of some rounds: what comes on top is others.
fn least(times: u64, mut round: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        (0..times).for_each(|_| round());
        start.elapsed().as_secs_f64() * 1e9 / times as f64
    };
    (0..7).map(time).fold(f64::INFINITY, f64::min)
}

fn alone() -> Calibration {
    let word = AtomicU64::new(0);
    let mut dice = 0x9e37_79b9_7f4a_7c15;
    Calibration {
        load: least(TIMES, || drop(black_box(black_box(&word).load(Ordering::Acquire)))),
        store: least(TIMES, || black_box(&word).store(1, Ordering::Release)),
        rmw: least(TIMES, || drop(black_box(word.fetch_add(1, Ordering::SeqCst)))),
        pause: least(TIMES / 10, spin_loop),
        give_way: least(TIMES / 100, thread::yield_now),
        step: least(TIMES, || dice = black_box(pair::step(dice))),
        pair: Pair { one_way: 0.0, fetch_add: 0.0, compare_swap: 0.0, losses: 0.0, lock: 0.0 },
    }
}

/// A line of its own, with its neighbor, which some processors fetch along.
#[derive(Default)]
#[repr(align(128))]
struct Alone<T>(T);

fn together(cpus: Cpus) -> Pair {
    let word = Alone(AtomicU64::new(0));
    let fetch_add = pair::repeat(cpus, TIME, || drop(word.0.fetch_add(1, Ordering::SeqCst)));
    let lost = Alone(AtomicU64::new(0));
    let before = word.0.load(Ordering::SeqCst);
    let compare_swap = pair::repeat(cpus, TIME, || {
        let mut losses = 0;
        loop {
            let seen = word.0.load(Ordering::SeqCst);
            let (success, failure) = (Ordering::SeqCst, Ordering::SeqCst);
            if word.0.compare_exchange(seen, seen + 1, success, failure).is_ok() {
                break;
            }
            losses += 1;
        }
        if losses > 0 {
            // Rarely, and elsewhere.
            lost.0.fetch_add(losses, Ordering::Relaxed);
        }
    });
    let won = word.0.into_inner() - before;
    let lock = Alone((AtomicBool::new(false), AtomicU64::new(0)));
    let locked = pair::repeat(cpus, TIME, || {
        while lock.0.0.load(Ordering::Relaxed) || lock.0.0.swap(true, Ordering::Acquire) {}
        lock.0.1.store(lock.0.1.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        lock.0.0.store(false, Ordering::Release);
    });
    Pair {
        one_way: one_way(cpus),
        fetch_add,
        compare_swap,
        losses: lost.0.into_inner() as f64 / won as f64,
        lock: locked,
    }
}

/// How long one line takes from one processor to the other.
pub(super) fn one_way(cpus: Cpus) -> f64 {
    const TURNS: u64 = 4_000;
    let word = Alone(AtomicU64::new(0));
    let time = pair::run(cpus, |side| {
        for turn in (side..TURNS).step_by(2) {
            // An own loop, for `spin_loop` would add its length.
            while word.0.load(Ordering::Acquire) != turn {}
            word.0.store(turn + 1, Ordering::Release);
        }
    });
    time.as_secs_f64() * 1e9 / TURNS as f64
}
