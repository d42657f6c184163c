//! Two threads, each bound to a processor of its own.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Two processors, by number.
pub(super) type Cpus = [usize; 2];

/// The first two that this process may use; none if there is but one.
pub(super) fn cpus() -> Option<Cpus> {
    let set = sched_getaffinity(Pid::from_raw(0)).ok()?;
    let mut usable = (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false));
    Some([usable.next()?, usable.next()?])
}

/// Binds the calling thread. A system that refuses leaves it where it is.
pub(super) fn pin(cpu: usize) {
    let mut set = CpuSet::new();
    if set.set(cpu).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &set);
    }
}

/// What a run of both took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    pub(super) wall: Duration,
    /// Which share of it they had their processors for themselves.
    pub(super) own: f64,
}

impl Took {
    fn of(sides: [Side; 2]) -> Self {
        let [one, other] = sides;
        let wall = one.end.max(other.end) - one.start.min(other.start);
        Self { wall, own: (one.cpu + other.cpu).as_secs_f64() / 2.0 / wall.as_secs_f64() }
    }

    /// Nobody else ran in between, nor did one side for long without the other.
    pub(super) fn is_undisturbed(self) -> bool {
        self.own > 0.85
    }
}

/// Runs `work` on both, with 0 and 1, from when both are there until both are done.
pub(super) fn run(cpus: Cpus, work: impl Fn(u64) + Sync) -> Took {
    Took::of(both(cpus, work))
}

/// Does `work` on both again and again for `time`; nanoseconds for each time that either did it,
/// if nobody disturbed them.
pub(super) fn repeat(cpus: Cpus, time: Duration, work: impl Fn() + Sync) -> Option<f64> {
    let times = AtomicU64::new(0);
    let took = run(cpus, |_| {
        let (start, mut done) = (Instant::now(), 0);
        while start.elapsed() < time {
            // The clock takes as long as some of these.
            (0..64).for_each(|_| work());
            done += 64;
        }
        times.fetch_add(done, Ordering::Relaxed);
    });
    let each = took.wall.as_secs_f64() * 1e9 / times.into_inner() as f64;
    took.is_undisturbed().then_some(each)
}

struct Side {
    start: Instant,
    end: Instant,
    cpu: Duration,
}

fn both(cpus: Cpus, work: impl Fn(u64) + Sync) -> [Side; 2] {
    let there = AtomicU64::new(0);
    let side = |side: u64| {
        pin(cpus[side as usize]);
        // Nobody is asleep when it begins: a lock of the system would wake one after the other.
        there.fetch_add(1, Ordering::SeqCst);
        while there.load(Ordering::SeqCst) < 2 {
            spin_loop();
        }
        let (start, cpu) = (Instant::now(), ThreadTime::now());
        work(side);
        Side { start, cpu: cpu.elapsed(), end: Instant::now() }
    };
    thread::scope(|scope| {
        let side = &side;
        let sides = [0, 1].map(|number| scope.spawn(move || side(number)));
        sides.map(|side| side.join().expect("no work panics"))
    })
}

/// A step of work, as in the lab: xorshift.
pub(super) fn step(dice: u64) -> u64 {
    let dice = dice ^ (dice << 13);
    let dice = dice ^ (dice >> 7);
    dice ^ (dice << 17)
}

/// Steps until one in `mean` ends them: geometrically distributed. None for 0.
pub(super) fn work(dice: &mut u64, mean: u64) {
    if mean == 0 {
        return;
    }
    loop {
        *dice = step(*dice);
        if dice.is_multiple_of(mean) {
            return;
        }
    }
}

#[test]
fn both_sides_work_at_the_same_time() {
    let sides = AtomicU64::new(0);
    if let Some(cpus) = cpus() {
        run(cpus, |side| {
            sides.fetch_add(side + 1, Ordering::Relaxed);
        });
        assert_eq!(sides.into_inner(), 3);
    }
}

#[test]
fn work_has_its_mean() {
    let (mut dice, mut steps) = (1, 0u64);
    for _ in 0..10_000 {
        let mut next = dice;
        work(&mut dice, 100);
        while next != dice {
            next = step(next);
            steps += 1;
        }
    }
    assert!((950_000..1_050_000).contains(&steps), "{steps}");
}
