//! Semaphores against a model: random programs in one thread, looked at after each step, and random
//! histories of several threads (M17). A mutex is a semaphore of one permit in every respect that
//! counts here.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use strait::sync::futures::Acquire;
use strait::sync::{AcquireError, AcquireTimeoutError, Permit, Semaphore, TryAcquireError};

use crate::support::hand::{Hand, hand};
use crate::support::rng::{Rng, seed};
use crate::support::watch::{scaled, thread, within};

/// What is known from outside.
struct World<'a> {
    semaphore: &'a Semaphore,
    total: usize,
    free: usize,
    held: Vec<Permit<'a>>,
    /// Those who wait, in order, with what they want.
    line: Vec<(usize, Hand<Acquire<'a>>)>,
    closed: bool,
}

impl<'a> World<'a> {
    fn hold(&mut self, want: usize, permit: Permit<'a>) {
        assert_eq!(permit.permits(), want);
        assert!(self.free >= want, "{want} permits of {}", self.free);
        self.free -= want;
        self.held.push(permit);
    }

    fn begin(&mut self, want: usize) {
        let mut acquire = hand(self.semaphore.acquire_many(want));
        match acquire.settle() {
            Some(Ok(permit)) => self.hold(want, permit),
            Some(Err(AcquireError)) => assert!(self.closed),
            None => {
                let must = want == 0 || self.line.is_empty() && self.free >= want;
                assert!(!must && !self.closed, "it need not wait");
                self.line.push((want, acquire));
            }
        }
    }

    fn attempt(&mut self, want: usize) {
        match self.semaphore.try_acquire_many(want) {
            Ok(permit) => {
                assert!(want == 0 || self.line.is_empty(), "a try overtakes nobody");
                self.hold(want, permit);
            }
            Err(TryAcquireError::Closed) => assert!(self.closed),
            Err(TryAcquireError::NoPermits) => {
                assert!(want > 0 && !self.line.is_empty() || self.free < want);
            }
        }
    }

    fn poll(&mut self, place: usize) {
        let before: usize = self.line[..place].iter().map(|(want, _)| want).sum();
        let (want, acquire) = &mut self.line[place];
        let want = *want;
        match acquire.settle() {
            Some(Ok(permit)) => {
                assert!(self.free >= before + want, "it takes what those before it want");
                drop(self.line.remove(place));
                self.hold(want, permit);
            }
            Some(Err(AcquireError)) => {
                assert!(self.closed);
                drop(self.line.remove(place));
            }
            None => {
                assert!(!self.closed);
                assert!(place > 0 || self.free < want, "the first finds enough and waits");
            }
        }
    }

    fn step(&mut self, rng: &Rng) {
        let want = rng.below(5);
        match rng.below(16) {
            0..4 => self.begin(want),
            4..6 => self.attempt(want),
            6..9 if !self.line.is_empty() => self.poll(rng.below(self.line.len())),
            9 if !self.line.is_empty() => drop(self.line.remove(rng.below(self.line.len()))),
            10..14 if !self.held.is_empty() => {
                let permit = self.held.swap_remove(rng.below(self.held.len()));
                self.free += permit.permits();
                if rng.one_in(8) {
                    self.free -= permit.permits();
                    self.total -= permit.permits();
                    permit.forget();
                }
            }
            14 if self.total < 8 => {
                self.semaphore.add_permits(want);
                self.total += want;
                self.free += want;
            }
            15 if rng.one_in(20) => {
                self.semaphore.close();
                self.closed = true;
            }
            _ => {}
        }
        self.look();
    }

    fn look(&self) {
        assert_eq!(self.semaphore.available_permits(), self.free);
        assert_eq!(self.semaphore.total_permits(), self.total);
        let held: usize = self.held.iter().map(Permit::permits).sum();
        assert_eq!(held + self.free, self.total);
        if let Some((want, first)) = self.line.first() {
            let must = self.closed || self.free >= *want;
            assert!(!must || first.woken(), "{} permits, and the first sleeps", self.free);
        }
        assert!(!self.closed || self.line.iter().all(|(_, waits)| waits.woken()));
    }
}

/// M13, M15: after each step the account is right, and the first in line is awake if it can go on.
#[test]
fn random_programs() {
    let start = seed(4711);
    for program in 0..scaled(3_000) as u64 {
        let rng = Rng::new(start + program);
        let total = rng.below(5);
        let semaphore = Semaphore::new(total);
        let (held, line) = (Vec::new(), Vec::new());
        let mut world =
            World { semaphore: &semaphore, total, free: total, held, line, closed: false };
        for _ in 0..100 {
            world.step(&rng);
        }
        // All who wait are served in order once there is enough.
        while !world.line.is_empty() {
            if let Some(permit) = world.held.pop() {
                world.free += permit.permits();
                drop(permit);
            } else if !world.closed && world.free < 4 {
                semaphore.add_permits(4);
                world.total += 4;
                world.free += 4;
            }
            world.look();
            world.poll(0);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Try(usize),
    Acquire(usize),
    /// Gives back what was got first and not given back yet.
    Release,
}

/// What a thread did, when it began and ended, and how many permits moved: taken, or given back if
/// negative. 0: it was refused, or its time ran out.
#[derive(Clone, Debug)]
struct Done {
    call: Call,
    from: usize,
    to: usize,
    moved: isize,
}

/// Whether the calls can be put in an order that the clock allows, each with its effect at once.
fn is_linearizable(free: isize, done: &[Done], over: u32) -> bool {
    if over.count_ones() as usize == done.len() {
        return true;
    }
    let open = |i: &usize| over & (1 << i) == 0;
    (0..done.len()).filter(open).any(|next| {
        let call = &done[next];
        // Nobody who has not been put yet ended before it began.
        let may = (0..done.len()).filter(open).all(|other| done[other].to > call.from);
        let overlapped = || {
            let waits = |other: &Done| {
                matches!(other.call, Call::Acquire(_))
                    && other.from < call.to
                    && call.from < other.to
            };
            done.iter().any(waits)
        };
        let right = match call.call {
            Call::Release => true,
            // A refusal needs a reason: too few permits, or somebody who waits.
            Call::Try(want) if call.moved == 0 && want > 0 => free < want as isize || overlapped(),
            Call::Acquire(_) | Call::Try(_) => free >= call.moved,
        };
        may && right && is_linearizable(free - call.moved, done, over | 1 << next)
    })
}

fn history(rng: &Rng) -> (isize, Vec<Done>) {
    let permits = 1 + rng.below(3);
    let semaphore = Arc::new(Semaphore::new(permits));
    let (clock, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(3)));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let calls: Vec<Call> = (0..4)
                .map(|_| match rng.below(5) {
                    0 | 1 => Call::Try(1 + rng.below(2)),
                    2 | 3 => Call::Acquire(1 + rng.below(2)),
                    _ => Call::Release,
                })
                .collect();
            let (semaphore, clock, start) = (semaphore.clone(), clock.clone(), start.clone());
            thread(move || {
                let mut held: Vec<Permit<'_>> = Vec::new();
                start.wait();
                let run = |call| {
                    let from = clock.fetch_add(1, SeqCst);
                    let moved = match call {
                        Call::Try(want) => match semaphore.try_acquire_many(want) {
                            Ok(permit) => {
                                held.push(permit);
                                want as isize
                            }
                            Err(error) => {
                                assert_eq!(error, TryAcquireError::NoPermits);
                                0
                            }
                        },
                        Call::Acquire(want) => {
                            let time = Duration::from_micros(200);
                            match semaphore.acquire_many_timeout(want, time) {
                                Ok(permit) => {
                                    held.push(permit);
                                    want as isize
                                }
                                Err(error) => {
                                    assert_eq!(error, AcquireTimeoutError::Timeout);
                                    0
                                }
                            }
                        }
                        Call::Release if held.is_empty() => 0,
                        Call::Release => -(held.remove(0).permits() as isize),
                    };
                    Done { call, from, to: clock.fetch_add(1, SeqCst), moved }
                };
                let done: Vec<Done> = calls.into_iter().map(run).collect();
                held.into_iter().for_each(Permit::forget);
                done
            })
        })
        .collect();
    let done = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    (permits as isize, done)
}

/// M17.
#[test]
fn random_histories() {
    within(120, || {
        let rng = Rng::new(seed(815));
        for _ in 0..scaled(2_000) {
            let (free, done) = history(&rng);
            assert!(is_linearizable(free, &done, 0), "{free} permits: {done:#?}");
        }
    });
}

#[test]
fn histories_that_are_wrong_are_found() {
    let done = |call, from, to, moved| Done { call, from, to, moved };
    // One permit, taken twice.
    let twice = [done(Call::Try(1), 0, 1, 1), done(Call::Try(1), 2, 3, 1)];
    assert!(!is_linearizable(1, &twice, 0) && is_linearizable(2, &twice, 0));
    // Refused without a reason.
    let refused = [done(Call::Try(1), 0, 1, 0)];
    assert!(!is_linearizable(1, &refused, 0) && is_linearizable(0, &refused, 0));
    // Taken before it was given back.
    let early = [
        done(Call::Try(1), 0, 1, 1),
        done(Call::Acquire(1), 2, 3, 1),
        done(Call::Release, 4, 5, -1),
    ];
    assert!(!is_linearizable(1, &early, 0));
}
