//! Mutexes: who has the lock, and when.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use strait::sync::{MappedMutexGuard, Mutex, MutexGuard, OwnedMutexGuard};

use crate::support::hand::{block_on, hand, parked};
use crate::support::watch::{scaled, within};

/// One at a time, and `try_lock` says so.
#[test]
fn one_at_a_time() {
    let mutex = Mutex::new(1);
    assert!(!mutex.is_locked());
    let mut guard = mutex.try_lock().unwrap();
    assert!(mutex.is_locked());
    assert!(mutex.try_lock().is_none());
    let mut second = parked(mutex.lock());
    *guard += 1;
    second.asleep();
    drop(guard);
    assert_eq!(*second.ready(), 2);
    drop(second);
    assert!(!mutex.is_locked());
    assert_eq!(mutex.into_inner(), 2);
}

/// M2: waiters have the lock in the order in which they began to wait.
#[test]
fn first_come_first_served() {
    let mutex = Mutex::new(Vec::new());
    let mut guard = Some(mutex.try_lock().unwrap());
    let mut waits: Vec<_> = (0..20).map(|_| parked(mutex.lock())).collect();
    for i in 0..waits.len() {
        drop(guard.take());
        for later in &waits[i + 1..] {
            assert!(!later.woken(), "{i} is first");
        }
        let mut next = waits[i].ready();
        next.push(i);
        guard = Some(next);
    }
    assert_eq!(*guard.unwrap(), (0..20).collect::<Vec<_>>());
}

/// M3: `try_lock` does not overtake those who wait, though the lock is free.
#[test]
fn try_lock_does_not_overtake() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut first = parked(mutex.lock());
    drop(guard);
    assert!(!mutex.is_locked());
    assert!(mutex.try_lock().is_none());
    drop(first.ready());
    assert!(mutex.try_lock().is_some());
}

/// M4: to lock twice waits; it does not panic, and can be given up.
#[test]
fn not_reentrant() {
    let mutex = Mutex::new(());
    let _guard = mutex.lock_blocking();
    assert!(mutex.lock_timeout(Duration::from_millis(5)).is_none());
    parked(mutex.lock());
}

/// M6: the guard unlocks when the scope ends early.
#[test]
fn unlocks_on_an_early_return() {
    let mutex = Mutex::new(0);
    let early = |mutex: &Mutex<u8>| -> Option<()> {
        *mutex.lock_blocking() += 1;
        let _guard = mutex.lock_blocking();
        None?;
        unreachable!()
    };
    assert!(early(&mutex).is_none());
    assert_eq!(*mutex.try_lock().unwrap(), 1);
}

/// M6: and when the holder panics; the value is as it was left, and the next waiter has it.
#[test]
fn unlocks_on_a_panic() {
    let mutex = Mutex::new(0);
    let mut waits = None;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut guard = mutex.lock_blocking();
        waits = Some(parked(mutex.lock()));
        *guard = 7;
        panic!("expected");
    }));
    assert!(panicked.is_err());
    assert_eq!(*waits.unwrap().ready(), 7);
}

/// M10: ten thousand waiters, one after the other, on a small stack.
#[test]
fn many_waiters_in_turn() {
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let thread = small.spawn(|| {
        let mutex = Mutex::new(0);
        let guard = mutex.try_lock().unwrap();
        let mut waits: Vec<_> = (0..scaled(10_000)).map(|_| parked(mutex.lock())).collect();
        drop(guard);
        for wait in &mut waits {
            *wait.ready() += 1;
        }
        assert_eq!(*mutex.try_lock().unwrap(), waits.len());
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn times_run_out() {
    let mutex = Mutex::new(());
    let guard = mutex.lock_timeout(Duration::ZERO).expect("it is free");
    let start = Instant::now();
    assert!(mutex.lock_timeout(Duration::from_millis(20)).is_none());
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert!(mutex.lock_deadline(start).is_none());
    drop(guard);
    assert!(mutex.lock_deadline(start).is_some(), "a try comes first");
    assert!(mutex.lock_timeout(Duration::MAX).is_some());
}

/// A thread waits for a task, and a task for a thread.
#[test]
fn threads_and_tasks_on_one_mutex() {
    within(20, || {
        let mutex = Arc::new(Mutex::new(0));
        let guard = mutex.try_lock().unwrap();
        let other = mutex.clone();
        let thread = std::thread::spawn(move || *other.lock_blocking() += 1);
        let other = mutex.clone();
        let task = std::thread::spawn(move || block_on(async { *other.lock().await += 1 }));
        std::thread::sleep(Duration::from_millis(10));
        drop(guard);
        thread.join().unwrap();
        task.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 2);
    });
}

#[test]
fn owned_guards() {
    let mutex = Arc::new(Mutex::new(1));
    let guard = hand(mutex.lock_owned()).now();
    assert!(mutex.try_lock_owned().is_none());
    assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
    let mut second = parked(mutex.lock_owned());
    let thread = std::thread::spawn(move || {
        let mut guard = guard;
        *guard += 1;
    });
    thread.join().unwrap();
    let guard = second.ready();
    assert_eq!(*guard, 2);
    drop(second);
    assert_eq!(Arc::strong_count(&mutex), 2, "the guard's and ours");
    drop(guard);
    assert_eq!(Arc::strong_count(&mutex), 1);
    // A wait that is given up lets go of the mutex too.
    let guard = mutex.try_lock().unwrap();
    drop(parked(mutex.lock_owned()));
    drop(guard);
    assert_eq!(Arc::try_unwrap(mutex).unwrap().into_inner(), 2);
}

#[test]
fn parts_of_a_guard() {
    let mutex = Mutex::new((vec![1, 2], 3));
    let list = MutexGuard::map(mutex.lock_blocking(), |pair| &mut pair.0);
    let mut first = MappedMutexGuard::map(list, |list| &mut list[0]);
    *first = 9;
    assert!(mutex.try_lock().is_none());
    drop(first);
    let guard = MutexGuard::try_map(mutex.lock_blocking(), |pair| pair.0.get_mut(5));
    let guard = guard.map(|_| ()).unwrap_err();
    assert_eq!(guard.0, [9, 2]);
    assert!(std::ptr::eq(MutexGuard::mutex(&guard), &mutex));
    let second = MutexGuard::try_map(guard, |pair| pair.0.get_mut(1)).unwrap();
    assert_eq!(*second, 2);
    drop(second);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _ = MutexGuard::map(mutex.lock_blocking(), |_| -> &mut u8 { panic!("expected") });
    }));
    assert!(panicked.is_err() && !mutex.is_locked());
}

#[test]
fn the_value_without_the_lock() {
    let mut mutex = Mutex::new(String::from("a"));
    mutex.get_mut().push('b');
    assert_eq!(mutex.into_inner(), "ab");
    let unsized_one: Box<Mutex<[u8]>> = Box::new(Mutex::new([1, 2, 3]));
    unsized_one.lock_blocking()[1] = 7;
    assert_eq!(*unsized_one.lock_blocking(), [1, 7, 3]);
    assert_eq!(*Mutex::from(3).lock_blocking(), 3);
    assert_eq!(*Mutex::<u8>::default().lock_blocking(), 0);
}

#[test]
fn what_debug_shows() {
    let mutex = Mutex::new(5);
    assert_eq!(format!("{mutex:?}"), "Mutex { value: 5, .. }");
    let guard = mutex.lock_blocking();
    assert_eq!(format!("{mutex:?}"), "Mutex { value: <locked>, .. }");
    assert_eq!(format!("{guard:?} {guard}"), "5 5");
}

#[test]
#[should_panic(expected = "a future is not polled after it was ready")]
fn polled_after_it_was_ready() {
    let mutex = Mutex::new(());
    let mut lock = hand(mutex.lock());
    drop(lock.now());
    let _ = lock.poll();
}
