//! The receiver as a stream, `poll_recv`, and the iterators.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use strait::channel::{RecvError, TryRecvError};

use crate::support::caps::{CAPS, open};
use crate::support::hand::parked;
use crate::support::wake::Probe;
use crate::support::watch::{scaled, thread, within};

/// Polls the stream until it waits or yields an item.
fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin), probe: &Probe) -> Poll<Option<T>> {
    loop {
        let before = probe.count();
        let waker = probe.waker();
        let polled = Pin::new(&mut *stream).poll_next(&mut Context::from_waker(&waker));
        if polled.is_ready() || probe.count() == before {
            return polled;
        }
    }
}

/// A stream yields what was sent, waits, is woken, and ends after the close.
#[test]
fn a_receiver_is_a_stream() {
    for cap in CAPS {
        let (tx, mut rx) = open(cap);
        let probe = Probe::default();
        for i in 0..100 {
            assert_eq!(next(&mut rx, &probe), Poll::Pending);
            let before = probe.count();
            assert!(tx.try_send(i).is_ok(), "capacity {cap:?}: a waiting stream is a receiver");
            assert_eq!(probe.count(), before + 1);
            assert_eq!(next(&mut rx, &probe), Poll::Ready(Some(i)));
        }
        assert_eq!(next(&mut rx, &probe), Poll::Pending);
        let before = probe.count();
        drop(tx);
        assert_eq!(probe.count(), before + 1);
        assert_eq!(next(&mut rx, &probe), Poll::Ready(None));
        assert_eq!(next(&mut rx, &probe), Poll::Ready(None), "the end stays the end");
        assert_eq!(probe.held(), 0, "a waker is kept");
    }
}

/// A stream that waits counts as a receiver, and is one no longer when it is dropped: the wake-up is
/// passed on.
#[test]
fn a_dropped_stream_passes_on() {
    for cap in CAPS {
        let (tx, mut stream) = open(cap);
        let rx = stream.clone();
        let probe = Probe::default();
        assert_eq!(next(&mut stream, &probe), Poll::Pending);
        let mut second = parked(rx.recv());
        assert_eq!(tx.try_send(1), Ok(()));
        drop(stream);
        assert_eq!(second.ready(), Ok(1), "capacity {cap:?}");
        assert_eq!(probe.held(), 0);
    }
}

/// A clone of a waiting stream does not wait.
#[test]
fn a_clone_has_its_own_place() {
    for cap in CAPS {
        let (tx, mut one) = open(cap);
        let probe = Probe::default();
        assert_eq!(next(&mut one, &probe), Poll::Pending);
        let mut two = one.clone();
        let other = Probe::default();
        assert_eq!(next(&mut two, &other), Poll::Pending);
        drop(one);
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!(next(&mut two, &other), Poll::Ready(Some(1)));
    }
}

/// A receiver that waits as a stream may still be used otherwise.
#[test]
fn a_waiting_stream_and_other_receives() {
    for cap in CAPS {
        let (tx, mut rx) = open(cap);
        let probe = Probe::default();
        assert_eq!(next(&mut rx, &probe), Poll::Pending);
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(next(&mut rx, &probe), Poll::Pending);
        assert_eq!(tx.try_send(2), Ok(()));
        assert_eq!(rx.recv_blocking(), Ok(2));
        assert_eq!(next(&mut rx, &probe), Poll::Pending);
        assert_eq!(tx.try_send(3), Ok(()), "capacity {cap:?}");
        assert_eq!(next(&mut rx, &probe), Poll::Ready(Some(3)));
    }
}

/// X14: a stream polled with another waker wakes that one.
#[test]
fn a_stream_may_move() {
    for cap in CAPS {
        let (tx, mut rx) = open(cap);
        let (old, new) = (Probe::default(), Probe::default());
        assert_eq!(next(&mut rx, &old), Poll::Pending);
        assert_eq!(next(&mut rx, &new), Poll::Pending);
        let before = (old.count(), new.count());
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!((old.count(), new.count()), (before.0, before.1 + 1));
        assert_eq!(old.held(), 0);
        assert_eq!(next(&mut rx, &new), Poll::Ready(Some(1)));
    }
}

/// `poll_recv` tells the end from a message.
#[test]
fn poll_recv() {
    for cap in CAPS {
        let (tx, mut rx) = open(cap);
        let probe = Probe::default();
        let waker = probe.waker();
        let mut cx = Context::from_waker(&waker);
        while rx.poll_recv(&mut cx).is_pending() && probe.count() < 1 && cap.is_none() {
            tx.try_send(4).unwrap();
        }
        assert_eq!(next(&mut rx, &probe), Poll::Pending);
        assert_eq!(tx.try_send(5), Ok(()));
        assert_eq!(rx.poll_recv(&mut cx), Poll::Ready(Ok(5)));
        tx.close();
        assert_eq!(rx.poll_recv(&mut cx), Poll::Ready(Err(RecvError)));
    }
}

/// C21, C22, C26: the blocking iterator yields everything in order, ends, and stays at its end.
#[test]
fn the_blocking_iterator() {
    within(60, || {
        for cap in CAPS {
            let (tx, rx) = open(cap);
            let n = scaled(2_000);
            let sender = thread(move || (0..n).for_each(|i| tx.send_blocking(i).unwrap()));
            let mut iter = rx.iter_blocking();
            assert!(iter.by_ref().eq(0..n), "capacity {cap:?}");
            assert_eq!((iter.next(), iter.next()), (None, None));
            sender.join().unwrap();
        }
    });
}

/// `drain` takes what is there, never waits, and ends when the channel is empty.
#[test]
fn drain_never_waits() {
    within(10, || {
        for cap in [Some(2), Some(3), Some(64), None] {
            let (tx, rx) = open(cap);
            assert_eq!(rx.drain().next(), None);
            tx.try_send(1).unwrap();
            tx.try_send(2).unwrap();
            assert_eq!(rx.drain().collect::<Vec<_>>(), [1, 2]);
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        }
    });
}

/// C23: two iterators share the elements; C24: leaving early leaves the channel usable.
#[test]
fn iterators_share() {
    let (tx, rx) = open(None);
    let second = rx.clone();
    (0..10).for_each(|i| tx.try_send(i).unwrap());
    let (mut one, mut two) = (rx.iter_blocking(), second.iter_blocking());
    let got: Vec<_> = (0..3).flat_map(|_| [one.next().unwrap(), two.next().unwrap()]).collect();
    assert_eq!(got, [0, 1, 2, 3, 4, 5]);
    assert_eq!(rx.drain().next(), Some(6), "the rest of a drain stays");
    assert_eq!(rx.try_recv(), Ok(7));
    tx.try_send(10).unwrap();
    drop(tx);
    assert_eq!(rx.iter_blocking().collect::<Vec<_>>(), [8, 9, 10]);
}
