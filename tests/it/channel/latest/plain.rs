//! One thread: what each operation does and reports.

#![forbid(unsafe_code)]

use strait::channel::{RecvError, SendError, latest};

use crate::support::hand::{hand, parked};

/// H14: the value of the beginning is there, and does not count as a change.
#[test]
fn the_first_value() {
    let (tx, mut rx) = latest(1);
    assert_eq!((*rx.borrow(), *tx.borrow(), rx.has_changed()), (1, 1, false));
    parked(rx.changed());
    let mut late = tx.subscribe();
    assert_eq!((*late.borrow(), late.has_changed()), (1, false));
}

#[test]
fn the_newest_value() {
    let (tx, mut rx) = latest(0);
    for i in 1..10 {
        tx.send(i).unwrap();
    }
    assert!(rx.has_changed());
    assert_eq!(*rx.borrow(), 9);
    assert!(rx.has_changed(), "a look does not count");
    assert_eq!(hand(rx.changed()).now(), Ok(&9));
    assert!(!rx.has_changed());
    tx.send(10).unwrap();
    assert_eq!(*rx.borrow_and_update(), 10);
    assert!(!rx.has_changed());
    parked(rx.changed());
}

#[test]
fn marks() {
    let (tx, mut rx) = latest(0);
    rx.mark_changed();
    assert!(rx.has_changed());
    assert_eq!(hand(rx.changed()).now(), Ok(&0));
    tx.send(1).unwrap();
    rx.mark_unchanged();
    assert!(!rx.has_changed());
    let mut other = rx.clone();
    other.mark_changed();
    assert!(other.has_changed() && !rx.has_changed());
    assert!(other.clone().has_changed(), "a clone has seen as much");
}

#[test]
fn replaced_values_come_back() {
    let (tx, mut rx) = latest(String::from("a"));
    assert_eq!(tx.send_replace("b".into()), Ok("a".into()), "the receiver has it in sight");
    assert_eq!(rx.borrow(), "b");
    drop(rx);
    assert_eq!(tx.send_replace("c".into()), Ok("b".into()));
    assert_eq!(*tx.borrow(), "c");
}

/// H14: equal values are skipped if the user says so; compare-and-set.
#[test]
fn changes_in_place() {
    let (tx, mut rx) = latest(vec![1]);
    tx.send_modify(|list| list.push(2)).unwrap();
    assert_eq!(hand(rx.changed()).now(), Ok(&vec![1, 2]));
    let set = |from: &[i32], to: &[i32]| {
        tx.send_if_modified(|list| {
            let is_that = list == from && from != to;
            if is_that {
                *list = to.to_vec();
            }
            is_that
        })
    };
    assert_eq!(set(&[1], &[3]), Ok(false));
    assert_eq!(set(&[1, 2], &[1, 2]), Ok(false));
    assert!(!rx.has_changed());
    assert_eq!(set(&[1, 2], &[3]), Ok(true));
    assert_eq!(rx.borrow(), &[3]);
    tx.send_with(|list| list.iter().map(|n| n * 2).collect()).unwrap();
    assert_eq!(rx.borrow(), &[6]);
}

/// A guard stops nobody, not even on its own thread.
#[test]
fn guards_stop_nobody() {
    let (tx, mut rx) = latest(0);
    let guards: Vec<_> = (0..100)
        .map(|i| {
            let guard = tx.borrow();
            tx.send(i + 1).unwrap();
            tx.send_modify(|value| *value += 0).unwrap();
            guard
        })
        .collect();
    assert!(guards.iter().zip(0..).all(|(guard, i)| **guard == i));
    assert_eq!(*rx.borrow(), 100);
    let seen = rx.borrow();
    tx.send(101).unwrap();
    assert_eq!(*seen, 100);
    assert_eq!(*rx.borrow(), 101);
}

/// What a change calls may use the channel itself.
#[test]
fn a_change_that_sends() {
    let (tx, mut rx) = latest(0);
    let mut rounds = 0;
    tx.send_with(|old| {
        rounds += 1;
        if rounds < 3 {
            tx.send(10 * rounds).unwrap();
        }
        old + 1
    })
    .unwrap();
    assert_eq!((*rx.borrow(), rounds), (21, 3));
}

#[test]
fn the_end() {
    let (tx, mut rx) = latest(0);
    tx.send(1).unwrap();
    let other = tx.clone();
    drop(tx);
    assert!(!rx.is_closed());
    drop(other);
    assert!(rx.is_closed());
    assert_eq!(hand(rx.changed()).now(), Ok(&1));
    assert_eq!(hand(rx.changed()).now(), Err(RecvError));
    assert_eq!(rx.changed_blocking(), Err(RecvError));
    assert_eq!(*rx.borrow(), 1, "the last value stays");

    let (tx, mut rx) = latest(0);
    let mut waits = parked(rx.changed());
    assert!(tx.close() && !tx.close());
    assert_eq!(waits.ready(), Err(RecvError));
    assert_eq!(tx.send(1), Err(SendError(1)));
    assert_eq!(tx.send_replace(1), Err(SendError(1)));
    assert_eq!(tx.send_modify(|value| *value = 1), Err(SendError(())));
    assert_eq!(tx.send_if_modified(|_| false), Err(SendError(())));
    assert_eq!(*tx.borrow(), 0);
}

#[test]
fn without_receivers() {
    let (tx, rx) = latest(0);
    assert_eq!((tx.receiver_count(), rx.sender_count()), (1, 1));
    drop(rx);
    tx.send(1).unwrap();
    assert_eq!(tx.receiver_count(), 0);
    assert_eq!(*tx.subscribe().borrow(), 1);
}
