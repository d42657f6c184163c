//! A bound is a bound: after any history, and with any number.

#![forbid(unsafe_code)]

use strait::channel::{Builder, TrySendError, bounded};

use crate::support::alloc::Blocks;
use crate::support::caps::{BUFFERED, full};
use crate::support::hand::parked;
use crate::support::watch::{scaled, within};

/// How much room an empty channel has.
fn room(cap: usize, tx: &strait::channel::Sender<usize>) -> usize {
    let fits = (0..cap + 10).take_while(|i| tx.try_send(*i).is_ok()).count();
    assert!(matches!(tx.try_send(0), Err(TrySendError::Full(0))));
    fits
}

/// C6: the capacity is exact after waiting senders in the middle were cancelled.
#[test]
fn holes_do_not_change_the_bound() {
    for cap in BUFFERED {
        for waiting in [1, 2, 3, 5, 31, 32, 33, 64, 65, 100] {
            for step in [1, 2, 3] {
                let (tx, rx) = full(cap, |i| i);
                let mut sends: Vec<_> =
                    (0..waiting).map(|i| (i, parked(tx.send(cap + i)))).collect();
                sends.retain(|(i, _)| i % step != 0);
                let kept: Vec<usize> = sends.iter().map(|(i, _)| cap + i).collect();
                let expect = (0..cap).chain(kept);
                for (taken, want) in expect.enumerate() {
                    assert!(tx.try_send(9).is_err(), "room beside a waiting sender");
                    assert_eq!(rx.try_recv(), Ok(want), "capacity {cap}, {waiting} / {step}");
                    // The receive has made room for one sender, and for one only.
                    let released = sends.iter().filter(|(_, s)| s.woken()).count();
                    assert_eq!(released, (taken + 1).min(sends.len()), "capacity {cap}");
                    if taken + 1 >= sends.len() {
                        break;
                    }
                }
                while rx.try_recv().is_ok() {}
                for (_, send) in &mut sends {
                    assert_eq!(send.ready(), Ok(()));
                }
                assert_eq!(room(cap, &tx), cap, "after {waiting} waiters, every {step}. cancelled");
            }
        }
    }
}

/// C6: cancelled senders and receivers leave the capacity of an emptied channel alone.
#[test]
fn cancelled_waiters_do_not_change_the_bound() {
    for cap in BUFFERED {
        let (tx, rx) = bounded(cap);
        for round in 0..200 {
            let receives: Vec<_> = (0..round % 7).map(|_| parked(rx.recv())).collect();
            drop(receives);
            assert_eq!(room(cap, &tx), cap);
            let sends: Vec<_> = (0..round % 5).map(|i| parked(tx.send(i))).collect();
            drop(sends);
            for i in 0..cap {
                assert_eq!(rx.try_recv(), Ok(i), "round {round}");
            }
            assert!(rx.try_recv().is_err(), "round {round}");
        }
    }
}

/// C14: capacity 2^30 costs what capacity 1 costs, and 100,000 such channels are cheap.
#[test]
fn room_that_is_not_used_costs_nothing() {
    let cost = |cap: usize| {
        let blocks = Blocks::new();
        let entered = blocks.enter();
        let channel = bounded::<u64>(cap);
        drop(entered);
        let bytes = blocks.bytes();
        drop(channel);
        assert_eq!(blocks.live(), 0);
        bytes
    };
    assert_eq!(cost(1 << 30), cost(1));
    assert!(cost(1 << 30) < 4096, "an empty channel takes {} bytes", cost(1 << 30));
    within(30, || {
        let all: Vec<_> = (0..scaled(100_000)).map(|_| bounded::<u64>(1 << 30)).collect();
        assert!(all.iter().all(|(tx, _)| tx.capacity() == Some(1 << 30)));
    });
}

/// C13: no capacity is illegal. The largest works as a bound that is never reached.
#[test]
fn the_largest_capacity() {
    for cap in [usize::MAX, usize::MAX - 1, usize::MAX / 2, 1 << 62, 1 << 44, 1 << 40, 1 << 32] {
        let (tx, rx) = bounded(cap);
        let mut receive = parked(rx.recv());
        assert_eq!(tx.try_send(0), Ok(()), "capacity {cap}");
        assert_eq!(receive.ready(), Ok(0));
        for i in 0..200 {
            assert_eq!(tx.try_send(i), Ok(()), "capacity {cap}");
        }
        assert!(!tx.is_full());
        assert_eq!(tx.len(), 200);
        for i in 0..200 {
            assert_eq!(rx.try_recv(), Ok(i));
        }
        assert!(tx.capacity().is_none_or(|c| c >= cap.min(1 << 40)), "capacity {cap} shrank");
    }
}

/// The builder makes the same channels, in each of its modes.
#[test]
fn built_channels() {
    let modes = [(false, false), (true, false), (false, true), (true, true)];
    for (fair, lock_free) in modes {
        let builder = || Builder::new().fair(fair).lock_free(lock_free);
        for cap in [0, 1, 2, 64] {
            let (tx, rx) = builder().capacity(cap).build::<usize>();
            assert_eq!(tx.capacity(), Some(cap));
            assert_eq!(room(cap, &tx), cap);
            assert_eq!(rx.drain().count(), cap);
            let mut receive = parked(rx.recv());
            assert_eq!(tx.try_send(7), Ok(()));
            assert_eq!(receive.ready(), Ok(7));
        }
        let (tx, rx) = builder().unbounded().build::<usize>();
        assert_eq!(tx.capacity(), None);
        for i in 0..1000 {
            assert_eq!(tx.try_send(i), Ok(()));
        }
        assert!(rx.drain().eq(0..1000));
    }
}

/// `len`, `is_empty`, `is_full` on both ends, with senders waiting beyond the bound.
#[test]
fn counts() {
    for cap in BUFFERED {
        let (tx, rx) = bounded(cap);
        for i in 0..cap {
            assert_eq!((tx.len(), rx.len()), (i, i));
            assert_eq!((tx.is_empty(), rx.is_empty()), (i == 0, i == 0));
            assert_eq!((tx.is_full(), rx.is_full()), (false, false));
            tx.try_send(i).unwrap();
        }
        assert_eq!((tx.len(), rx.is_full()), (cap, true));
        let waiting: Vec<_> = (0..5).map(|i| parked(tx.send(i))).collect();
        assert_eq!((tx.len(), rx.len(), tx.is_full()), (cap, cap, true), "no more than the bound");
        drop(waiting);
        assert_eq!((tx.len(), rx.len(), tx.is_full()), (cap, cap, true));
        for i in (0..cap).rev() {
            assert!(rx.try_recv().is_ok());
            assert_eq!((tx.len(), rx.is_full()), (i, false));
        }
    }
}
