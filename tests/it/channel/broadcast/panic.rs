//! Code of the user that panics.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use strait::channel::{BroadcastBuilder, BroadcastTryRecvError, broadcast};

use crate::support::hand::{hand, parked};
use crate::support::payload::{Bomb, Ledger};

fn panics<R>(f: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
}

struct Fragile(u8, Arc<AtomicBool>);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!self.1.load(Ordering::SeqCst), "it cannot be cloned now");
        Self(self.0, self.1.clone())
    }
}

/// The element comes again, and the room for it is right.
#[test]
fn a_clone_that_panics() {
    for lags in [false, true] {
        let (tx, mut rx) = BroadcastBuilder::new(2).lagging(lags).build();
        let mut other = tx.subscribe();
        let broken = Arc::new(AtomicBool::new(true));
        tx.try_send(Fragile(1, broken.clone())).ok().unwrap();
        panics(|| rx.try_recv());
        panics(|| hand(rx.recv()).now());
        panics(|| rx.recv_blocking());
        {
            let mut waits = parked({
                assert_eq!(other.try_recv_ref().unwrap().0, 1);
                other.recv()
            });
            tx.try_send(Fragile(2, broken.clone())).ok().unwrap();
            panics(|| waits.ready());
        }
        broken.store(false, Ordering::SeqCst);
        assert_eq!(rx.try_recv().unwrap().0, 1);
        assert_eq!((rx.try_recv().unwrap().0, other.try_recv().unwrap().0), (2, 2));
        for i in 3..=4 {
            assert_eq!(tx.try_send(Fragile(i, broken.clone())).ok(), Some(2));
        }
        assert_eq!((rx.try_recv().unwrap().0, rx.try_recv().unwrap().0), (3, 4));
    }
}

/// An element whose destructor panics: all others are dropped, and the channel goes on.
#[test]
fn a_drop_that_panics() {
    for lags in [false, true] {
        let ledger = Ledger::new(8);
        let bomb = |id, armed| Bomb { item: ledger.item(id), armed };
        let (tx, mut rx) = BroadcastBuilder::new(2).lagging(lags).build();
        tx.try_send(bomb(0, true)).unwrap();
        let guard = rx.try_recv_ref().unwrap();
        panics(|| drop(guard));
        tx.try_send(bomb(1, true)).unwrap();
        tx.try_send(bomb(2, false)).unwrap();
        panics(|| drop(rx));
        assert_eq!((ledger.live(), tx.receiver_count()), (0, 0));
        let mut rx = tx.subscribe();
        tx.try_send(bomb(3, false)).unwrap();
        assert_eq!(rx.try_recv_ref().unwrap().item.id(), 3);
        tx.try_send(bomb(4, true)).unwrap();
        tx.try_send(bomb(5, false)).unwrap();
        drop(tx);
        panics(|| drop(rx));
        drop(ledger.item(6));
        assert_eq!(ledger.settle(false).vanished, 7);
    }
}

/// A displaced element whose destructor panics: the send has taken effect.
#[test]
fn a_displaced_element_that_panics() {
    let ledger = Ledger::new(2);
    let (tx, mut rx) = BroadcastBuilder::new(1).lagging(true).build();
    tx.try_send(Bomb { item: ledger.item(0), armed: true }).unwrap();
    panics(|| tx.try_send(Bomb { item: ledger.item(1), armed: false }));
    assert!(matches!(rx.try_recv_ref(), Err(BroadcastTryRecvError::Lagged(1))));
    assert_eq!(rx.try_recv_ref().unwrap().item.id(), 1);
    drop((tx, rx));
    ledger.settle(false);
}

#[test]
fn too_large() {
    panics(|| broadcast::<u8>((1 << 28) + 1));
}
