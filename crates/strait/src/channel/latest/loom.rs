//! Every interleaving of a few steps of a state cell. Each model names the fault that it is there to
//! notice; built with `--cfg strait_mutant="<fault>"` it must fail.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::future::block_on;
use loom::thread;

use super::pair;

/// A value that counts the live ones. Std's counter: what it counts is no part of the model.
#[derive(Debug)]
struct Counted(u8, Arc<AtomicUsize>);

impl Counted {
    fn new(number: u8, live: &Arc<AtomicUsize>) -> Self {
        live.fetch_add(1, Ordering::Relaxed);
        Self(number, live.clone())
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(self.0, &self.1)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A model whose values must all be gone in the end.
fn counted(preemptions: usize, f: impl Fn(&Arc<AtomicUsize>) + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(move || {
        let live = Arc::new(AtomicUsize::new(0));
        f(&live);
        assert_eq!(live.load(Ordering::Relaxed), 0, "values are left");
    });
}

/// Faults: `crowd_no_recheck`, `crowd_unordered`.
#[test]
fn send_against_changed() {
    counted(3, |live| {
        let (tx, mut rx) = pair(Counted::new(0, live));
        let value = Counted::new(1, live);
        let sender = thread::spawn(move || {
            tx.send(value).unwrap();
            tx
        });
        assert_eq!(block_on(rx.changed()).unwrap().0, 1);
        drop(sender.join().unwrap());
        assert!(block_on(rx.changed()).is_err());
    });
}

/// A node is used again while a reader comes late to it.
#[test]
fn send_twice_against_borrow() {
    counted(3, |live| {
        let (tx, mut rx) = pair(Counted::new(0, live));
        drop(tx.subscribe());
        let values = [Counted::new(1, live), Counted::new(2, live)];
        let sender = thread::spawn(move || {
            for value in values {
                tx.send(value).unwrap();
            }
        });
        let first = rx.borrow().0;
        let second = rx.borrow().0;
        assert!(first <= second, "{first} then {second}");
        sender.join().unwrap();
        assert_eq!(rx.borrow().0, 2);
    });
}

/// The same, by readers without a place of their own. Faults: `latest_looks_once`,
/// `latest_forgets_unpinned`.
#[test]
fn send_twice_against_a_guard() {
    counted(3, |live| {
        let (tx, rx) = pair(Counted::new(0, live));
        drop(rx);
        let source = tx.clone();
        let values = [Counted::new(1, live), Counted::new(2, live)];
        let sender = thread::spawn(move || {
            for value in values {
                source.send(value).unwrap();
            }
        });
        let first = tx.borrow().0;
        let second = tx.borrow().0;
        assert!(first <= second, "{first} then {second}");
        sender.join().unwrap();
        assert_eq!(live.load(Ordering::Relaxed), 1, "old values are dropped");
    });
}

/// Fault: `latest_forgets_unpinned`.
#[test]
fn send_against_the_end_of_a_receiver() {
    counted(3, |live| {
        let (tx, rx) = pair(Counted::new(0, live));
        let receiver = thread::spawn(move || drop(rx));
        tx.send(Counted::new(1, live)).unwrap();
        receiver.join().unwrap();
        assert_eq!(live.load(Ordering::Relaxed), 1, "the old value is dropped");
    });
}

/// What is replaced comes back once, moved or cloned.
#[test]
fn replace_against_borrow() {
    counted(3, |live| {
        let (tx, rx) = pair(Counted::new(0, live));
        drop(rx);
        let source = tx.clone();
        let reader = thread::spawn(move || source.borrow().0);
        assert_eq!(tx.send_replace(Counted::new(1, live)).unwrap().0, 0);
        assert!(reader.join().unwrap() <= 1);
    });
}

/// No change is lost.
#[test]
fn two_that_modify() {
    counted(2, |live| {
        let (tx, rx) = pair(Counted::new(0, live));
        drop(rx);
        let other = tx.clone();
        let sender = thread::spawn(move || other.send_modify(|value| value.0 += 1).unwrap());
        tx.send_modify(|value| value.0 += 1).unwrap();
        sender.join().unwrap();
        assert_eq!(tx.borrow().0, 2);
    });
}

/// Faults: `crowd_no_recheck`, `crowd_unordered`.
#[test]
fn close_against_changed() {
    counted(3, |live| {
        let (tx, mut rx) = pair(Counted::new(0, live));
        let sender = thread::spawn(move || drop(tx));
        assert!(block_on(rx.changed()).is_err());
        sender.join().unwrap();
    });
}

/// The last value is seen before the end.
#[test]
fn send_and_close_against_wait_for() {
    counted(3, |live| {
        let (tx, mut rx) = pair(Counted::new(0, live));
        let value = Counted::new(1, live);
        let sender = thread::spawn(move || tx.send(value).unwrap());
        assert_eq!(block_on(rx.wait_for(|value| value.0 == 1)).unwrap().0, 1);
        sender.join().unwrap();
    });
}
