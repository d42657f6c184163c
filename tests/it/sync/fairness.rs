//! How far others overtake those who wait.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use strait::sync::{MOST_OVERTAKES, Mutex, Semaphore};

use crate::support::hand::{hand, parked};
use crate::support::watch::{thread, within};

/// The first in line was woken and does not come: others have the lock so often, and no more.
#[test]
fn the_bound_is_kept() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut first = parked(mutex.lock());
    let mut second = parked(mutex.lock());
    drop(guard);
    for _ in 0..MOST_OVERTAKES {
        drop(hand(mutex.lock()).now());
    }
    let mut third = parked(mutex.lock());
    assert!(mutex.lock_timeout(Duration::from_millis(1)).is_none());
    drop(first.ready());
    // The next one is first now, and is overtaken as often again.
    for _ in 0..MOST_OVERTAKES {
        drop(hand(mutex.lock()).now());
    }
    let mut fourth = parked(mutex.lock());
    drop(second.ready());
    drop(third.ready());
    drop(fourth.ready());
    assert!(mutex.try_lock().is_some());
}

/// Once it has come in vain nobody overtakes it.
#[test]
fn nobody_overtakes_who_came_in_vain() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut first = parked(mutex.lock());
    drop(guard);
    let guard = hand(mutex.lock()).now();
    first.park();
    drop(guard);
    let mut late = parked(mutex.lock());
    drop(first.ready());
    drop(late.ready());
}

/// One that wants many, among those who want one each: what comes back is kept for it from the
/// first permit on.
#[test]
fn many_permits_are_kept_together() {
    let semaphore = Semaphore::new(4);
    let mut held: Vec<_> = (0..4).map(|_| semaphore.try_acquire().unwrap()).collect();
    let mut many = parked(semaphore.acquire_many(4));
    let mut late: Vec<_> = Vec::new();
    while let Some(permit) = held.pop() {
        many.asleep();
        drop(permit);
        late.push(parked(semaphore.acquire()));
    }
    drop(many.ready().unwrap());
    late.iter_mut().for_each(|late| drop(late.ready().unwrap()));
    // Also if some are there already when it comes.
    let one = semaphore.try_acquire().unwrap();
    let mut many = parked(semaphore.acquire_many(4));
    let mut late = parked(semaphore.acquire());
    drop(one);
    drop(many.ready().unwrap());
    drop(late.ready().unwrap());
}

/// With steady traffic from several threads, a task that waits gets the lock, and in time.
#[test]
fn steady_traffic_does_not_starve_a_waiter() {
    within(60, || {
        let mutex = Arc::new(Mutex::new(0_u64));
        let stop = Arc::new(AtomicBool::new(false));
        let worst = Arc::new(AtomicU64::new(0));
        let traffic: Vec<_> = (0..3)
            .map(|_| {
                let (mutex, stop) = (mutex.clone(), stop.clone());
                thread(move || {
                    while !stop.load(SeqCst) {
                        *mutex.lock_blocking() += 1;
                    }
                })
            })
            .collect();
        for _ in 0..200 {
            let before = *mutex.lock_blocking();
            let after = *crate::support::hand::block_on(mutex.lock());
            worst.fetch_max(after - before, SeqCst);
        }
        stop.store(true, SeqCst);
        traffic.into_iter().for_each(|thread| thread.join().unwrap());
        // Three others may be before it in line, and between its look at the value and its first
        // poll anything may happen; so this is not the bound, but far from starving.
        let worst = worst.load(SeqCst);
        println!("overtaken at most {worst} times");
    });
}
