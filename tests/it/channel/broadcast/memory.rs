//! When elements are dropped, and what a channel takes.

#![forbid(unsafe_code)]

use std::pin::pin;

use strait::channel::{BroadcastBuilder, broadcast};

use crate::support::alloc::{Blocks, allocations, balanced};
use crate::support::hand::{block_on, hand, poll_once};
use crate::support::payload::Ledger;
use crate::support::wake::Probe;

/// An element goes as soon as all have read it.
#[test]
fn an_element_goes_with_its_last_reader() {
    for lags in [false, true] {
        let ledger = Ledger::new(4);
        let (tx, mut a) = BroadcastBuilder::new(4).lagging(lags).build();
        let mut b = tx.subscribe();
        (0..3).for_each(|id| drop(tx.try_send(ledger.item(id))));
        drop(a.try_recv_ref().unwrap());
        assert_eq!(ledger.live(), 3);
        drop(b.try_recv_ref().unwrap());
        assert_eq!(ledger.live(), 2, "lagging: {lags}");
        drop(a);
        assert_eq!(ledger.live(), 2);
        drop(b);
        assert_eq!(ledger.live(), 0, "lagging: {lags}");
        drop(tx.try_send(ledger.item(3)));
        assert_eq!(ledger.live(), 0, "nobody is there");
    }
}

/// With a replay they stay until they are displaced.
#[test]
fn a_replay_keeps_elements() {
    let ledger = Ledger::new(10);
    let (tx, rx) = BroadcastBuilder::new(4).replay(1).build();
    drop(rx);
    (0..10).for_each(|id| drop(tx.try_send(ledger.item(id))));
    assert_eq!(ledger.live(), 4);
    drop(tx);
    assert_eq!(ledger.live(), 0);
}

/// The last receiver gets the element itself.
#[test]
fn the_last_gets_it_without_a_clone() {
    struct Once;
    impl Clone for Once {
        fn clone(&self) -> Self {
            panic!("it was cloned");
        }
    }
    for lags in [false, true] {
        let (tx, mut rx) = BroadcastBuilder::new(4).lagging(lags).build();
        let mut other = tx.subscribe();
        tx.try_send(Once).ok().unwrap();
        drop(other.try_recv_ref().unwrap());
        assert!(rx.try_recv().is_ok(), "lagging: {lags}");
    }
}

/// No block for an element or a wait, but for one that is displaced while it is read.
#[test]
fn no_block_for_an_element() {
    for (lags, replay) in [(false, 0), (true, 0), (false, 2), (true, 2)] {
        let (tx, mut a) = BroadcastBuilder::new(4).lagging(lags).replay(replay).build();
        let mut b = tx.subscribe();
        let probe = Probe::default();
        let waker = probe.waker();
        let mut round = |i: usize| {
            {
                let mut waits = pin!(a.recv());
                // It yields a few times before it waits.
                (0..8).for_each(|_| assert!(poll_once(waits.as_mut(), &waker).is_pending()));
                tx.try_send(i).unwrap();
                assert!(poll_once(waits.as_mut(), &waker).is_ready());
            }
            (0..3).for_each(|j| assert_eq!(tx.try_send(i + j), Ok(2)));
            while a.try_recv().is_ok() {}
            while b.try_recv().is_ok() {}
        };
        round(0);
        let (blocks, ()) = allocations(|| (0..1000).for_each(&mut round));
        assert_eq!(blocks, 0, "lagging: {lags}, replay {replay}");
    }
}

#[test]
fn nothing_is_left() {
    for (lags, replay) in [(false, 0), (true, 0), (false, 2), (true, 2)] {
        balanced(move || {
            let (tx, mut rx) = BroadcastBuilder::new(3).lagging(lags).replay(replay).build();
            let mut other = rx.clone();
            for i in 0..3 {
                block_on(tx.send(Box::new(i))).unwrap();
            }
            {
                let _guard = other.try_recv_ref().unwrap();
                if lags {
                    for i in 0..10 {
                        tx.try_send(Box::new(i)).unwrap();
                    }
                    std::mem::forget(_guard);
                }
            }
            drop(rx.try_recv());
            drop(hand(tx.subscribe().recv()).poll());
            drop(other);
        });
    }
}

/// The bytes of a channel without elements, from which growth by accident is noticed.
#[test]
fn an_idle_channel() {
    let bytes = |capacity| {
        let blocks = Blocks::new();
        let entered = blocks.enter();
        let channel = broadcast::<u64>(capacity);
        drop(entered);
        let bytes = blocks.bytes();
        drop(channel);
        bytes
    };
    let (one, many) = (bytes(1), bytes(1025));
    assert!(one <= 512, "{one} bytes");
    let each = (many - one) as f64 / 2047.0;
    assert!(each <= 32.0, "{each} bytes for each slot of a u64");
}
