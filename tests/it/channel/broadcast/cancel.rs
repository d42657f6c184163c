//! Futures that are dropped: H7, H8.

#![forbid(unsafe_code)]

use strait::channel::{BroadcastBuilder, BroadcastTryRecvError, TrySendError, broadcast};

use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::{thread, within};

/// A receive that waits and is dropped, woken or not, loses nothing.
#[test]
fn a_dropped_receive() {
    for lags in [false, true] {
        let (tx, mut rx) = BroadcastBuilder::new(2).lagging(lags).build();
        drop(parked(rx.recv()));
        let woken = parked(rx.recv());
        tx.try_send(1).unwrap();
        assert!(woken.woken());
        drop(woken);
        drop(hand(rx.recv()));
        drop(hand(rx.recv_ref()));
        assert_eq!(rx.try_recv(), Ok(1));
        drop(parked(rx.recv_ref()));
        assert_eq!(rx.try_recv(), Err(BroadcastTryRecvError::Empty));
    }
}

/// H7: a send that waits and is dropped leaves nothing.
#[test]
fn a_dropped_send() {
    let ledger = Ledger::new(3);
    let (tx, mut rx) = broadcast(1);
    tx.try_send(ledger.item(0)).unwrap();
    drop(parked(tx.send(ledger.item(1))));
    drop(hand(tx.send(ledger.item(2))));
    assert_eq!(rx.try_recv_ref().unwrap().id(), 0);
    assert!(matches!(rx.try_recv_ref(), Err(BroadcastTryRecvError::Empty)));
    drop((tx, rx));
    assert_eq!(ledger.settle(false).vanished, 3);
}

/// A send that was woken and is dropped passes the wake-up on, also through several.
#[test]
fn a_dropped_send_passes_the_wake_up_on() {
    for going in [1, 2, 33] {
        let (tx, mut rx) = broadcast(1);
        tx.try_send(0).unwrap();
        let leaving: Vec<_> = (0..going).map(|_| parked(tx.send(1))).collect();
        let mut last = parked(tx.send(2));
        assert_eq!(rx.try_recv(), Ok(0));
        leaving.into_iter().for_each(drop);
        assert_eq!(last.ready(), Ok(1), "after {going}");
        assert_eq!(rx.try_recv(), Ok(2));
    }
}

/// In any order, those in the middle too.
#[test]
fn leaving_from_the_middle() {
    let (tx, mut rx) = broadcast(1);
    tx.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..10).map(|i| Some(parked(tx.send(i)))).collect();
    for i in [4, 0, 8, 2] {
        sends[i] = None;
    }
    for i in [0, 2, 4, 6, 7, 8] {
        assert_eq!(rx.try_recv(), Ok(i));
        if let Some(next) = sends.iter_mut().flatten().find(|send| send.woken()) {
            assert_eq!(next.ready(), Ok(1));
        }
    }
}

/// H8: a receiver and the send that waits for it end together.
#[test]
fn both_at_once() {
    within(120, || {
        for round in 0..200 {
            let (tx, rx) = broadcast(1);
            let mut stays = tx.subscribe();
            tx.try_send(0).unwrap();
            let send = parked(tx.send(1));
            let leaving = thread(move || drop(rx));
            drop(send);
            leaving.join().unwrap();
            assert_eq!(stays.try_recv(), Ok(0), "round {round}");
            assert_eq!(stays.try_recv(), Err(BroadcastTryRecvError::Empty));
            assert_eq!(tx.try_send(2), Ok(1));
            assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
            assert_eq!(stays.try_recv(), Ok(2));
        }
    });
}

/// A wake-up for a place that a barging sender took: the sender waits on, at the head of the line.
#[test]
fn a_send_that_was_woken_in_vain() {
    let (tx, mut rx) = broadcast(1);
    tx.try_send(0).unwrap();
    let mut first = parked(tx.send(1));
    let mut second = parked(tx.send(2));
    assert_eq!(rx.try_recv(), Ok(0));
    tx.try_send(9).unwrap();
    assert!(first.woken());
    first.park();
    assert_eq!(rx.try_recv(), Ok(9));
    assert_eq!(first.ready(), Ok(1));
    second.asleep();
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(second.ready(), Ok(1));
}

/// A future that is leaked while it waits stays in the list; nobody else is harmed.
#[test]
fn a_leaked_future() {
    let (tx, rx) = broadcast(2);
    let (mut other, mut rx) = (rx.clone(), rx);
    parked(rx.recv()).forget();
    let mut waits = parked(other.recv());
    tx.try_send(1).unwrap();
    assert_eq!(waits.ready(), Ok(1));
}
