//! Weak ends, counts, and whose channel an end is of.

#![forbid(unsafe_code)]

use strait::channel::{RecvError, unbounded};

use crate::support::alloc::balanced;
use crate::support::caps::{CAPS, open};
use crate::support::hand::{hand, parked};
use crate::support::payload::{Item, Ledger};
use crate::support::watch::{scaled, thread, within};

/// A weak end can be made strong while a strong one lives, and not after.
#[test]
fn weak_ends_follow_strong_ones() {
    for cap in CAPS {
        let (tx, rx) = open::<u8>(cap);
        let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
        let again = weak_tx.upgrade().expect("a sender lives");
        assert!(again.same_channel(&tx));
        assert!(weak_rx.upgrade().expect("a receiver lives").same_channel(&rx));
        drop(again);
        drop(tx);
        assert!(weak_tx.upgrade().is_none());
        assert_eq!(rx.try_recv().ok(), None);
        assert!(weak_rx.upgrade().is_some());
        drop(rx);
        assert!(weak_rx.upgrade().is_none());
    }
}

/// A weak sender does not keep the channel open, a weak receiver does not keep its messages.
#[test]
fn weak_ends_keep_nothing() {
    for cap in CAPS {
        balanced(|| {
            let book = Ledger::new(2);
            let (tx, rx) = open::<Item>(cap);
            let weak = tx.downgrade();
            let mut receive = parked(rx.recv());
            drop(tx);
            assert_eq!(receive.ready().err(), Some(RecvError));
            drop(receive);
            assert!(weak.upgrade().is_none());

            let (tx, rx2) = open(cap);
            let weak_rx = rx2.downgrade();
            if cap != Some(0) {
                assert!(tx.try_send(book.item(0)).is_ok());
            }
            drop(rx2);
            assert_eq!(book.live(), 0);
            assert!(tx.try_send(book.item(1)).map_err(|e| e.into_inner().take_back()).is_err());
            assert!(weak_rx.upgrade().is_none());
            drop(tx);
            book.settle(false);
            drop((weak, weak_rx, rx));
        });
    }
}

/// The counts follow clones, drops and upgrades; on both ends.
#[test]
fn counts() {
    for cap in CAPS {
        let (tx, rx) = open::<u8>(cap);
        let counts = || (tx.sender_count(), tx.receiver_count());
        assert_eq!(counts(), (1, 1));
        let (more, others) = (tx.clone(), vec![rx.clone(); 3]);
        assert_eq!((counts(), (rx.sender_count(), rx.receiver_count())), ((2, 4), (2, 4)));
        let weak = tx.downgrade();
        assert_eq!(counts(), (2, 4));
        let up = weak.upgrade();
        assert_eq!(counts(), (3, 4));
        drop((more, others, up));
        assert_eq!(counts(), (1, 1));
    }
}

/// An end knows its channel.
#[test]
fn same_channel() {
    let (tx, rx) = unbounded::<u8>();
    let (other_tx, other_rx) = unbounded::<u8>();
    assert!(tx.same_channel(&tx.clone()) && rx.same_channel(&rx.clone()));
    assert!(!tx.same_channel(&other_tx) && !rx.same_channel(&other_rx));
}

/// Upgrades that race with the last drop: each is whole or nothing, and the close comes in the end.
#[test]
fn an_upgrade_beside_the_last_drop() {
    within(60, || {
        for _ in 0..scaled(3_000) {
            let (tx, rx) = unbounded();
            let weak = tx.downgrade();
            let upgrader = thread(move || {
                let up = weak.upgrade();
                if let Some(tx) = &up {
                    assert_eq!(tx.try_send(1), Ok(()), "an upgraded sender of an open channel");
                }
                up.is_some()
            });
            drop(tx);
            let up = upgrader.join().unwrap();
            assert_eq!(rx.try_recv().is_ok(), up);
            assert_eq!(hand(rx.recv()).now(), Err(RecvError));
        }
    });
}
