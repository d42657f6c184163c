//! One thread: what each operation reports.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use strait::channel::{
    BroadcastBuilder, BroadcastRecvError, BroadcastRecvTimeoutError, BroadcastTryRecvError,
    SendError, SendTimeoutError, TrySendError, broadcast,
};

use crate::support::hand::{block_on, hand, parked};
use crate::support::watch::within;

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn all_get_everything_in_order() {
    for capacity in [1, 2, 3, 4, 5, 16] {
        let (tx, mut a) = broadcast(capacity);
        let mut b = tx.subscribe();
        for i in 0..100 {
            assert_eq!(tx.try_send(i), Ok(2));
            assert_eq!((a.try_recv(), b.try_recv()), (Ok(i), Ok(i)), "capacity {capacity}");
        }
    }
}

/// The capacity is what was asked for, not the next power of two.
#[test]
fn the_capacity_is_exact() {
    for capacity in 1..20 {
        let (tx, mut rx) = broadcast(capacity);
        for round in 0..3 {
            for i in 0..capacity {
                assert_eq!(tx.try_send(i), Ok(1), "capacity {capacity}, round {round}");
            }
            assert_eq!(tx.try_send(9), Err(TrySendError::Full(9)), "capacity {capacity}");
            assert_eq!(rx.len(), capacity);
            for i in 0..capacity {
                assert_eq!(rx.try_recv(), Ok(i));
            }
            assert_eq!(rx.try_recv(), Err(BroadcastTryRecvError::Empty));
        }
    }
}

#[test]
fn a_capacity_of_0_counts_as_1() {
    let (tx, _rx) = broadcast(0);
    assert_eq!((tx.capacity(), tx.try_send(1)), (1, Ok(1)));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
}

/// H1: without receivers a send never waits, and says so.
#[test]
fn nobody_is_there() {
    let (tx, rx) = broadcast(1);
    drop(rx);
    for i in 0..10 {
        assert_eq!(tx.try_send(i), Ok(0));
        assert_eq!(hand(tx.send(i)).now(), Ok(0));
        assert_eq!(tx.send_blocking(i), Ok(0));
    }
    assert!(!tx.is_closed());
    assert_eq!(tx.subscribe().try_recv(), Err(BroadcastTryRecvError::Empty));
}

/// H3.
#[test]
fn what_a_send_says() {
    let (tx, rx) = broadcast(1);
    assert_eq!(tx.try_send(1), Ok(1));
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(tx.send_timeout(2, SHORT), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(tx.send_deadline(2, Instant::now()), Err(SendTimeoutError::Timeout(2)));
    rx.close();
    assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(tx.send_timeout(2, SHORT), Err(SendTimeoutError::Closed(2)));
    assert_eq!(hand(tx.send(2)).now(), Err(SendError(2)));
    assert_eq!(tx.send_blocking(2), Err(SendError(2)));
    let (tx, _rx) = BroadcastBuilder::new(1).lagging(true).build();
    assert_eq!((tx.try_send(1), tx.try_send(2), tx.send_blocking(3)), (Ok(1), Ok(1), Ok(1)));
}

#[test]
fn what_a_receive_says() {
    let (tx, mut rx) = broadcast(1);
    assert_eq!(rx.recv_timeout(SHORT), Err(BroadcastRecvTimeoutError::Timeout));
    assert_eq!(rx.recv_deadline(Instant::now()), Err(BroadcastRecvTimeoutError::Timeout));
    tx.try_send(1).unwrap();
    assert_eq!(rx.recv_deadline(Instant::now()), Ok(1));
    tx.try_send(2).unwrap();
    drop(tx);
    assert_eq!(hand(rx.recv()).now(), Ok(2));
    assert_eq!(rx.try_recv(), Err(BroadcastTryRecvError::Closed));
    assert_eq!(rx.recv_timeout(SHORT), Err(BroadcastRecvTimeoutError::Closed));
    assert_eq!(hand(rx.recv()).now(), Err(BroadcastRecvError::Closed));
    assert_eq!(rx.recv_blocking(), Err(BroadcastRecvError::Closed));
}

/// H13: the end reaches all, after what was sent.
#[test]
fn the_end() {
    let (tx, mut a) = broadcast(4);
    let mut b = a.clone();
    tx.try_send(1).unwrap();
    let other = tx.clone();
    drop(tx);
    assert!(!a.is_closed());
    drop(other);
    for rx in [&mut a, &mut b] {
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(rx.try_recv(), Err(BroadcastTryRecvError::Closed));
    }
    let (tx, mut rx) = broadcast::<u8>(4);
    let mut waits = parked(rx.recv());
    assert!(tx.close());
    assert!(!tx.close());
    assert_eq!(waits.ready(), Err(BroadcastRecvError::Closed));
}

/// A close wakes those who wait to send, and gives the elements back.
#[test]
fn the_end_of_sends_that_wait() {
    let (tx, rx) = broadcast(1);
    tx.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..20).map(|i| parked(tx.send(i))).collect();
    rx.close();
    for (i, send) in (1..20).zip(&mut sends) {
        assert_eq!(send.ready(), Err(SendError(i)));
    }
}

/// Tasks and threads wait in one line.
#[test]
fn a_receive_wakes_those_who_wait_to_send() {
    let (tx, mut rx) = broadcast(2);
    for i in 0..2 {
        tx.try_send(i).unwrap();
    }
    let mut sends: Vec<_> = (2..6).map(|i| parked(tx.send(i))).collect();
    for i in 0..6 {
        assert_eq!(rx.try_recv(), Ok(i));
        if let Some(send) = sends.get_mut(i) {
            assert_eq!(send.ready(), Ok(1), "send {i}");
        }
    }
}

#[test]
fn a_send_wakes_all_who_wait() {
    let (tx, rx) = broadcast(4);
    let mut receivers: Vec<_> = (0..100).map(|_| rx.clone()).collect();
    let mut waits: Vec<_> = receivers.iter_mut().map(|rx| parked(rx.recv())).collect();
    assert_eq!(tx.try_send(7), Ok(101));
    for wait in &mut waits {
        assert_eq!(wait.ready(), Ok(7));
    }
}

#[test]
fn by_reference() {
    struct NoClone(u32);
    let (tx, mut a) = broadcast(1);
    let mut b = tx.subscribe();
    tx.try_send(NoClone(1)).ok().unwrap();
    {
        let first = a.try_recv_ref().unwrap();
        let second = b.try_recv_ref().unwrap();
        assert!(std::ptr::eq(&*first, &*second), "it is one element");
        assert_eq!((first.0, second.0), (1, 1));
        drop(second);
        assert!(tx.try_send(NoClone(2)).is_err(), "the place is taken until both are done");
    }
    assert!(tx.try_send(NoClone(2)).is_ok());
    assert_eq!(block_on(a.recv_ref()).unwrap().0, 2);
    assert_eq!(b.recv_ref_blocking().unwrap().0, 2);
    assert!(matches!(a.try_recv_ref(), Err(BroadcastTryRecvError::Empty)));
}

#[test]
fn by_poll() {
    use std::task::Poll;
    let (tx, mut rx) = broadcast(1);
    let mut poll = hand(std::future::poll_fn(move |cx| match rx.poll_recv(cx) {
        Poll::Ready(Ok(element)) => {
            assert!(element < 3);
            if element == 2 { Poll::Ready(()) } else { rx.poll_recv(cx).map(|_| ()) }
        }
        other => other.map(|_| ()),
    }));
    poll.park();
    tx.try_send(1).unwrap();
    assert!(poll.woken());
    poll.park();
    tx.try_send(2).unwrap();
    poll.ready();
}

#[test]
fn threads_wait() {
    within(60, || {
        let (tx, mut rx) = broadcast(1);
        std::thread::scope(|s| {
            let other = tx.clone();
            s.spawn(move || (0..100).for_each(|i| assert_eq!(other.send_blocking(i), Ok(1))));
            (0..100).for_each(|i| assert_eq!(rx.recv_blocking(), Ok(i)));
        });
        assert_eq!(tx.receiver_count(), 1);
    });
}
