//! What the types cannot stop is a panic or an error, never a hang.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use strait::channel::{RecvTimeoutError, SendTimeoutError, bounded, unbounded};

use crate::support::caps::CAPS;
use crate::support::caps::open;
use crate::support::hand::{hand, parked};
use crate::support::watch::within;

/// A batch of nothing can never be received: a panic at the call or at the first poll.
#[test]
fn a_batch_of_nothing() {
    within(10, || {
        let (_tx, rx) = unbounded::<u8>();
        let mut out = Vec::new();
        let asked = catch_unwind(AssertUnwindSafe(|| hand(rx.recv_many(&mut out, 0)).now()));
        assert!(asked.is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| rx.recv_many_blocking(&mut out, 0))).is_err());
    });
}

/// A future polled after its end: a panic, or its end again; never a message from nowhere.
#[test]
fn polled_after_the_end() {
    within(10, || {
        for cap in CAPS {
            let (tx, rx) = open(cap);
            let mut receive = parked(rx.recv());
            let mut send = hand(tx.send(1));
            assert_eq!(send.now(), Ok(()));
            assert_eq!(receive.ready(), Ok(1));
            let again = catch_unwind(AssertUnwindSafe(|| send.poll()));
            assert!(again.is_err() || again.is_ok_and(|p| p.is_ready()));
            let _ = catch_unwind(AssertUnwindSafe(|| receive.poll().is_pending()));
            drop((send, receive));
            let mut fresh = parked(rx.recv());
            assert_eq!(tx.try_send(2), Ok(()), "capacity {cap:?}");
            assert_eq!(fresh.ready(), Ok(2));
        }
    });
}

/// `send_ref` of an empty slot is a panic, and the channel is unharmed.
#[test]
fn an_empty_slot() {
    within(10, || {
        let (tx, rx) = bounded::<u8>(2);
        let mut slot = None;
        assert!(catch_unwind(AssertUnwindSafe(|| hand(tx.send_ref(&mut slot)).poll())).is_err());
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!(tx.try_send(2), Ok(()));
        assert!(tx.try_send(3).is_err());
        assert_eq!(rx.drain().collect::<Vec<_>>(), [1, 2]);
    });
}

/// Time limits at the ends of the scale: nothing, the past, and more than a clock can hold.
#[test]
fn time_limits_at_the_ends() {
    within(20, || {
        let now = Instant::now();
        for cap in [0, 1, 2] {
            let (tx, rx) = bounded(cap);
            assert_eq!(rx.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
            assert_eq!(rx.recv_deadline(now), Err(RecvTimeoutError::Timeout));
            (0..cap).for_each(|i| tx.try_send(i).unwrap());
            assert_eq!(tx.send_timeout(9, Duration::ZERO), Err(SendTimeoutError::Timeout(9)));
            assert_eq!(tx.send_deadline(9, now), Err(SendTimeoutError::Timeout(9)));
            let send = parked(tx.send(cap));
            assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(0), "what is there is received");
            drop(send);
        }
        let (tx, rx) = bounded(1);
        assert_eq!(tx.send_timeout(1, Duration::MAX), Ok(()));
        assert_eq!(rx.recv_timeout(Duration::MAX), Ok(1));
        let waiting = std::thread::spawn(move || rx.recv_timeout(Duration::MAX));
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(tx.send_timeout(2, Duration::MAX), Ok(()));
        assert_eq!(waiting.join().unwrap(), Ok(2));
    });
}

/// A thread that sends to itself, beyond the room: the time limit ends it, the message comes back.
#[test]
fn a_send_to_oneself() {
    within(20, || {
        for cap in [0, 1, 2] {
            let (tx, rx) = bounded(cap);
            (0..cap).for_each(|i| tx.try_send(i).unwrap());
            let result = tx.send_timeout(7, Duration::from_millis(20));
            assert_eq!(result, Err(SendTimeoutError::Timeout(7)));
            assert!(rx.drain().eq(0..cap), "the withdrawn message is gone");
        }
    });
}

/// A task that sends to itself: both halves in one task.
#[test]
fn a_task_that_sends_to_itself() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut send = hand(tx.send(1));
        let sent = send.settle();
        let mut receive = hand(rx.recv());
        assert_eq!(receive.now(), Ok(1), "capacity {cap:?}");
        assert!(sent.is_some() || send.ready().is_ok());
    }
}
