//! When values are dropped, and what a cell takes.

#![forbid(unsafe_code)]

use std::pin::pin;

use strait::channel::latest;

use crate::support::alloc::{Blocks, allocations, balanced};
use crate::support::hand::{parked, poll_once};
use crate::support::payload::Ledger;
use crate::support::wake::Probe;

#[test]
fn old_values_go_with_their_last_reader() {
    let ledger = Ledger::new(4);
    let (tx, mut rx) = latest(ledger.item(0));
    tx.send(ledger.item(1)).unwrap();
    assert_eq!(ledger.live(), 2, "the receiver has the first in sight");
    tx.send(ledger.item(2)).unwrap();
    assert_eq!(ledger.live(), 2, "nobody has seen the second");
    assert_eq!(rx.borrow().id(), 2);
    assert_eq!(ledger.live(), 1);
    let guard = tx.borrow();
    drop(rx);
    tx.send(ledger.item(3)).unwrap();
    assert_eq!((guard.id(), ledger.live()), (2, 2));
    drop(guard);
    assert_eq!(ledger.live(), 1);
    drop(tx);
    ledger.settle(false);
}

#[test]
fn no_block_for_a_value() {
    let (tx, mut rx) = latest(0);
    let probe = Probe::default();
    let waker = probe.waker();
    let mut round = |i: usize| {
        let mut waits = pin!(rx.changed());
        // It yields a few times before it waits.
        (0..8).for_each(|_| assert!(poll_once(waits.as_mut(), &waker).is_pending()));
        tx.send(i).unwrap();
        tx.send_modify(|value| *value += 1).unwrap();
        assert!(poll_once(waits.as_mut(), &waker).is_ready());
    };
    round(0);
    let (blocks, ()) = allocations(|| (1..1000).for_each(&mut round));
    assert_eq!(blocks, 0);
}

/// Readers that stay behind cost a node each, which is used again.
#[test]
fn no_more_nodes_than_are_read() {
    let (tx, rx) = latest(0);
    let mut behind: Vec<_> = (1..20)
        .map(|i| {
            tx.send(i).unwrap();
            tx.subscribe()
        })
        .collect();
    let (blocks, ()) = allocations(|| {
        for i in 0..1000_usize {
            tx.send(i).unwrap();
            behind[i % 19].borrow();
        }
    });
    assert!(blocks <= 8, "{blocks} blocks");
    drop(rx);
}

#[test]
fn nothing_is_left() {
    balanced(|| {
        let (tx, mut rx) = latest(Box::new(0));
        let other = rx.clone();
        for i in 0..10 {
            let guard = tx.borrow();
            tx.send(Box::new(i)).unwrap();
            tx.send_modify(|value| **value += 1).unwrap();
            drop(guard);
            rx.borrow();
        }
        drop(parked(tx.subscribe().changed()));
        drop((tx, other));
    });
}

/// The bytes of a cell with one receiver, from which growth by accident is noticed.
#[test]
fn an_idle_cell() {
    let blocks = Blocks::new();
    let entered = blocks.enter();
    let cell = latest(0_u64);
    drop(entered);
    assert!(blocks.bytes() <= 320, "{} bytes", blocks.bytes());
    drop(cell);
}
