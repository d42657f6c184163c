//! Two threads that start together, round after round.
//!
//! After each round the left side says which of the two came first, and the later side is started a
//! little earlier the next time: so the rounds gather about the moment at which the outcome changes,
//! which is where a missing check or fence shows.

#![forbid(unsafe_code)]

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use crate::support::rng::Rng;
use crate::support::watch::thread;

/// The right side: one operation.
type Right<S> = Arc<dyn Fn(&S) + Send + Sync>;

struct Ring<S> {
    stage: Mutex<Option<Arc<S>>>,
    round: AtomicUsize,
    here: AtomicUsize,
    fire: AtomicUsize,
    done: AtomicUsize,
    over: AtomicBool,
    /// By how many pauses the right side starts later; negative: the left side does.
    lag: AtomicIsize,
}

/// What the left side uses to keep step.
pub struct Step<'r> {
    start: &'r dyn Fn(),
    finish: &'r dyn Fn(&mut dyn FnMut()),
}

impl Step<'_> {
    /// Both sides are ready when this returns.
    pub fn start(&self) {
        (self.start)();
    }

    /// The right side has ended when this returns.
    pub fn finish(&self) {
        (self.finish)(&mut || {});
    }

    /// The same, and until then does this again and again.
    pub fn finish_while(&self, mut meanwhile: impl FnMut()) {
        (self.finish)(&mut meanwhile);
    }
}

/// Which side came first, as far as the left one can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// It was the left one.
    Left,
    /// It was the right one.
    Right,
}

/// How often which side came first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Rounds in which the left side came first.
    pub left: usize,
    /// Rounds in which the right side came first.
    pub right: usize,
}

fn until(mut reached: impl FnMut() -> bool) {
    let mut spins = 0;
    while !reached() {
        spins += 1;
        if spins % 256 == 0 {
            std::thread::yield_now();
        }
        spin_loop();
    }
}

fn pause(count: isize) {
    (0..count).for_each(|_| spin_loop());
}

/// Plays `rounds` rounds. `left` calls `start` right before its operation and `finish` after it, then
/// looks at what came of both.
pub fn play<S: Send + Sync + 'static>(
    rounds: usize,
    seed: u64,
    setup: impl Fn() -> S,
    right: Right<S>,
    left: impl Fn(&S, &Step<'_>) -> First,
) -> Score {
    let ring = Arc::new(Ring {
        stage: Mutex::new(None),
        round: AtomicUsize::new(0),
        here: AtomicUsize::new(0),
        fire: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        lag: AtomicIsize::new(0),
    });
    /// Lets the right side go home, also when the left one panics.
    struct End<S>(Arc<Ring<S>>);
    impl<S> Drop for End<S> {
        fn drop(&mut self) {
            self.0.over.store(true, SeqCst);
        }
    }
    let end = End(ring.clone());
    let partner = {
        let ring = ring.clone();
        thread(move || ring.right(seed, &right))
    };
    let rng = Rng::new(seed);
    let mut score = Score::default();
    for round in 1..=rounds {
        let stage = Arc::new(setup());
        *ring.stage.lock().unwrap() = Some(stage.clone());
        ring.round.store(round, SeqCst);
        let jitter = rng.below(8) as isize;
        let start = || {
            until(|| ring.here.load(SeqCst) == round || partner.is_finished());
            ring.fire.store(round, SeqCst);
            pause(jitter - ring.lag.load(SeqCst));
        };
        let finish = |meanwhile: &mut dyn FnMut()| {
            until(|| {
                meanwhile();
                ring.done.load(SeqCst) == round || partner.is_finished()
            });
        };
        match left(&stage, &Step { start: &start, finish: &finish }) {
            First::Left => {
                score.left += 1;
                ring.lag.fetch_sub(1, SeqCst);
            }
            First::Right => {
                score.right += 1;
                ring.lag.fetch_add(1, SeqCst);
            }
        }
        assert!(!partner.is_finished(), "the right side has panicked");
    }
    drop(end);
    partner.join().unwrap();
    score
}

impl<S> Ring<S> {
    fn right(&self, seed: u64, right: &Right<S>) {
        let rng = Rng::new(seed + 1);
        for round in 1.. {
            until(|| self.round.load(SeqCst) == round || self.over.load(SeqCst));
            if self.over.load(SeqCst) {
                return;
            }
            let stage = self.stage.lock().unwrap().take().unwrap();
            let jitter = rng.below(8) as isize;
            self.here.store(round, SeqCst);
            until(|| self.fire.load(SeqCst) == round || self.over.load(SeqCst));
            pause(jitter + self.lag.load(SeqCst));
            right(&stage);
            drop(stage);
            self.done.store(round, SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::Relaxed;

    /// Two threads that each set a flag and then look at the other's, without the fence between: both
    /// miss the other sooner or later, on every machine of today, if the aim is any good.
    #[test]
    fn a_missing_fence_is_found() {
        #[derive(Default)]
        struct Flags {
            left: AtomicBool,
            right: AtomicBool,
            seen: AtomicBool,
        }
        let right: Right<Flags> = Arc::new(|flags| {
            flags.right.store(true, Relaxed);
            let seen = flags.left.load(Relaxed);
            flags.seen.store(seen, Relaxed);
        });
        let missed = AtomicUsize::new(0);
        let rounds = crate::support::watch::scaled(20_000);
        let score = play(rounds, 1, Flags::default, right, |flags, step| {
            step.start();
            flags.left.store(true, Relaxed);
            let seen = flags.right.load(Relaxed);
            step.finish();
            missed.fetch_add(usize::from(!seen && !flags.seen.load(Relaxed)), Relaxed);
            if seen { First::Right } else { First::Left }
        });
        // How good the aim is depends on who else uses the processors; but both come first.
        println!("{score:?}, both missed: {missed:?}");
        let enough = rounds >= 20_000;
        assert!(!enough || score.left > 0 && score.right > 0, "a bad aim: {score:?}");
    }
}
