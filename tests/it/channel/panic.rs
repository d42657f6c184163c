//! Panics of the user's code inside the channel: in a drop, in a wake. Nothing else is harmed.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use strait::channel::{RecvError, SendError, TryRecvError};

use crate::support::caps::{CAPS, full, open};
use crate::support::hand::{hand, parked, poll_once};
use crate::support::payload::{Bomb, Ledger};
use crate::support::wake::acting;

fn bomb(book: &Ledger, id: usize, armed: bool) -> Bomb {
    Bomb { item: book.item(id), armed }
}

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// U10: an element whose drop panics while the channel is cancelled: the others are dropped, the
/// panic comes out, the channel is cancelled.
#[test]
fn cancel_over_a_bomb() {
    for cap in [1, 2, 3, 64] {
        for at in [0, cap / 2, cap - 1] {
            let book = Ledger::new(cap + 1);
            let (tx, rx) = full(cap, |i| bomb(&book, i, i == at));
            let mut send = parked(tx.send(bomb(&book, cap, false)));
            assert!(panics(|| rx.cancel()), "the panic must come out");
            assert_eq!(book.live(), 1, "capacity {cap}, bomb {at}: others were left");
            let SendError(last) = send.ready().expect_err("cancelled");
            drop(last);
            assert_eq!(rx.try_recv().err(), Some(TryRecvError::Closed));
            assert!(tx.is_closed());
            drop(send);
            drop((rx, tx));
            book.settle(false);
        }
    }
}

/// U10: likewise when the last receiver goes.
#[test]
fn the_last_receiver_over_a_bomb() {
    for cap in [Some(1), Some(2), Some(3), Some(64), None] {
        let count = cap.unwrap_or(100);
        let book = Ledger::new(count + 1);
        let (tx, rx) = open(cap);
        for i in 0..count {
            assert!(tx.try_send(bomb(&book, i, i == count / 2)).is_ok());
        }
        assert!(panics(|| drop(rx)));
        assert_eq!(book.live(), 0, "capacity {cap:?}");
        assert!(tx.is_closed());
        drop(tx);
        book.settle(false);
    }
}

/// A waiting send with a bomb, dropped: the panic comes out, the channel goes on.
#[test]
fn a_dropped_send_with_a_bomb() {
    for cap in [0, 1, 2, 3] {
        let book = Ledger::new(cap + 2);
        let (tx, rx) = full(cap, |i| bomb(&book, i, false));
        let first = parked(tx.send(bomb(&book, cap, true)));
        let mut second = parked(tx.send(bomb(&book, cap + 1, false)));
        assert!(panics(|| drop(first)));
        while let Ok(message) = rx.try_recv() {
            drop(message);
        }
        assert!(second.ready().is_ok());
        drop(second);
        drop((tx, rx));
        book.settle(false);
    }
}

/// A waker that panics in `wake`: the message is there, the next receiver gets it.
#[test]
fn a_panicking_waker_of_a_receiver() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut receive = Box::pin(rx.recv());
        let quiet = crate::support::wake::Probe::default();
        // Past the yields with another waker, which is then replaced.
        for _ in 0..10 {
            assert!(poll_once(receive.as_mut(), &quiet.waker()).is_pending());
        }
        assert!(poll_once(receive.as_mut(), &acting(|| panic!("wake"))).is_pending());
        let result = catch_unwind(AssertUnwindSafe(|| tx.try_send(1)));
        assert!(result.is_err() || result.unwrap().is_ok());
        drop(receive);
        assert_eq!(hand(rx.recv()).now(), Ok(1), "capacity {cap:?}: lost to a panic");
        let mut again = parked(rx.recv());
        assert!(tx.try_send(2).is_ok(), "capacity {cap:?}");
        assert_eq!(again.ready(), Ok(2));
    }
}

/// A waker that panics in `wake`, among others: a close reaches them all.
#[test]
fn a_panicking_waker_among_others() {
    for cap in CAPS {
        for cancel in [false, true] {
            let (tx, rx) = open::<u8>(cap);
            let mut first = parked(rx.recv());
            let mut broken = parked(rx.recv()).into_inner();
            let mut last = parked(rx.recv());
            assert!(poll_once(broken.as_mut(), &acting(|| panic!("wake"))).is_pending());
            let _ =
                catch_unwind(AssertUnwindSafe(|| if cancel { tx.cancel() } else { tx.close() }));
            assert!(tx.is_closed());
            assert_eq!(first.ready(), Err(RecvError));
            assert_eq!(last.ready(), Err(RecvError), "capacity {cap:?}: behind the broken one");
            assert_eq!(hand(broken).now(), Err(RecvError));
        }
    }
}

/// A waker that panics when a waiting sender is released: the others are released in their turn.
#[test]
fn a_panicking_waker_of_a_sender() {
    for cap in [0, 1, 2, 3] {
        let (tx, rx) = full(cap, |i| i);
        let mut broken = parked(tx.send(cap)).into_inner();
        assert!(poll_once(broken.as_mut(), &acting(|| panic!("wake"))).is_pending());
        let mut next = parked(tx.send(cap + 1));
        let mut got = Vec::new();
        for _ in 0..cap + 4 {
            if let Ok(Ok(message)) = catch_unwind(AssertUnwindSafe(|| rx.try_recv())) {
                got.push(message);
            }
        }
        assert_eq!(next.ready(), Ok(()), "capacity {cap}");
        assert_eq!(hand(broken).now(), Ok(()));
        let missing = (0..cap + 2).filter(|i| !got.contains(i)).count();
        assert!(missing <= 1, "only the message in the hands of the panic may be gone: {got:?}");
        assert_eq!(tx.try_send(9).is_ok(), cap > 0);
    }
}

/// A thread that panics with an end in its hands closes its end, no more.
#[test]
fn a_panicking_thread_closes_its_end() {
    for cap in [Some(1), Some(2), Some(64), None] {
        let (tx, rx) = open(cap);
        let thread = std::thread::spawn(move || {
            tx.try_send(1).unwrap();
            panic!("with the sender");
        });
        assert!(thread.join().is_err());
        assert_eq!(rx.recv_blocking(), Ok(1));
        assert_eq!(rx.recv_blocking(), Err(RecvError));
    }
}
