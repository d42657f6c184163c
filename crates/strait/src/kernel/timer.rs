//! Alarms: waking a task at a given time, without a runtime.
//!
//! A thread that waits in a select watches the clock itself. A task cannot, so the first alarm
//! starts one thread for the process, which sleeps until the earliest of them. Setting an alarm
//! costs a lock and an entry in a tree, and wakes that thread only if the alarm is the earliest;
//! taking one back never wakes it. An alarm is late by what the system's timer and the thread's
//! way to a processor take, typically 60 us, and never early.
//!
//! The crate futures-timer does the same job, but wakes its thread for each timer that is made: a
//! select in a loop with a time limit would pay two changes of threads a round.

#![forbid(unsafe_code)]
#![allow(clippy::disallowed_types, reason = "the clock's thread is in no model")]

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Instant;

use super::waiter::{discard, wake};

/// By time, and by order of setting.
type Key = (Instant, u64);

#[derive(Debug, Default)]
struct Alarms {
    entries: BTreeMap<Key, Waker>,
    count: u64,
}

#[derive(Debug)]
struct Clock {
    alarms: Mutex<Alarms>,
    earlier: Condvar,
}

/// Somebody to wake at a given time, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    key: Option<Key>,
}

impl Alarm {
    pub(crate) const fn new() -> Self {
        Self { key: None }
    }

    /// Wakes `waker` from `deadline` on, and not the one that was set before.
    pub(crate) fn set(&mut self, deadline: Instant, waker: &Waker) {
        let clock = Clock::get();
        if let Some(key) = self.key {
            let mut alarms = clock.lock();
            match alarms.entries.get(&key) {
                Some(old) if key.0 == deadline && old.will_wake(waker) => return,
                _ => {}
            }
            let old = alarms.entries.remove(&key);
            drop(alarms);
            discard(old);
        }
        let waker = waker.clone();
        let mut alarms = clock.lock();
        let key = (deadline, alarms.count);
        alarms.count += 1;
        alarms.entries.insert(key, waker);
        let is_first = alarms.entries.first_key_value().is_some_and(|(first, _)| *first == key);
        drop(alarms);
        self.key = Some(key);
        if is_first {
            clock.earlier.notify_one();
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = Clock::get().lock().entries.remove(&key);
            discard(waker);
        }
    }
}

impl Clock {
    fn get() -> &'static Self {
        static CLOCK: OnceLock<Clock> = OnceLock::new();
        static THREAD: OnceLock<()> = OnceLock::new();
        let clock =
            CLOCK.get_or_init(|| Self { alarms: Mutex::default(), earlier: Condvar::new() });
        THREAD.get_or_init(|| super::prim::start_thread("strait-timer", || clock.run()));
        clock
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut alarms = self.lock();
        loop {
            let now = Instant::now();
            let first = alarms.entries.first_key_value().map(|(key, _)| key.0);
            alarms = match first {
                None => self.earlier.wait(alarms).unwrap_or_else(PoisonError::into_inner),
                Some(first) if first > now => {
                    let (alarms, _) = self
                        .earlier
                        .wait_timeout(alarms, first - now)
                        .unwrap_or_else(PoisonError::into_inner);
                    alarms
                }
                Some(_) => {
                    let due = alarms.entries.pop_first();
                    drop(alarms);
                    if let Some((_, waker)) = due {
                        wake(waker);
                    }
                    self.lock()
                }
            };
        }
    }
}
