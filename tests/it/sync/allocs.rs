//! Memory: none is taken, for locking and for waiting.

#![forbid(unsafe_code)]

use std::mem::size_of;
use std::sync::Arc;

use strait::sync::futures::{Acquire, Lock};
use strait::sync::{Mutex, MutexGuard, Permit, Semaphore};

use crate::support::alloc::{allocations, balanced};
use crate::support::hand::{parked, poll_once};
use crate::support::wake::Probe;

/// Locking, by every form, allocates nothing; nor does waiting.
#[test]
fn nothing_is_allocated() {
    let mutex = Mutex::new(0);
    let semaphore = Semaphore::new(3);
    let probe = Probe::default();
    let waker = probe.waker();
    let rounds = |n: usize| {
        for _ in 0..n {
            drop(mutex.try_lock());
            drop(mutex.lock_blocking());
            assert!(poll_once(std::pin::pin!(mutex.lock()), &waker).is_ready());
            drop(semaphore.acquire_many_blocking(2));
            let guard = mutex.lock_blocking();
            let mut first = std::pin::pin!(mutex.lock());
            let mut second = std::pin::pin!(mutex.lock());
            assert!(poll_once(first.as_mut(), &waker).is_pending());
            assert!(poll_once(second.as_mut(), &waker).is_pending());
            drop(guard);
            assert!(poll_once(first.as_mut(), &waker).is_ready());
            assert!(poll_once(second.as_mut(), &waker).is_ready());
        }
    };
    // The number of cores is asked for once in a process.
    rounds(1);
    let (blocks, ()) = allocations(|| rounds(1000));
    assert_eq!(blocks, 0);
}

/// Nothing is left when all is dropped, waiting futures included.
#[test]
fn nothing_is_left() {
    balanced(|| {
        let mutex = Arc::new(Mutex::new(vec![1, 2, 3]));
        let semaphore = Arc::new(Semaphore::new(2));
        let guard = mutex.try_lock_owned().unwrap();
        let waits: Vec<_> = (0..10).map(|_| parked(mutex.lock_owned())).collect();
        let permit = semaphore.try_acquire_many_owned(2).unwrap();
        let acquires: Vec<_> = (0..10).map(|_| parked(semaphore.acquire_owned())).collect();
        drop((guard, permit, mutex, semaphore));
        drop((waits, acquires));
    });
}

/// What an object weighs, idle, and what one who waits does.
#[test]
fn sizes() {
    let sizes = [
        ("Mutex<()>", size_of::<Mutex<()>>(), 48),
        ("Mutex<u64>", size_of::<Mutex<u64>>(), 56),
        ("Semaphore", size_of::<Semaphore>(), 64),
        ("MutexGuard", size_of::<MutexGuard<'_, u64>>(), 8),
        ("Permit", size_of::<Permit<'_>>(), 16),
        ("Lock, waiting or not", size_of::<Lock<'_, u64>>(), 120),
        ("Acquire, waiting or not", size_of::<Acquire<'_>>(), 128),
    ];
    for (name, size, most) in sizes {
        println!("{name}: {size} bytes");
        assert!(size <= most, "{name} has {size} bytes, more than {most}");
    }
}
