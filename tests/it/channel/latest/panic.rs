//! Code of the user that panics: nothing has changed.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use strait::channel::latest;

use crate::support::hand::{hand, parked};
use crate::support::payload::{Bomb, Ledger};

fn panics<R>(f: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
}

#[test]
fn a_change_that_panics() {
    let (tx, mut rx) = latest(vec![1]);
    panics(|| {
        tx.send_modify(|list| {
            list.push(2);
            panic!("half way");
        })
    });
    panics(|| tx.send_if_modified(|_| panic!("at once")));
    panics(|| tx.send_with(|_| panic!("at once")));
    assert!(!rx.has_changed());
    assert_eq!(rx.borrow(), &[1]);
    tx.send_modify(|list| list.push(3)).unwrap();
    assert_eq!(hand(rx.changed()).now(), Ok(&vec![1, 3]));
}

#[test]
fn a_predicate_that_panics() {
    let (tx, mut rx) = latest(0);
    {
        let mut waits = parked(rx.wait_for(|value| {
            assert!(*value < 1, "too much");
            false
        }));
        tx.send(1).unwrap();
        panics(|| waits.ready());
    }
    panics(|| rx.wait_for_blocking(|_| panic!("at once")));
    assert_eq!(hand(rx.changed()).now(), Ok(&1));
}

/// Each old value is dropped once, wherever that panics.
#[test]
fn a_drop_that_panics() {
    let ledger = Ledger::new(5);
    let bomb = |id, armed| Bomb { item: ledger.item(id), armed };
    let (tx, mut rx) = latest(bomb(0, true));
    tx.send(bomb(1, true)).unwrap();
    panics(|| rx.borrow().item.id());
    assert_eq!(rx.borrow().item.id(), 1);
    tx.send(bomb(2, true)).unwrap();
    panics(|| drop(rx));
    panics(|| tx.send(bomb(3, false)));
    assert_eq!(tx.borrow().item.id(), 3);
    tx.send(bomb(4, true)).unwrap();
    panics(|| drop(tx));
    ledger.settle(false);
}
