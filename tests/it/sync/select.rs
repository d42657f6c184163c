//! Locks and signals as arms of selects.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use strait::channel::{bounded, unbounded};
use strait::select::{Select, after};
use strait::sync::{AutoEvent, Event, Latch, Mutex, RwLock, Semaphore};
use strait::{select, select_biased, select_blocking};

use crate::support::exec::Chaos;
use crate::support::hand::{hand, parked};
use crate::support::rng::{Rng, seed};
use crate::support::watch::{scaled, thread, within};

#[test]
fn a_free_lock_is_chosen() {
    let (mutex, semaphore, lock) = (Mutex::new(1), Semaphore::new(2), RwLock::new(3));
    let (_tx, rx) = unbounded::<u8>();
    let got = select_blocking! {
        _ = rx.recv() => 0,
        guard = mutex.lock() => *guard,
    };
    assert_eq!(got, 1);
    let got = select_blocking! {
        _ = rx.recv() => 0,
        permit = semaphore.acquire_many(2) => permit.unwrap().permits(),
    };
    assert_eq!(got, 2);
    assert_eq!(semaphore.available_permits(), 2);
    let got = select_blocking! {
        guard = lock.read() => *guard,
        guard = lock.write() => *guard,
    };
    assert_eq!(got, 3);
    assert!(lock.try_write().is_some() && mutex.try_lock().is_some());
    let default = hand(async {
        let _guard = mutex.lock().await;
        select! { _ = mutex.lock() => false, default => true }
    });
    assert!({ default }.now());
}

/// The one that waits is woken by the unlock, and the losers leave no trace.
#[test]
fn a_waiting_select_gets_the_lock() {
    let (mutex, semaphore) = (Mutex::new(0), Semaphore::new(1));
    let (guard, permit) = (mutex.try_lock().unwrap(), semaphore.try_acquire().unwrap());
    let mut waits = parked(async {
        select! {
            mut guard = mutex.lock() => { *guard += 1; "mutex" }
            permit = semaphore.acquire() => { drop(permit.unwrap()); "semaphore" }
        }
    });
    drop(permit);
    assert_eq!(waits.ready(), "semaphore");
    assert_eq!(semaphore.available_permits(), 1);
    drop(guard);
    assert_eq!(*mutex.try_lock().expect("nobody waits"), 0);
}

/// A select that was woken for a lock, and is dropped or chooses otherwise, passes it on.
#[test]
fn a_loser_passes_the_lock_on() {
    for chooses in [false, true] {
        let mutex = Mutex::new(());
        let (tx, rx) = bounded(1);
        let guard = mutex.try_lock().unwrap();
        let mut first = parked(async {
            select_biased! {
                message = rx.recv() => message.is_ok(),
                _ = mutex.lock() => false,
            }
        });
        let mut second = parked(mutex.lock());
        drop(guard);
        assert!(first.woken());
        second.asleep();
        if chooses {
            tx.try_send(()).unwrap();
            assert!(first.ready());
        }
        drop(first);
        drop(second.ready());
    }
}

/// All kinds at once, one after the other.
#[test]
fn signals_in_turn() {
    let (event, auto, latch) = (Event::new(), AutoEvent::new(), Latch::new(1));
    let lock = RwLock::new(());
    for round in 0..4 {
        let guard = lock.write_blocking();
        let mut waits = parked(async {
            select! {
                () = event.wait() => 0,
                () = auto.wait() => 1,
                _ = lock.upgradable_read() => 2,
                () = latch.wait() => 3,
            }
        });
        match round {
            0 => drop(event.set()),
            1 => auto.set(),
            2 => drop(guard),
            _ => drop(latch.count_down()),
        }
        assert_eq!(waits.ready(), round);
        event.reset();
        assert!(!auto.try_wait());
    }
}

#[test]
fn a_time_limit() {
    let mutex = Arc::new(Mutex::new(()));
    let guard = mutex.try_lock_owned().unwrap();
    let late = select_blocking! {
        _ = mutex.lock() => false,
        _ = after(Duration::from_millis(5)) => true,
    };
    assert!(late);
    let other = thread(move || {
        std::thread::sleep(Duration::from_millis(5));
        drop(guard);
    });
    let late = select_blocking! {
        _ = mutex.lock_owned() => false,
        _ = after(Duration::from_secs(20)) => true,
    };
    assert!(!late);
    other.join().unwrap();
}

/// In a select that is kept: the arm is done once, and what it holds is given back with it.
#[test]
fn a_kept_select() {
    let (a, b) = (Mutex::new(1), Mutex::new(2));
    let (held_a, held_b) = (a.try_lock().unwrap(), b.try_lock().unwrap());
    let mut select = Select::new();
    let first = select.once(a.lock(), |guard| guard);
    let second = select.once(b.lock(), |guard| guard);
    assert!(select.try_next().is_none());
    {
        let mut next = parked(select.next());
        drop(held_b);
        let (key, guard) = next.ready().unwrap();
        assert_eq!((key, *guard), (second, 2));
        assert!(b.try_lock().is_none());
    }
    assert!(b.try_lock().is_some());
    // The other one waits in line still; while nobody waits for the select it holds nobody up.
    drop(held_a);
    let mut other = hand(a.lock());
    drop(other.now());
    let (key, guard) = select.next_blocking().unwrap();
    assert_eq!((key, *guard), (first, 1));
    drop(guard);
    assert!(select.is_empty());
    assert!(a.try_lock().is_some());
}

/// Called while nobody waits for it, the arm passes the lock on to who does.
#[test]
fn a_kept_select_that_is_away() {
    let mutex = Mutex::new(());
    let (tx, rx) = unbounded();
    let guard = mutex.try_lock().unwrap();
    let mut select = Select::new();
    select.once(mutex.lock(), |_| true);
    select.recv(&rx, |message| message.is_err());
    drop(parked(select.next()));
    let mut second = parked(mutex.lock());
    drop(guard);
    drop(second.ready());
    tx.try_send(()).unwrap();
    let mut fired = [select.next_blocking().unwrap().1, select.next_blocking().unwrap().1];
    fired.sort_unstable();
    assert_eq!(fired, [false, true]);
    assert!(mutex.try_lock().is_some());
    // Told, and then removed.
    let guard = mutex.try_lock().unwrap();
    let key = select.once(mutex.lock(), |_| true);
    drop(parked(select.next()));
    drop(guard);
    assert!(select.remove(key));
    assert!(mutex.try_lock().is_some());
}

/// Many selects over the same two locks, dropped at random: each is held by one at a time, and both
/// end free.
#[test]
fn selects_over_two_locks() {
    within(120, || {
        let locks = Arc::new((Mutex::new(0_usize), Mutex::new(0_usize), Semaphore::new(1)));
        let threads: Vec<_> = (0..3)
            .map(|number| {
                let locks = locks.clone();
                thread(move || {
                    let rng = Rng::new(seed(77 + number));
                    let done = std::cell::Cell::new(0);
                    let mut tasks = Chaos::new(rng.next());
                    for _ in 0..6 {
                        tasks.spawn(async {
                            let (a, b, c) = &*locks;
                            for _ in 0..scaled(1_000) {
                                let both = async {
                                    select! {
                                        mut guard = a.lock() => *guard += 1,
                                        mut guard = b.lock() => *guard += 1,
                                        permit = c.acquire() => {
                                            drop(permit.unwrap());
                                            *a.lock().await += 1;
                                        }
                                    }
                                    done.set(done.get() + 1);
                                };
                                crate::support::fickle::fickle(both, &rng, 4).await;
                            }
                        });
                    }
                    tasks.run(false).unwrap();
                    drop(tasks);
                    done.get()
                })
            })
            .collect();
        let done: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        let (a, b, c) = &*locks;
        let held = (a.try_lock().unwrap(), b.try_lock().unwrap(), c.try_acquire().unwrap());
        assert_eq!(*held.0 + *held.1, done);
    });
}
