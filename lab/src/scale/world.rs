//! Cores that send and receive through one channel of some design, on simulated lines.
//!
//! Each core runs one thread, which spins and yields while it waits, and never sleeps: what a
//! system does when threads park is not in the model. Each ticket is published once and taken
//! once; a design that broke this would stop the run with a panic.

use super::lines::{Access, Core, Done, Line, Memory};
use super::prices::{Prices, Time, ns};
use super::program::{Design, Effect, Place, Rest, Side};
use super::queue::{Outcome, Queue};
use super::worker::{Patience, Worker};

/// A capacity that is never reached.
pub(super) const ENDLESS: u64 = 1 << 40;

/// The longest pause after a lost compare-and-swap, as a power of two.
const LONGEST_BACKOFF: u32 = 6;
/// Cells that have a head in common.
const RUN: u64 = 64;
/// Lines that are there once.
const HEADS: usize = 5;

/// What a run is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) cores: usize,
    pub(super) capacity: u64,
    /// Mean work after each operation.
    pub(super) work: Time,
    /// Messages to receive, after a fifth as many to warm up.
    pub(super) messages: u64,
    pub(super) seed: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    /// Time a message, of those that count.
    pub(super) ns: f64,
    pub(super) sent: u64,
    pub(super) received: u64,
    /// Compare-and-swaps that were lost.
    pub(super) lost: u64,
}

#[derive(Clone, Copy, Debug)]
struct Tag {
    effect: Effect,
    ticket: u64,
}

struct World<'a> {
    design: &'a Design,
    prices: Prices,
    setting: Setting,
    memory: Memory<Tag>,
    queue: Queue,
    workers: Vec<Worker<'a>>,
    /// Of the receiving and of the sending side.
    patience: [Patience; 2],
    /// Cells that are used again and again, in lines.
    ring: u64,
}

/// Runs a design with half of the cores sending and half receiving; one core does both in turn.
pub(super) fn run(design: &Design, prices: Prices, setting: Setting) -> Run {
    // Those of two runs, and of a whole capacity.
    let cells = if setting.capacity < ENDLESS { setting.capacity } else { 0 };
    let ring = (cells + 2 * RUN).next_multiple_of(RUN) / design.cells;
    let lines = HEADS + setting.cores + 2 * ring as usize;
    let mut world = World {
        design,
        prices,
        setting,
        memory: Memory::new(prices, setting.cores, lines),
        queue: Queue::new(setting.capacity),
        workers: (0..setting.cores).map(|core| Worker::new(core, setting.seed)).collect(),
        patience: [design.patience; 2],
        ring,
    };
    world.run()
}

impl<'a> World<'a> {
    fn run(&mut self) -> Run {
        for core in 0..self.setting.cores {
            // Not all at once, which would be a state of its own.
            let start = self.workers[core].time(ns(500.0));
            self.sleep(core, start);
        }
        let warm = self.setting.messages / 5;
        let all = warm + self.setting.messages;
        let mut start = 0;
        while self.queue.received < all {
            let before = self.queue.received;
            let done = self.memory.next().expect("a core that waits is told");
            self.done(done);
            if before < warm && self.queue.received >= warm {
                start = self.memory.now();
            }
        }
        Run {
            ns: (self.memory.now() - start) as f64 / 1e3 / self.setting.messages as f64,
            sent: self.queue.rear,
            received: self.queue.received,
            lost: self.queue.lost,
        }
    }

    fn sleep(&mut self, core: Core, time: Time) {
        self.workers[core].is_asleep = true;
        self.memory.sleep(core, time);
    }

    fn done(&mut self, done: Done<Tag>) {
        let core = done.core;
        let outcome = match done.tag {
            Some(tag) => self.apply(core, tag),
            None if std::mem::take(&mut self.workers[core].is_asleep) => Outcome::Stay,
            // A store is under way.
            None => Outcome::Next,
        };
        if done.resumes {
            self.follow(core, outcome);
        }
    }

    fn apply(&mut self, core: Core, tag: Tag) -> Outcome {
        let batch = self.design.batch;
        self.queue.apply(&mut self.workers[core], core, tag.effect, tag.ticket, batch)
    }

    /// What a step came to, then the next ones, up to one that takes time.
    fn follow(&mut self, core: Core, first: Outcome) {
        let mut next = Some(first);
        while let Some(outcome) = next {
            let worker = &mut self.workers[core];
            let side = side(self.design, worker.sends);
            let again = (&side.ways[0].1[..], side.again);
            match outcome {
                Outcome::Stay => {}
                Outcome::Next => worker.at += 1,
                Outcome::Back => worker.at -= 1,
                // Its second look is on that way already.
                Outcome::Over if std::ptr::eq(worker.steps, &side.over[..]) => worker.at += 1,
                Outcome::Over => worker.go(&side.over, side.over_at),
                Outcome::Lost => worker.detour(&side.lost, again),
                Outcome::Idle => {
                    worker.polls += 1;
                    worker.is_idle = true;
                    // A send that is in line already looks again from there.
                    let in_line = worker.step().effect == Effect::Admission;
                    let then = if in_line { (worker.steps, worker.at) } else { again };
                    worker.detour(&side.idle, then);
                }
                Outcome::Pause => {
                    worker.polls += 1;
                    let time = self.pause(core);
                    return self.sleep(core, time);
                }
                Outcome::Rest => {
                    let time = self.rest(core).unwrap_or(0);
                    return self.sleep(core, time);
                }
                Outcome::Watch => {
                    worker.is_asleep = true;
                    let line = self.line(core, self.workers[core].step().place);
                    return self.memory.watch(core, line);
                }
            }
            next = self.issue(core);
        }
    }

    /// Begins the step that the core is at. Says what it came to if that took no time.
    fn issue(&mut self, core: Core) -> Option<Outcome> {
        let worker = &self.workers[core];
        if worker.at == worker.steps.len() {
            return self.end_of_steps(core);
        }
        let step = worker.step();
        let mut tag = Tag { effect: step.effect, ticket: worker.ticket };
        let mut access = step.access;
        let mut line = self.line(core, step.place);
        match step.effect {
            Effect::Announce if worker.has_announced => return Some(Outcome::Next),
            Effect::Settle if !self.queue.is_unsettled(worker) => return Some(Outcome::Next),
            Effect::Resume if worker.ticket + self.setting.capacity >= self.queue.rear => {
                return Some(Outcome::Next);
            }
            Effect::Pass => {
                if let Some(next) = self.queue.next_in_line() {
                    tag.effect = Effect::Hand;
                    (access, line) = (Some(Access::Store), self.line(next, Place::Own));
                }
            }
            _ => {}
        }
        match access {
            None => Some(self.apply(core, tag)),
            Some(access) => {
                self.memory.access(core, line, access, tag);
                None
            }
        }
    }

    fn end_of_steps(&mut self, core: Core) -> Option<Outcome> {
        let worker = &mut self.workers[core];
        if let Some((steps, at)) = worker.resume.take() {
            worker.go(steps, at);
            let time = if std::mem::take(&mut worker.is_idle) {
                self.pause(core)
            } else if let Some(rest) = self.rest(core) {
                rest
            } else {
                return Some(Outcome::Stay);
            };
            self.sleep(core, time);
            return None;
        }
        if !worker.is_at_work && self.setting.work > 0 {
            worker.is_at_work = true;
            let time = worker.time(self.setting.work);
            self.sleep(core, time);
            return None;
        }
        self.begin(core);
        Some(Outcome::Stay)
    }

    /// How long a core waits after a lost claim.
    fn rest(&self, core: Core) -> Option<Time> {
        match self.design.after_loss {
            Rest::None => None,
            Rest::Growing => {
                Some(self.prices.pause << self.workers[core].losses.min(LONGEST_BACKOFF))
            }
            Rest::Pauses(pauses) => Some(self.prices.pause * pauses),
        }
    }

    /// How long a core waits after a look in vain.
    fn pause(&mut self, core: Core) -> Time {
        let worker = &mut self.workers[core];
        if worker.is_yielding() || std::mem::take(&mut worker.is_stalled) {
            return self.prices.give_way;
        }
        self.prices.pause << (worker.polls - 1).min(LONGEST_BACKOFF)
    }

    /// The next operation of a core.
    fn begin(&mut self, core: Core) {
        let worker = &mut self.workers[core];
        worker.begin(self.setting.cores == 1, &mut self.patience);
        let side = side(self.design, worker.sends);
        let is_over = worker.sends && self.queue.rear >= self.queue.limit;
        if is_over && !side.over.is_empty() {
            return worker.go(&side.over, 0);
        }
        let mut share = worker.share();
        let way = side.ways.iter().find(|(weight, _)| {
            share -= weight;
            share < 0.0
        });
        worker.go(&way.unwrap_or(&side.ways[0]).1, 0);
    }

    fn line(&self, core: Core, place: Place) -> Line {
        let about = self.workers[core].about();
        let cells = HEADS + self.setting.cores;
        let cell = |ticket: u64| cells + (ticket / self.design.cells % self.ring) as usize;
        match place {
            Place::Rear => 0,
            Place::Front => 1,
            Place::End => 2,
            Place::Meta => 3,
            Place::Lock => 4,
            Place::Own => HEADS + core,
            Place::Cell => cell(about),
            Place::Ahead => cell(about + self.setting.capacity),
            Place::Before(n) => cell(about + self.ring * self.design.cells - u64::from(n)),
            Place::Segment => cells + self.ring as usize + (about / RUN % self.ring) as usize,
        }
    }
}

fn side(design: &Design, sends: bool) -> &Side {
    if sends { &design.send } else { &design.recv }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::{counts, designs};

    fn designs(capacity: u64) -> [Design; 6] {
        [
            counts::strait(capacity),
            designs::kotlin(capacity),
            designs::faa_cells(),
            designs::cas_ring(),
            designs::queued_lock(),
            designs::spin_lock(),
        ]
    }

    fn setting(cores: usize, capacity: u64, work: f64) -> Setting {
        Setting { cores, capacity, work: ns(work), messages: 1_000, seed: 7 }
    }

    fn ns_of(design: &Design, cores: usize, work: f64) -> f64 {
        run(design, Prices::round(), setting(cores, 64, work)).ns
    }

    #[test]
    fn one_core_pays_the_sum_of_its_steps() {
        // Lines are there after the first round; loads 1, stores 2, read-modify-writes 5.
        let ring = 2.0 * (5.0 + 3.0 * 1.0 + 2.0) + 2.0 + 1.0;
        assert!((ns_of(&designs::cas_ring(), 1, 0.0) - ring).abs() < 0.1 * ring);
        let lock = 2.0 * (1.0 + 5.0 + 1.0 + 2.0 * 2.0) + 2.0 + 1.0;
        assert!((ns_of(&designs::spin_lock(), 1, 0.0) - lock).abs() < 0.1 * lock);
    }

    #[test]
    fn no_message_is_lost_or_doubled() {
        for capacity in [0, 1, 64] {
            for (index, design) in designs(capacity).iter().enumerate() {
                // The others need room.
                if capacity == 0 && index > 1 {
                    continue;
                }
                for cores in [2, 5, 16] {
                    let run = run(design, Prices::round(), setting(cores, capacity, 0.0));
                    let inside = run.sent - run.received;
                    // What is there, and one in the hands of each core.
                    assert!(inside <= capacity + cores as u64, "{} {run:?}", design.name);
                }
            }
        }
    }

    #[test]
    fn a_run_repeats_exactly_and_another_seed_gives_another() {
        let setting = setting(8, 64, 100.0);
        let of = |seed| run(&counts::strait(64), Prices::round(), Setting { seed, ..setting });
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn work_scales_with_the_cores_until_the_lines_are_busy() {
        for design in &designs(64) {
            // Two cores, then eight, with so much work that lines do not matter.
            let (two, eight) = (ns_of(design, 2, 50_000.0), ns_of(design, 8, 50_000.0));
            assert!((3.6..4.4).contains(&(two / eight)), "{} {two} {eight}", design.name);
            // No design is faster than its work allows, nor than one line in each operation.
            assert!(ns_of(design, 144, 1_000.0) > 20.0 + 5.0, "{}", design.name);
        }
    }

    #[test]
    fn claims_that_can_be_lost_fall_behind_those_that_cannot() {
        let (ring, cells) = (designs::cas_ring(), designs::faa_cells());
        assert!(ns_of(&ring, 64, 0.0) > 2.0 * ns_of(&cells, 64, 0.0));
        let lost = |cores| run(&ring, Prices::round(), setting(cores, 64, 0.0)).lost;
        assert!(lost(2) < lost(16) && lost(16) < lost(64));
        assert!(ns_of(&ring, 64, 0.0) > 2.0 * ns_of(&ring, 8, 0.0));
    }

    #[test]
    fn a_lock_that_is_handed_on_takes_the_same_however_many_wait() {
        let (tried, handed) = (designs::spin_lock(), designs::queued_lock());
        let of_group = ns_of(&handed, 8, 0.0) / ns_of(&handed, 4, 0.0);
        assert!((0.8..1.25).contains(&of_group), "{of_group}");
        // It costs more where nobody waits.
        assert!(ns_of(&tried, 1, 0.0) < ns_of(&handed, 1, 0.0));
    }
}
