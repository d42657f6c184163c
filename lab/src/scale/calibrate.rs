//! What memory operations take on this machine: small measurements on one processor and on two,
//! from which the model's prices follow.
//!
//! One price cannot be measured by itself: how long a writer keeps a line that another one asks
//! for. It is fitted to three things that two processors do: additions with some work between
//! them, compare-and-swaps, and a spin lock. (Additions without a gap keep the line longer than
//! anything that a channel does: two processors then take little more than one.)
//!
//! Two processors of a virtual machine may be near each other or far, and be moved in between. So
//! the measurements of pairs are repeated in rounds, and those rounds count that found the same
//! distance as the median one.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use cpu_time::ThreadTime;

use super::micro::{self, Kind};
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
    /// Work of [`WORK`] steps in the mean.
    pub(super) work: f64,
    /// The work between two additions.
    pub(super) gap: f64,
    pub(super) pair: Pair,
}

/// What two processors do with one line, a time each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    /// A store that the other one waits for, until that one has seen it.
    pub(super) one_way: f64,
    /// A fetch-and-add, of both together, without and with a gap.
    pub(super) fetch_add: f64,
    pub(super) spaced: f64,
    /// A compare-and-swap that wins, and how many are lost for each.
    pub(super) compare_swap: f64,
    pub(super) losses: f64,
    /// A spin lock, taken and left.
    pub(super) lock: f64,
}

/// Steps of work that take about half a microsecond.
pub(super) const WORK: u64 = 200;

/// Rounds of pairs that are to be undisturbed, and that are tried.
const ROUNDS: usize = 15;
const TRIES: usize = 150;
/// Operations of one measurement on one processor, and time of one on two.
const TIMES: u64 = 40_000;
const TIME: Duration = Duration::from_micros(400);

/// Measures. None if others never left two processors alone.
pub(super) fn measure(cpus: Cpus, mut tick: impl FnMut(&str)) -> Option<Calibration> {
    tick("one processor");
    let alone = thread::scope(|scope| {
        let alone = scope.spawn(|| {
            pair::pin(cpus[0]);
            alone()
        });
        alone.join().expect("nothing in it panics")
    });
    tick("two processors");
    let mut rounds: Vec<Pair> = (0..TRIES).filter_map(|_| together(cpus)).take(ROUNDS).collect();
    rounds.sort_by(|a, b| a.one_way.total_cmp(&b.one_way));
    let middle = rounds.get(rounds.len() / 2)?.one_way;
    rounds.retain(|round| is_same_distance(round.one_way, middle));
    let median = |of: fn(&Pair) -> f64| {
        Quartiles::of(rounds.iter().map(of)).expect("the middle one is left").median
    };
    let pair = Pair {
        one_way: median(|pair| pair.one_way),
        fetch_add: median(|pair| pair.fetch_add),
        spaced: median(|pair| pair.spaced),
        compare_swap: median(|pair| pair.compare_swap),
        losses: median(|pair| pair.losses),
        lock: median(|pair| pair.lock),
    };
    Some(Calibration { pair, ..alone })
}

/// Whether two measured ways can be of the same two processors at the same places.
pub(super) fn is_same_distance(one: f64, other: f64) -> bool {
    (0.8..1.25).contains(&(one / other))
}

impl Calibration {
    pub(super) fn prices(&self) -> Prices {
        // The store has to take the line from the one who waits, who then has to fetch it.
        let near = ((self.pair.one_way - self.load - self.store) / 2.0).max(1.0);
        let prices = Prices {
            load: ns(self.load),
            store: ns(self.store),
            rmw: ns(self.rmw),
            near: ns(near),
            // The published ways are those of a message too.
            socket: ns(near.max(SAME_SOCKET / 2.0)),
            across: ns(near.max(OTHER_SOCKET / 2.0)),
            hold: 0,
            pause: ns(self.pause),
            give_way: ns(self.give_way),
        };
        // Up to what makes a transfer nearly free.
        let all = (0..200).map(|step| Prices { hold: step * prices.rmw / 5, ..prices });
        all.min_by(|one, other| self.misfit(one).total_cmp(&self.misfit(other)))
            .expect("there are some")
    }

    /// What two cores were seen to do, by name, with what the model makes of it.
    pub(super) fn pairs(&self, prices: &Prices) -> [(&'static str, f64, f64); 3] {
        let of_model = |kind| micro::run(kind, *prices, 2).0;
        [
            ("spaced additions", self.pair.spaced, of_model(Kind::Spaced(ns(self.gap)))),
            ("compare-and-swap", self.pair.compare_swap, of_model(Kind::CompareSwap)),
            ("spin lock", self.pair.lock, of_model(Kind::Lock)),
        ]
    }

    fn misfit(&self, prices: &Prices) -> f64 {
        let pairs = self.pairs(prices);
        pairs.iter().map(|(_, measured, model)| (model / measured).ln().powi(2)).sum()
    }
}

/// The least of some rounds, in time of the processor: what comes on top is others.
fn least(times: u64, mut round: impl FnMut()) -> f64 {
    let time = |_| {
        let start = ThreadTime::now();
        (0..times).for_each(|_| round());
        start.elapsed().as_secs_f64() * 1e9 / times as f64
    };
    (0..7).map(time).fold(f64::INFINITY, f64::min)
}

fn alone() -> Calibration {
    let word = AtomicU64::new(0);
    let mut dice = 0x9e37_79b9_7f4a_7c15;
    Calibration {
        load: least(TIMES, || {
            black_box(black_box(&word).load(Ordering::Acquire));
        }),
        store: least(TIMES, || black_box(&word).store(1, Ordering::Release)),
        rmw: least(TIMES, || {
            black_box(word.fetch_add(1, Ordering::SeqCst));
        }),
        pause: least(TIMES / 10, spin_loop),
        give_way: least(TIMES / 100, thread::yield_now),
        work: least(TIMES / 20, || {
            pair::work(&mut dice, black_box(WORK));
            black_box(dice);
        }),
        gap: least(TIMES, || dice = gap(dice)),
        pair: Pair {
            one_way: 0.0,
            fetch_add: 0.0,
            spaced: 0.0,
            compare_swap: 0.0,
            losses: 0.0,
            lock: 0.0,
        },
    }
}

/// Some instructions, each of which waits for the one before.
fn gap(dice: u64) -> u64 {
    (0..8).fold(black_box(dice), |dice, _| pair::step(dice))
}

/// A line of its own, with its neighbor, which some processors fetch along.
#[derive(Default)]
#[repr(align(128))]
struct Alone<T>(T);

#[allow(clippy::missing_spin_loop, reason = "a pause would be most of what is measured")]
fn together(cpus: Cpus) -> Option<Pair> {
    let word = Alone(AtomicU64::new(0));
    let fetch_add = pair::repeat(cpus, TIME, || {
        word.0.fetch_add(1, Ordering::SeqCst);
    });
    let spaced = pair::repeat(cpus, TIME, || {
        black_box(gap(word.0.fetch_add(1, Ordering::SeqCst)));
    });
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
    Some(Pair {
        one_way: one_way(cpus)?,
        fetch_add: fetch_add?,
        spaced: spaced?,
        compare_swap: compare_swap?,
        losses: lost.0.into_inner() as f64 / won as f64,
        lock: locked?,
    })
}

/// How long one line takes from one processor to the other, if nobody disturbed them.
pub(super) fn one_way(cpus: Cpus) -> Option<f64> {
    const TURNS: u64 = 4_000;
    let word = Alone(AtomicU64::new(0));
    let took = pair::run(cpus, |side| {
        for turn in (side..TURNS).step_by(2) {
            // An own loop, for `spin_loop` would add its length.
            while word.0.load(Ordering::Acquire) != turn {}
            word.0.store(turn + 1, Ordering::Release);
        }
    });
    took.is_undisturbed().then(|| took.wall.as_secs_f64() * 1e9 / TURNS as f64)
}
