//! Receivers that come and go: H4, H10, H11.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use strait::channel::{
    BroadcastBuilder, BroadcastRecvTimeoutError, BroadcastTryRecvError, TrySendError, broadcast,
};

use crate::support::hand::parked;
use crate::support::rng::{Rng, seed};
use crate::support::watch::{scaled, thread, within};

#[test]
fn a_subscription_begins_now() {
    let (tx, mut rx) = broadcast(4);
    tx.try_send(1).unwrap();
    let (mut late, mut same) = (rx.resubscribe(), rx.clone());
    tx.try_send(2).unwrap();
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(late.try_recv(), Ok(2));
    assert_eq!((same.try_recv(), same.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(tx.try_send(3), Ok(3));
}

/// A clone holds back senders as its original does.
#[test]
fn a_clone_counts() {
    let (tx, mut rx) = broadcast(1);
    tx.try_send(1).unwrap();
    let mut same = rx.clone();
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(same.try_recv(), Ok(1));
    assert_eq!(tx.try_send(2), Ok(2));
}

/// H4: the replay, then what comes, without a gap.
#[test]
fn the_replay() {
    for lags in [false, true] {
        for (capacity, replay) in [(1, 1), (4, 1), (4, 3), (4, 4), (5, 3), (8, 100)] {
            for sent in 0..20_usize {
                let (tx, first) =
                    BroadcastBuilder::new(capacity).lagging(lags).replay(replay).build();
                drop(first);
                for i in 0..sent {
                    assert_eq!(tx.try_send(i), Ok(0), "without receivers nobody waits");
                }
                let mut rx = tx.subscribe();
                for i in sent.saturating_sub(replay.min(capacity))..sent {
                    assert_eq!(rx.try_recv(), Ok(i), "{replay} of {capacity}, {sent} sent");
                }
                assert_eq!(rx.try_recv(), Err(BroadcastTryRecvError::Empty));
                tx.try_send(sent).unwrap();
                assert_eq!(rx.try_recv(), Ok(sent));
            }
        }
    }
}

/// What is replayed holds back senders until it was received.
#[test]
fn an_unread_replay_makes_senders_wait() {
    let (tx, first) = BroadcastBuilder::new(2).replay(2).build();
    drop(first);
    (0..5).for_each(|i| assert_eq!(tx.try_send(i), Ok(0)));
    let mut rx = tx.subscribe();
    let mut send = parked(tx.send(5));
    assert_eq!(rx.try_recv(), Ok(3));
    assert_eq!(send.ready(), Ok(1));
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(4), Ok(5)));
}

/// The replay of a closed channel, then the end.
#[test]
fn late_for_the_end() {
    let (tx, rx) = BroadcastBuilder::new(4).replay(1).build();
    (0..3).for_each(|i| assert_eq!(tx.try_send(i), Ok(1)));
    drop(tx);
    let mut late = rx.resubscribe();
    assert_eq!(late.try_recv(), Ok(2));
    assert_eq!(late.try_recv(), Err(BroadcastTryRecvError::Closed));
}

/// H10.
#[test]
fn the_count_of_receivers() {
    let (tx, a) = broadcast::<u8>(1);
    assert_eq!(tx.receiver_count(), 1);
    let b = a.clone();
    let c = tx.subscribe();
    assert_eq!((tx.receiver_count(), c.receiver_count()), (3, 3));
    drop((a, b));
    assert_eq!(tx.receiver_count(), 1);
    drop(c);
    assert_eq!((tx.receiver_count(), tx.sender_count()), (0, 1));
}

#[test]
fn too_many_receivers() {
    let (tx, rx) = broadcast::<u8>(1);
    let many: Vec<_> = (1..65_535).map(|_| tx.subscribe()).collect();
    assert_eq!(tx.try_send(1), Ok(65_535));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tx.subscribe())).is_err());
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rx.clone())).is_err());
    drop(many);
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    drop(rx);
    assert_eq!((tx.try_send(2), tx.receiver_count()), (Ok(0), 0));
}

/// H11: receivers that come and go at random see sequences without a gap; in a lagging channel, gaps
/// as long as they are told.
#[test]
fn coming_and_going_at_random() {
    for (lags, replay) in [(false, 0), (false, 2), (true, 0), (true, 2)] {
        within(120, move || {
            let (tx, rx) = BroadcastBuilder::new(4).lagging(lags).replay(replay).build();
            drop(rx);
            let over = Arc::new(AtomicBool::new(false));
            let seen = Arc::new(AtomicUsize::new(0));
            let guests: Vec<_> = (0..4)
                .map(|number| {
                    let (tx, over, seen) = (tx.clone(), over.clone(), seen.clone());
                    let rng = Rng::new(seed(0xb0a) ^ number);
                    thread(move || {
                        while !over.load(Ordering::SeqCst) {
                            let mut rx = tx.subscribe();
                            let mut next = None;
                            for _ in 0..rng.below(30) {
                                if rng.one_in(8) {
                                    rx = rx.clone();
                                }
                                match rx.recv_timeout(std::time::Duration::from_millis(5)) {
                                    Ok(element) => {
                                        let expected: u64 = next.unwrap_or(element);
                                        assert_eq!(element, expected, "a gap or a double");
                                        next = Some(element + 1);
                                        seen.fetch_add(1, Ordering::SeqCst);
                                    }
                                    Err(BroadcastRecvTimeoutError::Lagged(n)) => {
                                        assert!(lags && n > 0);
                                        next = next.map(|next| next + n);
                                    }
                                    Err(_) => {}
                                }
                            }
                        }
                    })
                })
                .collect();
            let mut i = 0;
            while seen.load(Ordering::SeqCst) < scaled(3_000) {
                tx.send_blocking(i).unwrap();
                i += 1;
            }
            over.store(true, Ordering::SeqCst);
            guests.into_iter().for_each(|guest| guest.join().unwrap());
        });
    }
}
