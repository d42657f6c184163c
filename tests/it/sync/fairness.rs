//! How far others overtake those who wait.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::task::Waker;
use std::time::Duration;

use strait::sync::{MOST_OVERTAKES, Mutex, RwLock, Semaphore};

use crate::support::hand::{block_on, hand, parked, poll_once};
use crate::support::watch::{scaled, thread, within};

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

/// An upgrade goes before all who wait, and those behind it are not overtaken the more for that.
#[test]
fn an_upgrade_renews_no_bound() {
    let lock = RwLock::new(());
    let upgradable = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let mut writer = parked(lock.write());
    let mut upgrade = parked(upgradable.upgrade());
    drop(reader);
    drop(upgrade.ready());
    // The permits were kept for the writer before, and still are.
    let mut late = parked(lock.read());
    drop(writer.ready());
    drop(late.ready());
}

/// How many threads take what a task waits for.
const TRAFFIC: u64 = 3;

/// The threads `take` without a pause, and count it while they hold what they took; a task waits
/// among them again and again. Says how often they took at most while it was in line.
fn most_takes<F: Future>(
    take: impl Fn(&AtomicU64) + Clone + Send + 'static,
    wait: impl Fn() -> F,
) -> u64 {
    let (stop, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let traffic: Vec<_> = (0..TRAFFIC)
        .map(|_| {
            let (stop, taken, take) = (stop.clone(), taken.clone(), take.clone());
            thread(move || {
                while !stop.load(SeqCst) {
                    take(&taken);
                }
            })
        })
        .collect();
    let (mut most, mut waits, rounds) = (0, 0, scaled(100));
    while waits < rounds {
        let mut turn = Box::pin(wait());
        if poll_once(turn.as_mut(), Waker::noop()).is_ready() {
            continue;
        }
        let before = taken.load(SeqCst);
        if waits % 8 == 0 {
            // It comes late, and finds what it waits for all the same.
            std::thread::sleep(Duration::from_millis(20));
        }
        let turn = block_on(turn);
        most = most.max(taken.load(SeqCst) - before);
        drop(turn);
        waits += 1;
    }
    stop.store(true, SeqCst);
    traffic.into_iter().for_each(|thread| thread.join().unwrap());
    println!("{most} takes at most while it waited");
    most
}

/// All threads may be before it in line, and each of those takes once itself; and each may have
/// taken before it came, and counted that later.
const MOST_TAKES: u64 = (TRAFFIC + 1) * MOST_OVERTAKES + 2 * TRAFFIC;

/// With steady traffic from several threads, a task that waits is overtaken as often as is said, and
/// no more.
#[test]
fn steady_traffic_does_not_starve_a_waiter() {
    within(60, || {
        let mutex = Arc::new(Mutex::new(()));
        let other = mutex.clone();
        let take = move |taken: &AtomicU64| {
            let _guard = other.lock_blocking();
            taken.fetch_add(1, SeqCst);
        };
        assert!(most_takes(take, || mutex.lock_owned()) <= MOST_TAKES);
    });
}

/// Nor do readers, of whom one or another has the lock at any time, starve a writer.
#[test]
fn steady_readers_do_not_starve_a_writer() {
    within(60, || {
        let lock = Arc::new(RwLock::new(()));
        let other = lock.clone();
        let take = move |taken: &AtomicU64| {
            let _guard = other.read_blocking();
            taken.fetch_add(1, SeqCst);
        };
        assert!(most_takes(take, || lock.write_owned()) <= MOST_TAKES);
    });
}
