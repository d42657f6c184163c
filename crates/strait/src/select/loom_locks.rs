//! Models of locks as arms of selects, as in `loom.rs`.

#![forbid(unsafe_code)]

use std::pin::pin;

use ::loom::future::block_on;
use ::loom::sync::Arc;
use ::loom::thread;

use crate::channel::bounded;
use crate::select::Select;
use crate::select_biased;
use crate::sync::Mutex;

use super::loom::{model, poll_once};

/// A select that was woken for a lock and chooses otherwise, or is given up, leaves the lock to the
/// next. Mutant: line_leaves_silently.
#[test]
fn a_lock_arm_that_loses_passes_it_on() {
    model(2, || {
        let mutex = Arc::new(Mutex::new(0));
        let (tx, rx) = bounded(1);
        let guard = mutex.try_lock().unwrap();
        let other = mutex.clone();
        let selects = thread::spawn(move || {
            block_on(async {
                select_biased! {
                    got = rx.recv() => got.is_ok(),
                    mut guard = other.lock() => { *guard += 1; false }
                }
            })
        });
        let other = mutex.clone();
        let locks = thread::spawn(move || block_on(async { *other.lock().await += 1 }));
        tx.try_send(()).unwrap();
        drop(guard);
        locks.join().unwrap();
        let received = selects.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), if received { 1 } else { 2 });
    });
}

/// A select that is kept was told of the lock while nobody waited for it: the next one has the lock.
/// Mutants: away_counts, line_leaves_silently.
#[test]
fn a_kept_select_that_is_away_passes_the_lock_on() {
    model(2, || {
        let mutex = Arc::new(Mutex::new(0));
        let guard = mutex.try_lock().unwrap();
        let mut select = Select::new();
        select.once(mutex.lock(), |mut guard| *guard += 1);
        {
            let mut next = pin!(select.next());
            assert!(poll_once(next.as_mut()).is_pending());
        }
        let other = mutex.clone();
        let locks = thread::spawn(move || block_on(async { *other.lock().await += 1 }));
        drop(guard);
        locks.join().unwrap();
        assert!(select.try_next().is_some());
        drop(select);
        assert_eq!(*mutex.try_lock().unwrap(), 2);
    });
}
