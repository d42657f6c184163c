//! Semaphores: how many permits there are, who gets them, and the end.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use strait::sync::{AcquireError, AcquireTimeoutError, Semaphore, TryAcquireError};

use crate::support::hand::{hand, parked};
use crate::support::watch::within;

#[test]
fn permits_go_and_come_back() {
    let semaphore = Semaphore::new(3);
    let one = semaphore.try_acquire().unwrap();
    let two = hand(semaphore.acquire_many(2)).now().unwrap();
    assert_eq!(semaphore.available_permits(), 0);
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    let mut waits = parked(semaphore.acquire());
    drop(one);
    assert_eq!(waits.ready().unwrap().permits(), 1);
    drop((waits, two));
    assert_eq!((semaphore.available_permits(), semaphore.total_permits()), (3, 3));
}

/// M14: who wants many is not passed over for those who want few, nor the other way round.
#[test]
fn many_and_few_in_turn() {
    let semaphore = Semaphore::new(3);
    let mut held = semaphore.try_acquire_many(3).unwrap();
    let mut all = parked(semaphore.acquire_many(3));
    let mut one = parked(semaphore.acquire());
    let mut two = parked(semaphore.acquire_many(2));
    drop(held.split(2).unwrap());
    all.asleep();
    one.asleep();
    one.park();
    drop(held);
    let all = all.ready().unwrap();
    one.park();
    drop(all);
    let one = one.ready().unwrap();
    let two = two.ready().unwrap();
    assert_eq!((one.permits(), two.permits()), (1, 2));
}

/// A release that suffices for several wakes them all at once.
#[test]
fn one_release_for_several() {
    for waiters in [2, 8, 9, 100] {
        let semaphore = Semaphore::new(waiters);
        let all = semaphore.try_acquire_many(waiters).unwrap();
        let mut waits: Vec<_> = (0..waiters).map(|_| parked(semaphore.acquire())).collect();
        drop(all);
        let woken = waits.iter().filter(|wait| wait.woken()).count();
        assert_eq!(woken, waiters.min(8), "as many as one look at the line wakes");
        let held: Vec<_> = waits.iter_mut().map(|wait| wait.ready().unwrap()).collect();
        assert_eq!((held.len(), semaphore.available_permits()), (waiters, 0));
    }
}

/// Called together, they may come in any order.
#[test]
fn the_called_come_in_any_order() {
    let semaphore = Semaphore::new(0);
    let mut first = parked(semaphore.acquire());
    let mut second = parked(semaphore.acquire());
    semaphore.add_permits(2);
    let second = second.ready().unwrap();
    let first = first.ready().unwrap();
    assert_eq!(semaphore.available_permits(), 0);
    drop((first, second));
    // But the second does not take what the first is waiting for.
    let all = semaphore.try_acquire_many(2).unwrap();
    let mut first = parked(semaphore.acquire());
    let mut second = parked(semaphore.acquire());
    all.forget();
    semaphore.add_permits(1);
    second.park();
    first.ready().unwrap().forget();
    second.asleep();
    semaphore.add_permits(1);
    assert!(second.ready().is_ok());
}

#[test]
fn none_at_all() {
    let semaphore = Semaphore::new(0);
    let none = hand(semaphore.acquire_many(0)).now().unwrap();
    assert_eq!(none.permits(), 0);
    assert!(semaphore.try_acquire_many(0).is_ok());
    drop(none);
    assert_eq!(semaphore.available_permits(), 0);
}

/// M12: there are never more permits than the maximum.
#[test]
fn the_maximum_is_kept() {
    let semaphore = Semaphore::with_maximum(1, 3);
    semaphore.add_permits(2);
    let refused = |f: &dyn Fn()| assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    refused(&|| semaphore.add_permits(1));
    refused(&|| semaphore.add_permits(usize::MAX));
    let held = semaphore.try_acquire_many(3).unwrap();
    refused(&|| semaphore.add_permits(1));
    held.forget();
    assert_eq!(semaphore.total_permits(), 0);
    semaphore.add_permits(3);
    assert_eq!(semaphore.available_permits(), 3);
    refused(&|| drop(semaphore.acquire_many(4)));
    refused(&|| drop(semaphore.acquire_many_blocking(4)));
    refused(&|| drop(semaphore.acquire_many_timeout(4, Duration::ZERO)));
    assert_eq!(semaphore.try_acquire_many(4).unwrap_err(), TryAcquireError::NoPermits);
    assert_eq!(semaphore.try_acquire_many(usize::MAX).unwrap_err(), TryAcquireError::NoPermits);
    refused(&|| _ = Semaphore::with_maximum(2, 1));
    refused(&|| _ = Semaphore::with_maximum(0, 0));
    refused(&|| _ = Semaphore::new(usize::MAX));
    let most = Semaphore::new(Semaphore::MAX_PERMITS);
    refused(&|| most.add_permits(1));
    let all = most.try_acquire_many(Semaphore::MAX_PERMITS).unwrap();
    assert_eq!(most.available_permits(), 0);
    drop(all);
    assert_eq!(most.available_permits(), Semaphore::MAX_PERMITS);
}

#[test]
fn split_merge_forget() {
    let semaphore = Arc::new(Semaphore::new(5));
    let other = Semaphore::new(1);
    let mut four = semaphore.try_acquire_many(4).unwrap();
    assert!(four.split(5).is_none());
    let one = four.split(1).unwrap();
    assert_eq!(four.permits(), 3);
    four.merge(one);
    assert_eq!(four.permits(), 4);
    let foreign = other.try_acquire().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| four.merge(foreign))).is_err());
    assert_eq!(other.available_permits(), 1, "it went back");
    assert!(std::ptr::eq(four.semaphore(), &*semaphore));
    four.forget();
    assert_eq!((semaphore.available_permits(), semaphore.total_permits()), (1, 1));
    let mut owned = hand(semaphore.acquire_many_owned(1)).now().unwrap();
    assert!(semaphore.try_acquire_many_owned(1).is_err());
    let part = owned.split(1).unwrap();
    assert_eq!(owned.permits(), 0);
    drop(owned);
    assert_eq!(semaphore.available_permits(), 0);
    std::thread::spawn(move || drop(part)).join().unwrap();
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn close_ends_waits_and_tries() {
    for waiters in [0, 1, 8, 9, 100] {
        let semaphore = Semaphore::new(1);
        let held = semaphore.try_acquire().unwrap();
        let mut waits: Vec<_> = (0..waiters).map(|_| parked(semaphore.acquire())).collect();
        semaphore.close();
        semaphore.close();
        assert!(semaphore.is_closed());
        for wait in &mut waits {
            assert_eq!(wait.ready().unwrap_err(), AcquireError);
        }
        assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
        drop(held);
        assert_eq!(semaphore.available_permits(), 1);
        assert_eq!(hand(semaphore.acquire()).now().unwrap_err(), AcquireError);
        assert_eq!(semaphore.acquire_blocking().unwrap_err(), AcquireError);
        let timed = semaphore.acquire_timeout(Duration::from_secs(1));
        assert_eq!(timed.unwrap_err(), AcquireTimeoutError::Closed);
    }
}

/// M16: a timed acquire loses no permit, whichever comes first.
#[test]
fn times_run_out() {
    within(60, || {
        let semaphore = Arc::new(Semaphore::new(1));
        for round in 0..200 {
            let held = semaphore.clone().try_acquire_many_owned(1).unwrap();
            let thread = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_micros(round));
                drop(held);
            });
            match semaphore.acquire_timeout(Duration::from_micros(100)) {
                Ok(permit) => drop(permit),
                Err(error) => assert_eq!(error, AcquireTimeoutError::Timeout),
            }
            thread.join().unwrap();
            assert_eq!(semaphore.available_permits(), 1);
        }
        let deadline = std::time::Instant::now();
        let two = semaphore.acquire_many_deadline(2, deadline);
        assert_eq!(two.unwrap_err(), AcquireTimeoutError::Timeout);
        assert!(semaphore.acquire_deadline(deadline).is_ok());
        assert!(semaphore.acquire_many_timeout(1, Duration::MAX).is_ok());
    });
}

#[test]
fn errors_speak() {
    assert_eq!(AcquireError.to_string(), "the semaphore is closed");
    assert_eq!(TryAcquireError::NoPermits.to_string(), "not enough permits");
    assert_eq!(TryAcquireError::from(AcquireError).to_string(), "the semaphore is closed");
    assert_eq!(AcquireTimeoutError::Timeout.to_string(), "no permit in time");
    assert_eq!(AcquireTimeoutError::from(AcquireError), AcquireTimeoutError::Closed);
    let semaphore = Semaphore::new(2);
    let shown = "Semaphore { available: 2, total: 2, closed: false, .. }";
    assert_eq!(format!("{semaphore:?}"), shown);
}
