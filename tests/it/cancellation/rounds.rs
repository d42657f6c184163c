//! One round on each kind of executor.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::runtime::{Builder, Runtime};

use super::threads;
use super::world::{Plan, Way, World, consume, produce};
use crate::support::caps::{CAPS, Kind};
use crate::support::exec::Chaos;
use crate::support::payload::Summary;
use crate::support::watch::{shrunk, thread, within_or};

/// What came of one round or of many.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Rounds.
    pub rounds: usize,
    /// Futures that were dropped while they waited.
    pub dropped: usize,
    /// The messages.
    pub sum: Summary,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.dropped += other.dropped;
        self.sum.made += other.sum.made;
        self.sum.sent += other.sum.sent;
        self.sum.received += other.sum.received;
        self.sum.returned += other.sum.returned;
        self.sum.vanished += other.sum.vanished;
    }
}

/// Where the tasks run.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// On one thread, polled at random.
    Chaos,
    /// On tokio, with so many workers.
    Tokio(usize),
    /// Half of them on tokio's two workers, half of them as threads.
    Mixed,
}

/// A runtime with so many workers.
pub fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_time().build().unwrap()
}

/// Runs one plan. Fails, with the state of the round, when it does not end.
pub fn round(plan: Plan, on: On) -> Tally {
    let world = World::new(plan);
    let shown = world.clone();
    let run = move || {
        match on {
            On::Chaos => on_chaos(&world),
            On::Tokio(workers) => on_tokio(&world, workers),
            On::Mixed => mixed(&world),
        }
        let dropped = world.dropped.load(Relaxed);
        Tally { rounds: 1, dropped, sum: world.settle() }
    };
    within_or(60, run, move || shown.show())
}

fn on_chaos(world: &Arc<World>) {
    let (producers, consumers) = world.plan.actors;
    let (tx, rx) = world.plan.kind.open();
    let mut chaos = Chaos::new(world.plan.seed);
    for me in 0..producers {
        chaos.spawn(produce(world.clone(), me, tx.clone(), Way::Fickle));
    }
    for me in producers..producers + consumers {
        chaos.spawn(consume(world.clone(), me, rx.clone(), Way::Fickle));
    }
    drop((tx, rx));
    if let Err(left) = chaos.run(true) {
        panic!("{left} tasks sleep and nobody will wake them: {}", world.show());
    }
}

fn on_tokio(world: &Arc<World>, workers: usize) {
    let (producers, consumers) = world.plan.actors;
    let (tx, rx) = world.plan.kind.open();
    let runtime = runtime(workers);
    let mut tasks = Vec::new();
    for me in 0..producers {
        tasks.push(runtime.spawn(produce(world.clone(), me, tx.clone(), Way::Tokio)));
    }
    for me in producers..producers + consumers {
        tasks.push(runtime.spawn(consume(world.clone(), me, rx.clone(), Way::Tokio)));
    }
    drop((tx, rx));
    tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
}

fn mixed(world: &Arc<World>) {
    let (producers, consumers) = world.plan.actors;
    let (tx, rx) = world.plan.kind.open();
    let runtime = runtime(2);
    let (mut tasks, mut others) = (Vec::new(), Vec::new());
    for me in 0..producers + consumers {
        let (world, tx, rx) = (world.clone(), tx.clone(), rx.clone());
        match (me < producers, me % 2 == 0) {
            (true, true) => tasks.push(runtime.spawn(produce(world, me, tx, Way::Tokio))),
            (false, true) => {
                drop(tx);
                tasks.push(runtime.spawn(consume(world, me, rx, Way::Tokio)));
            }
            (true, false) => others.push(thread(move || threads::produce(&world, me, &tx))),
            (false, false) => {
                drop(tx);
                others.push(thread(move || threads::consume(&world, me, &rx)));
            }
        }
    }
    drop((tx, rx));
    tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
    others.into_iter().for_each(|other| other.join().unwrap());
}

/// Rounds over all capacities, kinds and shapes until `dropped` futures were dropped and `go_on` says
/// no.
pub fn rounds(on: On, each: usize, dropped: usize, seed: u64, go_on: impl Fn() -> bool) -> Tally {
    let shapes = [(2, 2), (1, 1), (3, 1), (1, 3), (4, 4)];
    let mut tally = Tally::default();
    for seed in seed.. {
        for (at, cap) in CAPS.into_iter().enumerate() {
            let kind = Kind::all(cap)[seed as usize % 4];
            let actors = shapes[(seed as usize + at) % shapes.len()];
            let each = if shrunk() { (each / 10).max(20) } else { each };
            let odds = 2 + seed as usize % 3;
            tally.add(round(Plan { kind, actors, each, odds, seed }, on));
        }
        if !go_on() && (tally.dropped >= dropped || shrunk()) {
            break;
        }
    }
    tally
}
