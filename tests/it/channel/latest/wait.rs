//! Waiting for a change, and giving it up.

#![forbid(unsafe_code)]

use std::task::Poll;
use std::time::{Duration, Instant};

use strait::channel::{RecvError, RecvTimeoutError, latest};

use crate::support::hand::{hand, parked};
use crate::support::watch::{thread, within};

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn all_are_woken() {
    let (tx, rx) = latest(0);
    let mut receivers: Vec<_> = (0..1000).map(|_| rx.clone()).collect();
    let mut waits: Vec<_> = receivers.iter_mut().map(|rx| parked(rx.changed())).collect();
    tx.send(1).unwrap();
    assert!(waits.iter_mut().all(|wait| wait.ready() == Ok(&1)));
}

/// Dropped in any order, woken or not: nothing is lost.
#[test]
fn waits_that_are_dropped() {
    let (tx, rx) = latest(0);
    let mut receivers: Vec<_> = (0..10).map(|_| rx.clone()).collect();
    let mut waits: Vec<_> = receivers.iter_mut().map(|rx| Some(parked(rx.changed()))).collect();
    for i in [5, 0, 9, 3] {
        waits[i] = None;
    }
    tx.send(1).unwrap();
    for i in [8, 1] {
        assert!(waits[i].as_ref().unwrap().woken());
        waits[i] = None;
    }
    assert!(waits.iter_mut().flatten().all(|wait| wait.ready() == Ok(&1)));
    drop(waits);
    for i in [5, 0, 9, 3, 8, 1] {
        assert_eq!(hand(receivers[i].changed()).now(), Ok(&1), "receiver {i}");
    }
}

#[test]
fn for_a_value() {
    let (tx, mut rx) = latest(1);
    assert_eq!(hand(rx.wait_for(|value| *value == 1)).now(), Ok(&1), "it is there");
    assert_eq!(hand(rx.wait_for(|value| *value == 1)).now(), Ok(&1), "seen or not");
    let mut asked = Vec::new();
    {
        let mut waits = hand(rx.wait_for(|value| {
            asked.push(*value);
            *value > 3
        }));
        waits.park();
        for i in 2..=4 {
            tx.send(i).unwrap();
            assert!(waits.woken());
            if i < 4 {
                waits.park();
            }
        }
        assert_eq!(waits.ready(), Ok(&4));
    }
    assert_eq!(asked, [1, 2, 3, 4], "each value is asked for once");
    assert!(!rx.has_changed());
    let mut waits = parked(rx.wait_for(|value| *value == 9));
    drop(tx);
    assert_eq!(waits.ready(), Err(RecvError));
}

/// Only what was returned counts as seen.
#[test]
fn a_refused_value_is_not_seen() {
    let (tx, mut rx) = latest(1);
    tx.send(2).unwrap();
    drop(parked(rx.wait_for(|value| *value == 9)));
    assert!(rx.has_changed());
}

#[test]
fn threads() {
    within(60, || {
        let (tx, mut rx) = latest(0);
        assert_eq!(rx.changed_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        assert_eq!(rx.changed_deadline(Instant::now()), Err(RecvTimeoutError::Timeout));
        assert_eq!(rx.wait_for_timeout(|_| false, SHORT), Err(RecvTimeoutError::Timeout));
        assert_eq!(rx.wait_for_deadline(|_| true, Instant::now()), Ok(&0));
        let sender = thread(move || (1..=100).for_each(|i| tx.send(i).unwrap()));
        let mut last = 0;
        while last < 50 {
            let value = *rx.changed_blocking().unwrap();
            assert!(value > last);
            last = value;
        }
        assert_eq!(rx.wait_for_blocking(|value| *value == 100), Ok(&100));
        sender.join().unwrap();
        assert_eq!(rx.changed_timeout(SHORT), Err(RecvTimeoutError::Closed));
    });
}

#[test]
fn by_poll() {
    let (tx, mut rx) = latest(0);
    let mut poll = hand(std::future::poll_fn(move |cx| match rx.poll_changed(cx) {
        Poll::Ready(Ok(1)) => {
            assert!(rx.poll_changed(cx).is_pending());
            Poll::Pending
        }
        other => other.map(|value| value.copied()),
    }));
    poll.park();
    for i in 1..=2 {
        tx.send(i).unwrap();
        assert!(poll.woken());
        if i == 1 {
            poll.park();
        }
    }
    assert_eq!(poll.ready(), Ok(2));
}
