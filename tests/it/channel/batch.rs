//! Many messages in one call.

#![forbid(unsafe_code)]

use std::collections::VecDeque;

use strait::channel::{RecvError, SendError, bounded, unbounded};

use crate::support::caps::{BUFFERED, CAPS, full, open};
use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::{scaled, thread, within};

/// C28: a batch receive returns at least one and at most the limit, in order, and appends.
#[test]
fn at_least_one_and_at_most_the_limit() {
    for limit in [1, 2, 3, 31, 32, 33, 100, 1000, usize::MAX] {
        for there in [1, 2, 31, 32, 33, 64, 100] {
            let (tx, rx) = unbounded();
            (0..there).for_each(|i| tx.try_send(i).unwrap());
            let mut out = vec![777];
            let want = there.min(limit);
            assert_eq!(hand(rx.recv_many(&mut out, limit)).now(), Ok(want));
            assert!(out.iter().copied().eq([777].into_iter().chain(0..want)));
            assert!(rx.drain().eq(want..there));
        }
    }
}

/// C28: it waits on an empty channel, and takes what is there when it runs.
#[test]
fn an_empty_batch_waits() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut out = Vec::new();
        let mut batch = parked(rx.recv_many(&mut out, 10));
        assert!(tx.try_send(1).is_ok());
        let more = tx.try_send(2).is_ok();
        let got = batch.ready().unwrap();
        drop(batch);
        assert_eq!(got, out.len());
        assert!((1..=1 + usize::from(more)).contains(&got));
        assert_eq!(out[0], 1);
    }
}

/// C28: a batch takes the messages of waiting senders too, and releases them.
#[test]
fn a_batch_releases_senders() {
    for cap in BUFFERED {
        let (tx, rx) = full(cap, |i| i);
        let mut sends: Vec<_> = (0..3).map(|i| parked(tx.send(cap + i))).collect();
        let mut out = Vec::new();
        while out.len() < cap + 3 {
            let got = hand(rx.recv_many(&mut out, 1000)).now().unwrap();
            assert!(got >= 1);
        }
        assert!(out.into_iter().eq(0..cap + 3), "capacity {cap}");
        for send in &mut sends {
            assert_eq!(send.ready(), Ok(()));
        }
    }
}

/// Several batches and a single receive share the messages.
#[test]
fn a_batch_leaves_the_rest() {
    let (tx, rx) = bounded(64);
    (0..50).for_each(|i| tx.try_send(i).unwrap());
    let mut out = Vec::new();
    assert_eq!(hand(rx.recv_many(&mut out, 7)).now(), Ok(7));
    assert_eq!((rx.len(), rx.try_recv()), (43, Ok(7)));
    assert_eq!(rx.recv_many_blocking(&mut out, 2), Ok(2));
    assert_eq!(out, [0, 1, 2, 3, 4, 5, 6, 8, 9]);
    // The room that was made is there, exactly.
    let fits = (0..100).take_while(|i| tx.try_send(*i).is_ok()).count();
    assert_eq!(fits, 24);
}

/// A batch that is dropped while it waits, woken or not, takes nothing and passes the wake-up on.
#[test]
fn a_dropped_batch_takes_nothing() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut out = Vec::new();
        let batch = parked(rx.recv_many(&mut out, 5));
        let mut next = parked(rx.recv());
        assert_eq!(tx.try_send(1), Ok(()));
        drop(batch);
        assert_eq!(next.ready(), Ok(1), "capacity {cap:?}");
        assert!(out.is_empty());
    }
}

/// What is there comes before the end.
#[test]
fn a_batch_drains_before_the_end() {
    let (tx, rx) = unbounded();
    (0..5).for_each(|i| tx.try_send(i).unwrap());
    drop(tx);
    let mut out = Vec::new();
    assert_eq!(hand(rx.recv_many(&mut out, 3)).now(), Ok(3));
    assert_eq!(rx.recv_many_blocking(&mut out, 3), Ok(2));
    assert_eq!(hand(rx.recv_many(&mut out, 3)).now(), Err(RecvError));
    assert_eq!(rx.recv_many_blocking(&mut out, 3), Err(RecvError));
    assert_eq!(out, [0, 1, 2, 3, 4]);
}

/// `send_many` sends from the front, waits for room, and says how many.
#[test]
fn many_are_sent_in_order() {
    for cap in BUFFERED {
        let (tx, rx) = bounded(cap);
        let mut queue: VecDeque<_> = (0..cap + 5).collect();
        let mut send = parked(tx.send_many(&mut queue));
        for i in 0..4 {
            assert_eq!(rx.try_recv(), Ok(i));
            assert!(send.woken(), "capacity {cap}: room, and it sleeps");
            send.park();
        }
        assert_eq!(rx.try_recv(), Ok(4));
        assert_eq!(send.ready(), Ok(cap + 5));
        drop(send);
        assert!(queue.is_empty());
        assert!(rx.drain().eq(5..cap + 5));
    }
}

/// A dropped `send_many` leaves in the deque exactly what it has not sent.
#[test]
fn the_unsent_stay_in_the_deque() {
    for cap in CAPS {
        for taken in 0..4 {
            let book = Ledger::new(200);
            let (tx, rx) = open(cap);
            let mut queue: VecDeque<_> = (0..80).map(|i| book.item(i)).collect();
            let mut send = hand(tx.send_many(&mut queue));
            let _ = send.settle();
            for want in 0..taken {
                assert_eq!(rx.try_recv().unwrap().receive(), want);
                // After the last one it is dropped as it is: woken, and not polled.
                if want + 1 < taken && cap.is_some_and(|c| c < 64) {
                    assert!(send.settle().is_none());
                }
            }
            drop(send);
            let mut next = taken;
            while let Ok(item) = rx.try_recv() {
                assert_eq!(item.receive(), next, "capacity {cap:?}");
                next += 1;
            }
            for item in queue {
                assert_eq!(item.take_back(), next, "capacity {cap:?}: lost or doubled");
                next += 1;
            }
            assert_eq!(next, 80);
            book.settle(true);
        }
    }
}

/// A close in the middle: `Err`, and what was not sent is in the deque.
#[test]
fn a_close_in_the_middle() {
    for cap in [0, 1, 2, 3, 64] {
        let book = Ledger::new(100);
        let (tx, rx) = bounded(cap);
        let mut queue: VecDeque<_> = (0..100).map(|i| book.item(i)).collect();
        let mut send = parked(tx.send_many(&mut queue));
        rx.cancel();
        assert_eq!(send.ready(), Err(SendError(())));
        drop(send);
        assert_eq!(queue.len(), 100 - cap, "capacity {cap}");
        assert!(queue.into_iter().map(|item| item.take_back()).eq(cap..100));
        book.settle(false);
    }
}

/// Nothing to send is done at once; on a closed channel too, one way or the other.
#[test]
fn an_empty_deque() {
    for cap in CAPS {
        let (tx, rx) = open::<u8>(cap);
        assert_eq!(hand(tx.send_many(&mut VecDeque::new())).now(), Ok(0));
        assert_eq!(tx.send_many_blocking(&mut VecDeque::new()), Ok(0));
        drop(rx);
        let _ = hand(tx.send_many(&mut VecDeque::new())).now();
    }
}

/// Batches on both sides between threads: all of it, in order for each sender.
#[test]
fn batches_between_threads() {
    within(60, || {
        for cap in CAPS {
            let each = scaled(5_000);
            let (tx, rx) = open(cap);
            let threads: Vec<_> = (0..2)
                .map(|s| {
                    let tx = tx.clone();
                    thread(move || {
                        let mut queue: VecDeque<_> = (0..each).map(|i| (s, i)).collect();
                        assert_eq!(tx.send_many_blocking(&mut queue), Ok(each));
                        assert!(queue.is_empty());
                    })
                })
                .collect();
            drop(tx);
            let (mut out, mut seen) = (Vec::new(), [0; 2]);
            while let Ok(got) = rx.recv_many_blocking(&mut out, 16) {
                assert!((1..=16).contains(&got) && got == out.len());
                for (s, i) in out.drain(..) {
                    assert_eq!(seen[s], i, "capacity {cap:?}");
                    seen[s] += 1;
                }
            }
            assert_eq!(seen, [each; 2]);
            threads.into_iter().for_each(|t| t.join().unwrap());
        }
    });
}
