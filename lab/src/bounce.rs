//! The distance between two CPUs: two threads, each held to its own CPU, hand a cache line to and
//! fro. Nothing else shows it when the host of a virtual machine moves the CPUs apart, and it
//! changes every figure of two threads several times over.
//!
//! The two threads sleep between measurements. The line is handed over in short batches of which
//! the fastest counts, so a neighbour that takes a CPU for a while does not look like a distance.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Batches of a measurement, and round trips of a batch: 60 to 130 µs in all.
const BATCHES: u32 = 6;
const TRIPS: u32 = 64;
/// How long the other's answer is waited for, in all. If it takes longer, someone else has the
/// other's CPU.
const PATIENCE: Duration = Duration::from_millis(1);
/// How often one looks for it between two looks at the clock.
const LOOKS: u32 = 1024;

const IDLE: u32 = 0;
const READY: u32 = 1;
const PING: u32 = 2;
const PONG: u32 = 3;

/// The word that is handed over, alone on its cache line and on the one that is fetched with it.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Ball(AtomicU32);

/// That the one who counts has gone stands on a line of its own: as another word of the ball it
/// would be lost when the other, interrupted between its look and its answer, answers late.
#[derive(Debug, Default)]
struct Court {
    ball: Ball,
    over: AtomicBool,
}

/// The two threads. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Bounce {
    court: Arc<Court>,
    players: [Sender<()>; 2],
    answers: Receiver<Option<f64>>,
}

/// The CPUs that this process may use, in their order.
pub(crate) fn cpus() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return vec![] };
    (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false)).collect()
}

/// Holds this thread, and those that it starts from now on, to `cpus`.
pub(crate) fn hold_to(cpus: &[usize]) -> nix::Result<()> {
    let mut set = CpuSet::new();
    cpus.iter().try_for_each(|&cpu| set.set(cpu))?;
    sched_setaffinity(Pid::from_raw(0), &set)
}

impl Bounce {
    /// `None` where there is only one CPU, or threads cannot be held to one.
    pub(crate) fn start() -> Option<Self> {
        let &[first, second, ..] = &*cpus() else { return None };
        let court = Arc::new(Court::default());
        let (tell, answers) = mpsc::channel();
        let player = |cpu: usize, play: fn(&Court) -> Option<f64>| {
            let (wake, woken) = mpsc::channel::<()>();
            let (court, tell) = (Arc::clone(&court), tell.clone());
            thread::spawn(move || {
                let held = hold_to(&[cpu]).is_ok();
                if tell.send(held.then_some(0.0)).is_err() || !held {
                    return;
                }
                while woken.recv().is_ok() {
                    if tell.send(play(&court)).is_err() {
                        return;
                    }
                }
            });
            wake
        };
        let players = [player(first, serve), player(second, give_back)];
        let bounce = Self { court, players, answers };
        bounce.both()?;
        Some(bounce)
    }

    /// Nanoseconds a round trip; `None` if one of the CPUs is taken by someone else.
    pub(crate) fn measure(&self) -> Option<f64> {
        // Relaxed: the players are asleep, and woken through their channels.
        self.court.ball.0.store(IDLE, Ordering::Relaxed);
        self.court.over.store(false, Ordering::Relaxed);
        self.players.iter().try_for_each(|player| player.send(())).ok()?;
        self.both()
    }

    /// What the two say; the larger, as one of them always says 0.
    fn both(&self) -> Option<f64> {
        let (one, other) = (self.answers.recv().ok()?, self.answers.recv().ok()?);
        Some(one?.max(other?))
    }
}

/// The one who counts, and who says when it is over.
fn serve(court: &Court) -> Option<f64> {
    let ball = &court.ball.0;
    let patience = Instant::now() + PATIENCE;
    let mut fastest = None;
    if await_word(ball, READY, patience) {
        for _ in 0..BATCHES {
            let Some(ns) = batch(ball, patience) else { break };
            fastest = Some(fastest.map_or(ns, |fastest: f64| fastest.min(ns)));
        }
    }
    // Release: pairs with the Acquire in `give_back`.
    court.over.store(true, Ordering::Release);
    fastest
}

/// Nanoseconds a round trip; `None` if the other does not answer any more.
fn batch(ball: &AtomicU32, patience: Instant) -> Option<f64> {
    let start = Instant::now();
    for _ in 0..TRIPS {
        // Release: hands the turn over; pairs with the Acquire in `give_back`.
        ball.store(PING, Ordering::Release);
        if !await_word(ball, PONG, patience) {
            return None;
        }
    }
    Some(start.elapsed().as_secs_f64() * 1e9 / f64::from(TRIPS))
}

fn give_back(court: &Court) -> Option<f64> {
    let ball = &court.ball.0;
    // Release: says that this one is there; pairs with the Acquire in `await_word`.
    ball.store(READY, Ordering::Release);
    loop {
        // Acquire: takes the turn; pairs with the Release in `batch`.
        if ball.load(Ordering::Acquire) == PING {
            // Release: hands it back; pairs with the Acquire in `await_word`.
            ball.store(PONG, Ordering::Release);
        } else if court.over.load(Ordering::Acquire) {
            return Some(0.0);
        }
    }
}

/// Looks until `word` is there; false if it does not come. Nothing pauses between two looks: a
/// pause is half as long as what is measured.
fn await_word(ball: &AtomicU32, word: u32, patience: Instant) -> bool {
    loop {
        // Acquire: takes the turn; pairs with the Releases in `give_back`.
        if (0..LOOKS).any(|_| ball.load(Ordering::Acquire) == word) {
            return true;
        }
        if Instant::now() > patience {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cpus_have_a_distance_and_one_has_none() {
        let bounce = Bounce::start();
        assert_eq!(bounce.is_some(), cpus().len() > 1);
        let Some(bounce) = bounce else { return };
        let measured: Vec<f64> = (0..20).filter_map(|_| bounce.measure()).collect();
        assert!(!measured.is_empty(), "both CPUs were taken twenty times");
        assert!(measured.iter().all(|ns| (5.0..100_000.0).contains(ns)), "{measured:?}");
    }

    #[test]
    fn who_comes_late_does_not_wait() {
        let court = Court { over: AtomicBool::new(true), ..Court::default() };
        for word in [IDLE, READY, PING, PONG] {
            court.ball.0.store(word, Ordering::Relaxed);
            assert_eq!(give_back(&court), Some(0.0));
        }
    }

    #[test]
    fn who_answers_late_does_not_wait() {
        let court = &Court::default();
        thread::scope(|scope| {
            let other = scope.spawn(|| give_back(court));
            assert!(await_word(&court.ball.0, READY, Instant::now() + Duration::from_secs(60)));
            court.over.store(true, Ordering::Release);
            // As an answer that overtakes the end.
            court.ball.0.store(PONG, Ordering::Release);
            assert_eq!(other.join().unwrap(), Some(0.0));
        });
    }

    /// Others on both CPUs make every kind of delay likely.
    #[test]
    fn a_busy_machine_does_not_hold_it_up() {
        let Some(bounce) = Bounce::start() else { return };
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let end = Instant::now() + Duration::from_millis(500);
            while Instant::now() < end {
                bounce.measure();
            }
            over.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn a_thread_is_held_to_its_cpu() {
        let all = cpus();
        let held = thread::spawn(move || {
            hold_to(&all[..1]).unwrap();
            cpus() == all[..1]
        });
        assert!(held.join().unwrap());
    }
}
