//! What a slow receiver costs: H5, H6, H12.

#![forbid(unsafe_code)]

use strait::channel::{
    BroadcastBuilder, BroadcastReceiver, BroadcastRecvError, BroadcastSender,
    BroadcastTryRecvError, broadcast,
};

use crate::support::hand::{hand, parked};

fn lagging<T>(capacity: usize) -> (BroadcastSender<T>, BroadcastReceiver<T>) {
    BroadcastBuilder::new(capacity).lagging(true).build()
}

/// Lossless: the slowest limits the sender.
#[test]
fn the_slowest_makes_senders_wait() {
    let (tx, mut slow) = broadcast(2);
    let mut fast = tx.subscribe();
    for i in 0..2 {
        tx.try_send(i).unwrap();
        assert_eq!(fast.try_recv(), Ok(i));
    }
    let mut send = parked(tx.send(2));
    assert_eq!(fast.try_recv(), Err(BroadcastTryRecvError::Empty));
    send.asleep();
    assert_eq!(slow.try_recv(), Ok(0));
    assert_eq!(send.ready(), Ok(2));
    assert_eq!(fast.try_recv(), Ok(2));
}

/// H6.
#[test]
fn a_receiver_that_leaves_releases_senders() {
    let (tx, slow) = broadcast(2);
    let mut fast = tx.subscribe();
    for i in 0..2 {
        tx.try_send(i).unwrap();
        assert_eq!(fast.try_recv(), Ok(i));
    }
    let mut sends: Vec<_> = (2..4).map(|i| parked(tx.send(i))).collect();
    drop(slow);
    for send in &mut sends {
        assert_eq!(send.ready(), Ok(1));
    }
    assert_eq!((fast.try_recv(), fast.try_recv()), (Ok(2), Ok(3)));
}

/// The last receiver that leaves releases all of them.
#[test]
fn without_receivers_nobody_waits() {
    let (tx, rx) = broadcast(1);
    tx.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..10).map(|i| parked(tx.send(i))).collect();
    drop(rx);
    // The first is woken, and wakes the next.
    for send in &mut sends {
        assert_eq!(send.ready(), Ok(0));
    }
}

/// H5, H12: the oldest are lost, exactly those that do not fit, and their number is told.
#[test]
fn the_oldest_are_lost_and_counted() {
    for capacity in [1, 2, 3, 5, 8, 13] {
        for sent in 0..40_usize {
            let (tx, mut rx) = lagging(capacity);
            (0..sent).for_each(|i| assert_eq!(tx.try_send(i), Ok(1)));
            let lost = sent.saturating_sub(capacity);
            if lost > 0 {
                let error = BroadcastTryRecvError::Lagged(lost as u64);
                assert_eq!(rx.try_recv(), Err(error), "{sent} in {capacity}");
            }
            for i in lost..sent {
                assert_eq!(rx.try_recv(), Ok(i), "{sent} in {capacity}");
            }
            assert_eq!(rx.try_recv(), Err(BroadcastTryRecvError::Empty));
        }
    }
}

#[test]
fn who_is_fast_loses_nothing() {
    let (tx, mut fast) = lagging(2);
    let mut slow = fast.clone();
    for i in 0..10 {
        tx.try_send(i).unwrap();
        assert_eq!(hand(fast.recv()).now(), Ok(i));
    }
    drop(tx);
    assert_eq!(hand(slow.recv()).now(), Err(BroadcastRecvError::Lagged(8)));
    assert_eq!(hand(slow.recv()).now(), Ok(8));
    assert_eq!(slow.recv_blocking(), Ok(9));
    assert_eq!(slow.recv_blocking(), Err(BroadcastRecvError::Closed));
}

/// A guard keeps its element, and stops nobody.
#[test]
fn an_element_is_displaced_while_it_is_read() {
    for capacity in [1, 2, 3] {
        let (tx, mut rx) = lagging(capacity);
        let mut others: Vec<_> = (0..3).map(|_| rx.clone()).collect();
        tx.try_send(String::from("read")).unwrap();
        let guards: Vec<_> = others.iter_mut().map(|rx| rx.try_recv_ref().unwrap()).collect();
        for i in 0..10 {
            tx.try_send(i.to_string()).unwrap();
        }
        assert!(guards.iter().all(|guard| **guard == "read"));
        drop(guards);
        for rx in &mut others {
            let lost = 10 - capacity as u64;
            if lost > 0 {
                assert_eq!(rx.try_recv(), Err(BroadcastTryRecvError::Lagged(lost)));
            }
            assert_eq!(rx.try_recv(), Ok(lost.to_string()));
        }
        assert!(matches!(rx.try_recv(), Err(BroadcastTryRecvError::Lagged(_))));
    }
}

/// A guard that is leaked: the element comes again, and nothing is lost by it.
#[test]
fn a_leaked_guard() {
    for lags in [false, true] {
        let (tx, mut rx) = BroadcastBuilder::new(2).lagging(lags).build();
        for i in 0..2 {
            tx.try_send(i.to_string()).unwrap();
        }
        std::mem::forget(rx.try_recv_ref().unwrap());
        assert_eq!(rx.try_recv(), Ok("0".into()), "lagging: {lags}");
        std::mem::forget(rx.try_recv_ref().unwrap());
        assert_eq!(**rx.try_recv_ref().as_ref().unwrap(), "1");
        std::mem::forget(rx.try_recv_ref());
        assert_eq!(tx.try_send("2".into()), Ok(1));
        std::mem::forget(rx.try_recv_ref().unwrap());
    }
}

/// `Clone` may use the channel: a lagging one never waits for what is being cloned.
#[test]
fn a_clone_that_sends() {
    struct Sends(u32, Option<BroadcastSender<Sends>>);
    impl Clone for Sends {
        fn clone(&self) -> Self {
            if let Some(tx) = &self.1 {
                for i in 0..10 {
                    tx.try_send(Self(100 + i, None)).ok().unwrap();
                }
            }
            Self(self.0, None)
        }
    }
    for capacity in [1, 4] {
        let (tx, mut rx) = lagging(capacity);
        let mut other = rx.clone();
        tx.try_send(Sends(1, Some(tx.clone()))).ok().unwrap();
        assert_eq!(rx.try_recv().unwrap().0, 1);
        assert!(matches!(other.try_recv(), Err(BroadcastTryRecvError::Lagged(_))));
        assert_eq!(other.try_recv().unwrap().0, 110 - capacity as u32);
    }
}
