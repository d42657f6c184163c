//! Futures that are dropped while they wait, before and after they were woken.

#![forbid(unsafe_code)]

use strait::sync::{Mutex, Semaphore};

use crate::support::hand::{hand, parked};
use crate::support::watch::scaled;

/// M7: the only waiter goes, woken or not: the lock ends free.
#[test]
fn the_only_waiter() {
    for woken in [false, true] {
        let mutex = Mutex::new(());
        let guard = mutex.try_lock().unwrap();
        let wait = parked(mutex.lock());
        if woken {
            drop(guard);
            assert!(wait.woken());
            drop(wait);
        } else {
            drop(wait);
            drop(guard);
        }
        assert!(mutex.try_lock().is_some());
    }
}

/// M8, M9: the first of two goes after it was called: the second has the lock.
#[test]
fn the_first_of_two() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let first = parked(mutex.lock());
    let mut second = parked(mutex.lock());
    drop(guard);
    assert!(first.woken());
    second.asleep();
    drop(first);
    drop(second.ready());
}

/// One in the middle, or at the end, goes: nobody else notices.
#[test]
fn one_of_many() {
    for gone in 0..5 {
        let mutex = Mutex::new(());
        let guard = mutex.try_lock().unwrap();
        let mut waits: Vec<_> = (0..5).map(|_| parked(mutex.lock())).collect();
        drop(waits.remove(gone));
        assert!(waits.iter().all(|wait| !wait.woken()));
        drop(guard);
        for wait in &mut waits {
            drop(wait.ready());
        }
        assert!(mutex.try_lock().is_some());
    }
}

/// The one that wants many goes: those behind it, who want few, are served.
#[test]
fn who_wants_many_goes() {
    let semaphore = Semaphore::new(2);
    let held = semaphore.try_acquire().unwrap();
    let many = parked(semaphore.acquire_many(2));
    let mut few = parked(semaphore.acquire());
    few.asleep();
    drop(many);
    let few = few.ready().unwrap();
    drop((held, few));
    assert_eq!(semaphore.available_permits(), 2);
    assert!(semaphore.try_acquire().is_ok());
}

/// M11: many waits that are given up leave nothing behind, in whatever order they go.
#[test]
fn many_that_go() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    for round in 0..10 {
        let mut waits: Vec<_> = (0..scaled(10_000)).map(|_| parked(mutex.lock())).collect();
        match round % 3 {
            0 => waits.reverse(),
            1 => waits.sort_by_key(|wait| std::ptr::from_ref(wait).addr() % 7919),
            _ => {}
        }
        drop(waits);
    }
    drop(guard);
    assert!(mutex.try_lock().is_some(), "nobody waits");
}

/// A future that was never polled has no place, and one that is polled without need keeps its own.
#[test]
fn unpolled_and_polled_too_often() {
    let mutex = Mutex::new(0);
    let guard = mutex.try_lock().unwrap();
    drop(mutex.lock());
    let mut first = parked(mutex.lock());
    let mut second = parked(mutex.lock());
    for _ in 0..100 {
        first.park();
        second.park();
    }
    drop(guard);
    drop(first.ready());
    drop(second.ready());
}

/// A future is polled with another waker, is moved to another task: the last one is woken.
#[test]
fn another_waker() {
    let mutex = Mutex::new(0);
    let guard = mutex.try_lock().unwrap();
    let mut first = parked(mutex.lock());
    let mut again = hand(first.into_inner());
    again.park();
    drop(guard);
    drop(again.ready());
    // And after it was called: with the old waker, before the new one was there.
    let guard = mutex.try_lock().unwrap();
    first = parked(mutex.lock());
    drop(guard);
    let mut again = hand(first.into_inner());
    drop(again.now());
}
