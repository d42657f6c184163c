//! `cancel`: what is there goes at once, senders get their messages back. And futures that are
//! dropped while they wait.

#![forbid(unsafe_code)]

use strait::channel::{RecvError, SendError, TryRecvError};

use crate::support::caps::{CAPS, full, open};
use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::{scaled, thread, within};

/// C36: cancel discards the buffer, fails waiting senders and receivers; U3: each element once.
#[test]
fn cancel_discards_and_gives_back() {
    for cap in [0, 1, 2, 3, 64] {
        for from_receiver in [false, true] {
            let book = Ledger::new(cap + 4);
            let (tx, rx) = full(cap, |i| book.item(i));
            let mut sends: Vec<_> = (0..4).map(|i| parked(tx.send(book.item(cap + i)))).collect();
            assert!(if from_receiver { rx.cancel() } else { tx.cancel() });
            assert_eq!(book.live(), 4, "capacity {cap}: the buffer goes, the senders' stay");
            for (i, send) in sends.iter_mut().enumerate() {
                let SendError(item) = send.ready().unwrap_err();
                assert_eq!(item.take_back(), cap + i);
            }
            assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
            drop(sends);
            let sum = book.settle(false);
            assert_eq!((sum.returned, sum.vanished, sum.received), (4, cap, 0));
        }
    }
}

/// C36, C42: waiting receivers fail with a cancel, later ones too.
#[test]
fn cancel_fails_receivers() {
    for cap in CAPS {
        let (tx, rx) = open::<u8>(cap);
        let mut waiting = [parked(rx.recv()), parked(rx.recv())];
        assert!(tx.cancel());
        for receive in &mut waiting {
            assert_eq!(receive.ready(), Err(RecvError));
        }
        assert_eq!(hand(rx.recv()).now(), Err(RecvError));
    }
}

/// C37: cancel after close still discards; C38: the waiting senders get their messages back.
#[test]
fn cancel_after_close() {
    for cap in [0, 1, 2, 3, 64] {
        let book = Ledger::new(cap + 2);
        let (tx, rx) = full(cap, |i| book.item(i));
        let mut sends = [parked(tx.send(book.item(cap))), parked(tx.send(book.item(cap + 1)))];
        assert!(tx.close());
        assert!(!rx.cancel(), "the close was the first");
        assert_eq!(book.live(), 2);
        for send in &mut sends {
            send.ready().unwrap_err().0.take_back();
        }
        assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
        drop(sends);
        book.settle(false);
    }
}

/// `send_ref` over a cancel: the message is in the slot again.
#[test]
fn the_slot_is_full_again() {
    for cap in [0, 1, 2, 3, 64] {
        let (tx, rx) = full(cap, |i| i);
        let mut slot = Some(77);
        let mut send = parked(tx.send_ref(&mut slot));
        rx.cancel();
        assert_eq!(send.ready(), Err(SendError(())));
        drop(send);
        assert_eq!(slot, Some(77));
        // Dropped instead of polled.
        let (tx, rx) = full(cap, |i| i);
        let send = parked(tx.send_ref(&mut slot));
        rx.cancel();
        drop(send);
        assert_eq!(slot, Some(77), "capacity {cap}: cancelled, dropped, and gone");
    }
}

/// U2: a receive that is dropped after a message was sent on its account: the message stays, and the
/// next waiting receiver is woken.
#[test]
fn a_dropped_receive_takes_nothing() {
    for cap in CAPS {
        let book = Ledger::new(1);
        let (tx, rx) = open(cap);
        let first = parked(rx.recv());
        let mut second = parked(rx.recv());
        assert!(tx.try_send(book.item(0)).is_ok());
        book.sent(0);
        drop(first);
        assert_eq!(second.ready().unwrap().receive(), 0, "capacity {cap:?}");
        book.settle(true);
    }
}

/// U2 in a row: the wake-up is passed on through any number of receivers that go.
#[test]
fn the_wake_up_is_passed_on() {
    for cap in CAPS {
        for going in [1, 2, 31, 32, 33, 100] {
            let (tx, rx) = open(cap);
            let mut waiting: Vec<_> = (0..going + 1).map(|_| parked(rx.recv())).collect();
            let mut last = waiting.pop().unwrap();
            assert!(tx.try_send(1).is_ok());
            for receive in waiting {
                drop(receive);
            }
            assert_eq!(last.ready(), Ok(1), "capacity {cap:?}, after {going}");
        }
    }
}

/// U14: a cancelled sender at the head of the line never strands a later one.
#[test]
fn a_cancelled_sender_strands_nobody() {
    for cap in [0, 1, 2, 3, 64] {
        for gone in [1, 2, 31, 32, 33, 64, 65] {
            let (tx, rx) = full(cap, |i| i);
            let head: Vec<_> = (0..gone).map(|_| parked(tx.send(1000))).collect();
            let mut last = parked(tx.send(cap));
            // Woken or not, those before it go.
            let mut head = head.into_iter();
            drop(head.next());
            assert_eq!(rx.try_recv().ok(), Some(if cap == 0 && gone > 1 { 1000 } else { 0 }));
            for send in head {
                drop(send);
            }
            while let Ok(got) = rx.try_recv() {
                assert!(got <= cap || got == 1000);
            }
            assert_eq!(last.ready(), Ok(()), "capacity {cap}, {gone} before it went");
        }
    }
}

/// X7: cancelled waiters at the borders of segments, each alone and in runs, on both sides.
#[test]
fn cancelled_waiters_at_borders() {
    for cap in [0, 1, 2, 3, 64] {
        for len in [30, 31, 32, 33, 34, 63, 64, 65, 66] {
            for from in [0, 1, 30, 31, 32, 33, 62, 63, 64] {
                for run in [1, 2, 32, 33] {
                    let (tx, rx) = full(cap, |i| i);
                    let mut sends: Vec<_> =
                        (0..len).map(|i| Some(parked(tx.send(cap + i)))).collect();
                    sends.iter_mut().skip(from).take(run).for_each(|s| *s = None);
                    let kept = (0..len).filter(|i| *i < from || *i >= from + run);
                    for want in (0..cap).chain(kept.map(|i| cap + i)) {
                        assert_eq!(rx.try_recv(), Ok(want), "{cap} {len} {from} {run}");
                    }
                    assert!(rx.try_recv().is_err());
                    for send in sends.iter_mut().flatten() {
                        assert_eq!(send.ready(), Ok(()));
                    }
                }
            }
        }
    }
}

/// X6, X7 for receivers: those that are left are woken in order, one for each message.
#[test]
fn cancelled_receivers_at_borders() {
    for cap in CAPS {
        for from in [0, 1, 31, 32, 33, 63] {
            for run in [1, 2, 32, 33] {
                let (tx, rx) = open(cap);
                let mut waiting: Vec<_> = (0..66).map(|_| parked(rx.recv())).collect();
                waiting.drain(from..(from + run).min(66));
                for (i, receive) in waiting.iter_mut().enumerate() {
                    assert_eq!(tx.try_send(i), Ok(()));
                    assert_eq!(receive.ready(), Ok(i), "capacity {cap:?}, {from} + {run}");
                }
                assert!(rx.try_recv().is_err());
            }
        }
    }
}

/// U13: a cancel that races with a receive that frees a slot leaves nothing behind that a later call
/// would have to fetch.
#[test]
fn a_cancel_beside_a_receive() {
    within(60, || {
        for round in 0..scaled(3000) {
            let cap = [0, 1, 2, 3][round % 4];
            let book = Ledger::new(cap + 8);
            let (tx, rx) = full(cap, |i| book.item(i));
            let mut sends: Vec<_> = (0..8).map(|i| parked(tx.send(book.item(cap + i)))).collect();
            let receiver = {
                let rx = rx.clone();
                thread(move || while rx.try_recv().map(|item| item.receive()).is_ok() {})
            };
            let canceller = thread(move || rx.cancel());
            receiver.join().unwrap();
            canceller.join().unwrap();
            for (i, send) in sends.iter_mut().enumerate() {
                match send.ready() {
                    Ok(()) => book.sent(cap + i),
                    Err(SendError(item)) => assert_eq!(item.take_back(), cap + i),
                }
            }
            assert_eq!(book.live(), 0, "round {round}: something is left in a cancelled channel");
            drop(sends);
            book.settle(false);
        }
    });
}
