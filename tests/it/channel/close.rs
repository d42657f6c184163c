//! The end of a channel: what is there is drained, what waits is told.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use strait::channel::{RecvError, SendError, SendTimeoutError, TryRecvError, TrySendError};

use crate::support::caps::{BUFFERED, CAPS, full, open};
use crate::support::hand::{hand, parked, poll_once};
use crate::support::payload::Ledger;
use crate::support::wake::Order;
use crate::support::watch::{scaled, thread, within};

/// C29: close is true once, false afterwards, from whichever end.
#[test]
fn the_first_close_is_the_one() {
    for cap in CAPS {
        let (tx, rx) = open::<u8>(cap);
        assert!(!tx.is_closed() && !rx.is_closed());
        assert!(tx.close());
        assert!(!tx.close() && !rx.close() && !rx.cancel() && !tx.cancel());
        assert!(tx.is_closed() && rx.is_closed());
        let (tx, rx) = open::<u8>(cap);
        assert!(rx.close());
        assert!(!tx.close());
        let (tx, rx) = open::<u8>(cap);
        assert!(rx.cancel());
        assert!(!tx.close() && !tx.cancel());
    }
}

/// C30, C31, C46: every kind of send after a close fails, and gives the message back.
#[test]
fn a_send_after_the_close_fails() {
    for cap in CAPS {
        for cancel in [false, true] {
            let (tx, rx) = open(cap);
            assert!(if cancel { rx.cancel() } else { rx.close() });
            assert_eq!(tx.try_send(1), Err(TrySendError::Closed(1)));
            assert_eq!(hand(tx.send(2)).now(), Err(SendError(2)));
            assert_eq!(hand(tx.send_acked(3)).now(), Err(SendError(3)));
            assert_eq!(tx.send_blocking(4), Err(SendError(4)));
            let soon = std::time::Duration::from_secs(10);
            assert_eq!(tx.send_timeout(5, soon), Err(SendTimeoutError::Closed(5)));
            let mut many = [6, 7].into();
            assert_eq!(hand(tx.send_many(&mut many)).now(), Err(SendError(())));
            assert_eq!(tx.send_many_blocking(&mut many), Err(SendError(())));
            assert_eq!(many, [6, 7]);
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        }
    }
}

/// C32: elements buffered before the close are still received; C35: closed only after the last.
#[test]
fn what_is_there_is_drained() {
    for cap in BUFFERED {
        let (tx, rx) = full(cap, |i| i);
        tx.close();
        for i in 0..cap {
            assert_eq!((rx.len(), rx.is_closed()), (cap - i, true));
            assert_eq!(hand(rx.recv()).now(), Ok(i));
        }
        assert_eq!(hand(rx.recv()).now(), Err(RecvError));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        // C43, in this library's reading.
        assert_eq!((rx.is_empty(), rx.len()), (true, 0));
    }
}

/// C33: a sender already waiting when close is called still delivers; U5: nothing is dropped.
#[test]
fn waiting_senders_still_deliver() {
    for cap in [0, 1, 2, 3, 64] {
        let book = Ledger::new(cap + 3);
        let (tx, rx) = full(cap, |i| book.item(i));
        let mut sends: Vec<_> = (0..3).map(|i| parked(tx.send(book.item(cap + i)))).collect();
        tx.close();
        assert_eq!(book.live(), cap as i64 + 3);
        for send in &mut sends {
            assert!(send.settle().is_none(), "capacity {cap}: neither taken nor refused yet");
        }
        for i in 0..cap + 3 {
            assert_eq!(hand(rx.recv()).now().unwrap().receive(), i, "capacity {cap}");
        }
        assert!(rx.try_recv().is_err());
        for send in &mut sends {
            assert!(send.ready().is_ok(), "capacity {cap}: delivered, and told that it was not");
        }
        drop(sends);
        assert_eq!(book.settle(true).received, cap + 3);
    }
}

/// C33: dropping the last sender closes; the messages stay.
#[test]
fn the_last_sender_closes() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let second = tx.clone();
        let mut receive = parked(rx.recv());
        drop(tx);
        receive.asleep();
        assert!(!rx.is_closed());
        if cap != Some(0) {
            second.try_send(1).unwrap();
        }
        drop(second);
        assert!(rx.is_closed());
        let want = if cap == Some(0) { Err(RecvError) } else { Ok(1) };
        assert_eq!(receive.ready(), want);
        assert_eq!(hand(rx.recv()).now(), Err(RecvError));
    }
}

/// C48: dropping the last receiver fails the senders, waiting or not, and drops what is stored.
#[test]
fn the_last_receiver_cancels() {
    for cap in CAPS {
        let stored = cap.unwrap_or(5);
        let book = Ledger::new(stored + 3);
        let (tx, rx) = open(cap);
        for i in 0..stored {
            assert!(tx.try_send(book.item(i)).is_ok());
        }
        let waiting = if cap.is_some() { 2 } else { 0 };
        let mut sends: Vec<_> =
            (0..waiting).map(|i| parked(tx.send(book.item(stored + i)))).collect();
        let second = rx.clone();
        drop(rx);
        assert_eq!(book.live(), (stored + waiting) as i64);
        drop(second);
        assert_eq!(book.live(), waiting as i64, "capacity {cap:?}: stored messages must go");
        for (i, send) in sends.iter_mut().enumerate() {
            let SendError(item) = send.ready().unwrap_err();
            assert_eq!(item.take_back(), stored + i);
        }
        let late = stored + 2;
        let SendError(item) = hand(tx.send(book.item(late))).now().unwrap_err();
        assert_eq!(item.take_back(), late);
        assert!(tx.is_closed());
        drop(sends);
        book.settle(false);
    }
}

/// C34: all waiting receivers wake as closed, in waiting order.
#[test]
fn waiting_receivers_wake_in_order() {
    for cap in CAPS {
        for cancel in [false, true] {
            let (tx, rx) = open::<u8>(cap);
            let log = Order::default();
            let mut waiting: Vec<_> = (0..70).map(|_| Box::pin(rx.recv())).collect();
            for (id, receive) in waiting.iter_mut().enumerate() {
                let waker = log.waker(id);
                while poll_once(receive.as_mut(), &waker).is_pending() && !log.take().is_empty() {}
            }
            assert!(if cancel { tx.cancel() } else { tx.close() });
            assert_eq!(log.take(), (0..70).collect::<Vec<_>>(), "capacity {cap:?}");
            for receive in &mut waiting {
                assert_eq!(hand(receive.as_mut()).now(), Err(RecvError));
            }
        }
    }
}

/// The future `closed` ends with close, cancel, the last receiver; and at once after that.
#[test]
fn senders_can_wait_for_the_end() {
    for cap in CAPS {
        for how in 0..3 {
            let (tx, rx) = open::<u8>(cap);
            let second = tx.clone();
            let mut one = parked(tx.closed());
            let mut two = parked(second.closed());
            drop(parked(tx.closed()));
            let mut receive = parked(rx.recv());
            assert_eq!(tx.try_send(1), Ok(()));
            assert_eq!(receive.ready(), Ok(1));
            one.asleep();
            drop(receive);
            match how {
                0 => drop(rx),
                1 => assert!(rx.close()),
                _ => assert!(tx.cancel()),
            }
            one.ready();
            two.ready();
            hand(tx.closed()).now();
        }
    }
}

/// C39: racing close, close and cancel: one winner, and the state never goes back.
#[test]
fn one_winner() {
    within(60, || {
        for round in 0..scaled(2000) {
            let (tx, rx) = open::<usize>(CAPS[round % CAPS.len()]);
            let wins = Arc::new(AtomicUsize::new(0));
            let racers: Vec<_> = (0..3)
                .map(|i| {
                    let (tx, rx, wins) = (tx.clone(), rx.clone(), wins.clone());
                    thread(move || {
                        let won = match i {
                            0 => tx.close(),
                            1 => rx.close(),
                            _ => rx.cancel(),
                        };
                        wins.fetch_add(usize::from(won), SeqCst);
                        assert!(tx.is_closed() && tx.try_send(1).is_err());
                    })
                })
                .collect();
            racers.into_iter().for_each(|r| r.join().unwrap());
            assert_eq!(wins.load(SeqCst), 1);
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        }
    });
}

/// C45: a send concurrent with a close is received or reported failed, never both or neither.
#[test]
fn a_send_beside_a_close() {
    within(60, || {
        for round in 0..scaled(3000) {
            let cap = CAPS[round % CAPS.len()];
            let book = Ledger::new(64);
            let (tx, rx) = open(cap);
            let sender = {
                let (tx, book) = (tx.clone(), book.clone());
                thread(move || {
                    for i in 0..32 {
                        match tx.try_send(book.item(i)) {
                            Ok(()) => book.sent(i),
                            Err(e) => assert_eq!(e.into_inner().take_back(), i),
                        }
                    }
                    match tx.send_blocking(book.item(32)) {
                        Ok(()) => book.sent(32),
                        Err(SendError(item)) => assert_eq!(item.take_back(), 32),
                    }
                })
            };
            let closer = thread(move || tx.close());
            while let Ok(item) = rx.recv_blocking() {
                item.receive();
            }
            closer.join().unwrap();
            sender.join().unwrap();
            // What was sent before the receive that saw the end is all there is.
            assert!(rx.try_recv().is_err());
            book.settle(true);
        }
    });
}

/// C47: a great many sends after the close corrupt nothing, and cost no memory.
#[test]
fn a_million_sends_after_the_close() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        tx.close();
        let n = scaled(1_000_000);
        let (blocks, ()) = crate::support::alloc::allocations(|| {
            for i in 0..n {
                assert_eq!(tx.try_send(i), Err(TrySendError::Closed(i)));
            }
        });
        assert_eq!(blocks, 0);
        for i in 0..scaled(10_000) {
            assert_eq!(hand(tx.send(i)).now(), Err(SendError(i)));
        }
        assert_eq!((rx.try_recv(), rx.len()), (Err(TryRecvError::Closed), 0));
    }
}
