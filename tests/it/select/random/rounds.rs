//! One round on each kind of executor.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::runtime::{Builder, Handle, Runtime};

use super::actors::{Actor, Way};
use super::world::{Plan, World};
use crate::support::exec::Chaos;
use crate::support::hand::block_on;
use crate::support::payload::Summary;
use crate::support::watch::{shrunk, thread, within_or};

/// What came of one round or of many.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Rounds.
    pub rounds: usize,
    /// Selects.
    pub selects: usize,
    /// Other calls.
    pub calls: usize,
    /// Futures that were given up.
    pub dropped: usize,
    /// Messages received.
    pub received: usize,
}

impl Tally {
    fn of(world: &World, sum: Summary) -> Self {
        let [selects, calls] = world.done.each_ref().map(|count| count.load(Relaxed));
        let dropped = world.dropped.load(Relaxed);
        Self { rounds: 1, selects, calls, dropped, received: sum.received }
    }

    fn add(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.selects += other.selects;
        self.calls += other.calls;
        self.dropped += other.dropped;
        self.received += other.received;
    }
}

/// Where the actors run.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// On one thread, polled at random.
    Chaos,
    /// On tokio, with so many workers.
    Tokio(usize),
    /// Half of them on tokio's two workers, half of them as threads.
    Mixed,
}

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_time().build().unwrap()
}

/// Runs one plan. Fails, with the state of the round, when it does not end.
fn round(plan: Plan, on: On, handle: Option<Handle>) -> Tally {
    let world = World::new(plan);
    let shown = world.clone();
    let run = move || {
        match handle {
            None => on_chaos(&world),
            Some(handle) => on_tokio(&world, &handle, matches!(on, On::Mixed)),
        }
        Tally::of(&world, world.settle())
    };
    within_or(30, run, move || shown.show())
}

fn on_chaos(world: &Arc<World>) {
    let mut chaos = Chaos::new(world.plan.seed);
    (0..world.plan.all()).for_each(|me| chaos.spawn(Actor::new(world, me, Way::Alone).live()));
    if let Err(left) = chaos.run(true) {
        panic!("{left} tasks sleep and nobody will wake them: {}", world.show());
    }
}

fn on_tokio(world: &Arc<World>, handle: &Handle, mixed: bool) {
    let (mut tasks, mut others) = (Vec::new(), Vec::new());
    for me in 0..world.plan.all() {
        if mixed && me % 2 == 0 {
            let actor = Actor::new(world, me, Way::Thread);
            others.push(thread(move || block_on(actor.live())));
        } else {
            tasks.push(handle.spawn(Actor::new(world, me, Way::Tokio).live()));
        }
    }
    tasks.into_iter().for_each(|task| handle.block_on(task).unwrap());
    others.into_iter().for_each(|other| other.join().unwrap());
}

/// Rounds of random plans until so many selects were done and `go_on` says no.
pub fn rounds(on: On, each: usize, selects: usize, seed: u64, go_on: impl Fn() -> bool) -> Tally {
    let runtime = match on {
        On::Chaos => None,
        On::Tokio(workers) => Some(runtime(workers)),
        On::Mixed => Some(runtime(2)),
    };
    let handle = runtime.as_ref().map(|runtime| runtime.handle().clone());
    let mut tally = Tally::default();
    for seed in seed.. {
        let each = if shrunk() { (each / 10).max(20) } else { each };
        tally.add(round(Plan::new(each, seed), on, handle.clone()));
        if !go_on() && (tally.selects >= selects || shrunk() && tally.rounds >= 3) {
            break;
        }
    }
    tally
}
