//! Sending: room, order, what a refused message does.

#![forbid(unsafe_code)]

use strait::channel::{SendError, TrySendError, bounded};

use crate::support::caps::{BUFFERED, CAPS, full, open};
use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::scaled;

/// C4: n sends complete without a receiver, send n+1 waits.
#[test]
fn as_many_sends_as_there_is_room() {
    for cap in BUFFERED {
        let (tx, rx) = bounded(cap);
        for i in 0..cap {
            assert_eq!(hand(tx.send(i)).now(), Ok(()), "send {i} of capacity {cap}");
        }
        let mut late = parked(tx.send(cap));
        assert_eq!(tx.try_send(99), Err(TrySendError::Full(99)));
        late.asleep();
        assert_eq!(rx.try_recv(), Ok(0));
        assert_eq!(late.ready(), Ok(()));
    }
}

/// C5: after one receive exactly one waiting sender is released.
#[test]
fn one_receive_releases_one_sender() {
    for cap in BUFFERED {
        let (tx, rx) = full(cap, |i| i);
        let mut waiting: Vec<_> = (0..5).map(|i| parked(tx.send(cap + i))).collect();
        for released in 1..=5 {
            assert!(rx.try_recv().is_ok());
            let woken = waiting.iter().filter(|w| w.woken()).count();
            assert_eq!(woken, released, "capacity {cap}: {released} receives");
        }
        for w in &mut waiting {
            assert_eq!(w.ready(), Ok(()));
        }
    }
}

/// C15: elements from one sender arrive in order.
#[test]
fn one_sender_is_heard_in_order() {
    for cap in BUFFERED {
        let (tx, rx) = bounded(cap);
        let mut next = 0;
        for i in 0..500 {
            while tx.try_send(i).is_err() {
                assert_eq!(rx.try_recv(), Ok(next));
                next += 1;
            }
        }
        while let Ok(got) = rx.try_recv() {
            assert_eq!(got, next);
            next += 1;
        }
        assert_eq!(next, 500);
    }
}

/// C16: waiting senders are served in arrival order, and their messages keep it.
#[test]
fn waiting_senders_are_served_in_order() {
    for cap in BUFFERED {
        let (tx, rx) = full(cap, |i| i);
        let mut waiting: Vec<_> = (0..40).map(|i| parked(tx.send(cap + i))).collect();
        for i in 0..40 {
            assert_eq!(rx.try_recv(), Ok(i), "capacity {cap}");
            assert_eq!(waiting[i].ready(), Ok(()), "capacity {cap}: sender {i}");
            assert!(waiting[i + 1..].iter().all(|w| !w.woken()), "capacity {cap}: out of turn");
        }
        for i in 40..40 + cap {
            assert_eq!(rx.try_recv(), Ok(i));
        }
    }
}

/// C20: a `try_send` on a full channel leaves no trace, however often; U8: it gives the element back.
#[test]
fn refused_sends_leave_no_trace() {
    for cap in [0, 1, 2, 3, 64] {
        let (tx, rx) = full(cap, |i| i);
        for i in 0..scaled(1_000_000) {
            assert_eq!(tx.try_send(i), Err(TrySendError::Full(i)));
        }
        for i in 0..cap {
            assert_eq!(rx.try_recv(), Ok(i));
        }
        assert!(rx.try_recv().is_err());
        for i in 0..cap {
            assert_eq!(tx.try_send(i), Ok(()), "capacity {cap} is not what it was");
        }
        assert!(tx.try_send(0).is_err());
    }
}

/// U1: a cancelled waiting send gives its element back once, through `send_ref`.
#[test]
fn a_withdrawn_message_comes_back() {
    for cap in [0, 1, 2, 3, 64] {
        let book = Ledger::new(cap + 1);
        let (tx, rx) = full(cap, |i| book.item(i));
        let mut slot = Some(book.item(cap));
        drop(parked(tx.send_ref(&mut slot)));
        assert_eq!(slot.take().map(|item| item.take_back()), Some(cap));
        for i in 0..cap {
            assert_eq!(rx.try_recv().unwrap().receive(), i);
        }
        assert!(rx.try_recv().is_err());
        assert_eq!(book.settle(true).returned, 1);
    }
}

/// `send_ref`: the slot is empty once the message is delivered, and full again after a close.
#[test]
fn the_slot_tells_what_became_of_the_message() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut slot = Some(1);
        let mut receive = parked(rx.recv());
        assert_eq!(hand(tx.send_ref(&mut slot)).now(), Ok(()));
        assert_eq!(slot, None);
        assert_eq!(receive.ready(), Ok(1));
        tx.close();
        slot = Some(2);
        assert_eq!(hand(tx.send_ref(&mut slot)).now(), Err(SendError(())));
        assert_eq!(slot, Some(2));
    }
}

/// A future that was never polled has done nothing.
#[test]
fn an_unpolled_send_does_nothing() {
    for cap in CAPS {
        let book = Ledger::new(3);
        let (tx, rx) = open(cap);
        drop(tx.send(book.item(0)));
        drop(tx.send_acked(book.item(1)));
        let mut slot = Some(book.item(2));
        drop(tx.send_ref(&mut slot));
        assert!(rx.try_recv().is_err());
        assert_eq!(slot.take().unwrap().take_back(), 2);
        assert_eq!(book.settle(true).vanished, 2);
    }
}

/// `send_acked` waits until a receiver has taken the message, whatever the room.
#[test]
fn an_acknowledged_send_waits_for_the_receiver() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut first = parked(tx.send_acked(1));
        let mut second = parked(tx.send_acked(2));
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(first.ready(), Ok(()));
        assert!(second.settle().is_none(), "capacity {cap:?}: acknowledged before it was taken");
        assert_eq!(hand(rx.recv()).now(), Ok(2));
        assert_eq!(second.ready(), Ok(()));
    }
}

/// A waiting receiver is no acknowledgement: only its taking the message is.
#[test]
fn demand_does_not_acknowledge() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut receive = parked(rx.recv());
        let mut send = parked(tx.send_acked(7));
        assert_eq!(receive.ready(), Ok(7));
        assert_eq!(send.ready(), Ok(()));
    }
}

/// An acknowledged send that nobody takes fails with its message when the receivers go.
#[test]
fn an_acknowledged_send_fails_with_the_receivers() {
    for cap in CAPS {
        let book = Ledger::new(1);
        let (tx, rx) = open(cap);
        let mut send = parked(tx.send_acked(book.item(0)));
        drop(rx);
        let SendError(item) = send.ready().unwrap_err();
        item.take_back();
        drop(send);
        book.settle(true);
    }
}

/// Dropping an acknowledged send takes the message away, unless it has been taken already.
#[test]
fn a_dropped_acknowledged_send_is_taken_or_gone() {
    for cap in CAPS {
        let book = Ledger::new(2);
        let (tx, rx) = open(cap);
        drop(parked(tx.send_acked(book.item(0))));
        let mut left = 0;
        while let Ok(item) = rx.try_recv() {
            left += 1;
            item.receive();
        }
        assert!(left <= 1);
        let taken = parked(tx.send_acked(book.item(1)));
        assert_eq!(rx.try_recv().unwrap().receive(), 1);
        drop(taken);
        assert!(rx.try_recv().is_err());
        book.settle(true);
    }
}
