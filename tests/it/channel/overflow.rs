//! Channels that never make a sender wait: what does not fit is given back.

#![forbid(unsafe_code)]

use strait::channel::Overflow::{DropNewest, DropOldest};
use strait::channel::{RecvError, SendError, TryRecvError, conflated, overflowing};

use crate::support::alloc::balanced;
use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;
use crate::support::rng::Rng;
use crate::support::watch::{scaled, thread, within};

/// C8: only the newest of several pushes is received; U6: the displaced element comes back.
#[test]
fn conflated_keeps_the_newest() {
    let (tx, rx) = conflated();
    assert_eq!(tx.push(1), Ok(None));
    assert_eq!(tx.push(2), Ok(Some(1)));
    assert_eq!(tx.push(3), Ok(Some(2)));
    assert_eq!((tx.len(), tx.is_empty(), tx.capacity()), (1, false, Some(1)));
    assert_eq!(rx.try_recv(), Ok(3));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

/// C8: a waiting receiver is served by the first push.
#[test]
fn conflated_serves_a_waiting_receiver() {
    let (tx, rx) = conflated();
    let mut receive = parked(rx.recv());
    assert_eq!(tx.push(1), Ok(None));
    assert_eq!(receive.ready(), Ok(1));
    let mut receive = parked(rx.recv());
    assert_eq!(tx.push(2), Ok(None));
    let displaced = tx.push(3).unwrap();
    let got = receive.ready();
    let rest = rx.try_recv().ok();
    // Before the receiver runs, its message is still the channel's to displace.
    assert!(matches!((displaced, got, rest), (Some(2), Ok(3), None) | (None, Ok(2), Some(3))));
}

fn kept(count: usize, cap: usize) -> usize {
    count.min(cap)
}

/// C9: the last n elements remain, in order; U6: the others come back, in order.
#[test]
fn drop_oldest_keeps_the_last() {
    for cap in [1, 2, 3, 64] {
        for count in [1, 2, 3, 4, 63, 64, 65, 200] {
            let (tx, rx) = overflowing(cap, DropOldest);
            let displaced: Vec<_> = (0..count).filter_map(|i| tx.push(i).unwrap()).collect();
            let cut = count - kept(count, cap);
            assert!(displaced.into_iter().eq(0..cut), "capacity {cap}, {count} pushed");
            assert_eq!(rx.len(), count - cut);
            assert!(rx.drain().eq(cut..count));
        }
    }
}

/// C10: the first n remain; U7: the refused element comes back.
#[test]
fn drop_newest_keeps_the_first() {
    for cap in [1, 2, 3, 64] {
        for count in [1, 2, 3, 4, 63, 64, 65, 200] {
            let (tx, rx) = overflowing(cap, DropNewest);
            let refused: Vec<_> = (0..count).filter_map(|i| tx.push(i).unwrap()).collect();
            let kept = kept(count, cap);
            assert!(refused.into_iter().eq(kept..count));
            assert!(rx.drain().eq(0..kept));
            assert_eq!(tx.push(7), Ok(None), "there is room again");
            assert_eq!(rx.try_recv(), Ok(7));
        }
    }
}

/// C11, C13: capacity 0 with a drop policy behaves as capacity 1.
#[test]
fn capacity_zero_is_one() {
    for policy in [DropOldest, DropNewest] {
        let (tx, rx) = overflowing(0, policy);
        assert_eq!(tx.push(1), Ok(None));
        let other = tx.push(2).unwrap();
        let (kept, lost) = if policy == DropOldest { (2, 1) } else { (1, 2) };
        assert_eq!((other, rx.try_recv()), (Some(lost), Ok(kept)));
    }
}

/// C44: the last element survives the close; a push after it fails with its element; C29.
#[test]
fn the_last_survives_the_close() {
    for how in 0..2 {
        let (tx, rx) = conflated();
        tx.push(1).unwrap();
        tx.push(2).unwrap();
        if how == 0 {
            assert!(tx.close() && !tx.close());
            assert_eq!(tx.push(3), Err(SendError(3)));
        } else {
            drop(tx);
        }
        assert_eq!(rx.try_recv(), Ok(2));
        assert_eq!(hand(rx.recv()).now(), Err(RecvError));
    }
}

/// Cancel and the last receiver discard; C48.
#[test]
fn cancel_discards() {
    for how in 0..2 {
        let book = Ledger::new(4);
        let (tx, rx) = overflowing(3, DropOldest);
        let mut end = parked(tx.closed());
        (0..3).for_each(|i| assert!(tx.push(book.item(i)).unwrap().is_none()));
        end.asleep();
        if how == 0 {
            assert!(tx.cancel())
        } else {
            drop(rx)
        }
        assert_eq!(book.live(), 0);
        end.ready();
        assert_eq!(tx.push(book.item(3)).unwrap_err().0.take_back(), 3);
        drop(end);
        assert!(tx.is_closed());
        book.settle(false);
    }
}

/// A waiting receiver that goes hands its wake-up on; the message stays.
#[test]
fn a_dropped_receive_passes_on() {
    for policy in [DropOldest, DropNewest] {
        for cap in [1, 2, 64] {
            let (tx, rx) = overflowing(cap, policy);
            let first = parked(rx.recv());
            let mut second = parked(rx.recv());
            assert_eq!(tx.push(1), Ok(None));
            drop(first);
            assert_eq!(second.ready(), Ok(1));
        }
    }
}

/// U11 over both policies: threads push and receive; each element is received, or comes back, once.
#[test]
fn every_element_is_accounted_for() {
    within(60, || {
        for (round, cap) in [1, 2, 3, 64, 1, 2].into_iter().enumerate() {
            let policy = if round % 2 == 0 { DropOldest } else { DropNewest };
            let each = scaled(10_000);
            balanced(move || {
                let book = Ledger::new(2 * each);
                let (tx, rx) = overflowing(cap, policy);
                let senders: Vec<_> = (0..2)
                    .map(|s| {
                        let (tx, book) = (tx.clone(), book.clone());
                        thread(move || {
                            for i in 0..each {
                                if let Some(item) = tx.push(book.item(s * each + i)).unwrap() {
                                    item.take_back();
                                }
                            }
                        })
                    })
                    .collect();
                let receivers: Vec<_> = (0..2)
                    .map(|r| {
                        let rx = rx.clone();
                        thread(move || {
                            let rng = Rng::new(r + 1);
                            let mut last = [None; 2];
                            while let Ok(item) = rx.recv_blocking() {
                                let (from, id) = (item.id() / each, item.id());
                                assert!(last[from].replace(id) < Some(id), "out of order");
                                item.receive();
                                if rng.one_in(8) {
                                    std::thread::yield_now();
                                }
                            }
                        })
                    })
                    .collect();
                drop((tx, rx));
                senders.into_iter().chain(receivers).for_each(|t| t.join().unwrap());
                let sum = book.settle(true);
                assert_eq!(sum.received + sum.returned, 2 * each, "{policy:?} of {cap}");
            });
        }
    });
}

/// The bound holds in every history: no more than n are there, and the counts agree.
#[test]
fn the_bound_holds() {
    for cap in [1, 2, 3] {
        let (tx, rx) = overflowing(cap, DropOldest);
        let rng = Rng::new(cap as u64);
        let mut there = std::collections::VecDeque::new();
        for i in 0..scaled(20_000) {
            if rng.one_in(3) {
                assert_eq!(rx.try_recv().ok(), there.pop_front());
            } else {
                let out = if there.len() == cap { there.pop_front() } else { None };
                there.push_back(i);
                assert_eq!(tx.push(i), Ok(out));
            }
            assert_eq!((tx.len(), rx.len()), (there.len(), there.len()));
        }
    }
}
