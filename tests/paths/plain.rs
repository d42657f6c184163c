//! A message goes in and comes out, in one thread, and nobody waits.

use std::hint::black_box;

use strait::channel::{Receiver, Sender, bounded, unbounded};

use crate::Path;

pub(crate) const PATHS: &[(&str, Path)] = &[
    ("try/1", |times| attempt(times, bounded(1))),
    ("try/64", |times| attempt(times, bounded(64))),
    ("try/unbounded", |times| attempt(times, unbounded())),
    ("try/64/32B", wide),
    ("try-empty/64", empty),
    ("try-full/64", full),
    ("blocking/1", |times| blocking(times, bounded(1))),
    ("blocking/64", |times| blocking(times, bounded(64))),
    ("blocking/unbounded", |times| blocking(times, unbounded())),
    ("fill/64", fill),
    ("many/64", many),
];

fn attempt(times: usize, ends: (Sender<usize>, Receiver<usize>)) {
    let (tx, rx) = black_box(ends);
    for message in 0..times {
        tx.try_send(message).expect("there is room");
        assert_eq!(rx.try_recv(), Ok(message));
    }
}

fn wide(times: usize) {
    let (tx, rx) = black_box(bounded(64));
    for message in 0..times {
        tx.try_send(black_box([message; 4])).expect("there is room");
        assert!(black_box(rx.try_recv()).is_ok());
    }
}

fn empty(times: usize) {
    let (_tx, rx) = black_box(bounded::<usize>(64));
    for _ in 0..times {
        assert!(black_box(rx.try_recv()).is_err());
    }
}

fn full(times: usize) {
    let (tx, _rx) = black_box(bounded(64));
    (0..64).for_each(|message| tx.try_send(message).expect("there is room"));
    for message in 0..times {
        assert!(black_box(tx.try_send(message)).is_err());
    }
}

fn blocking(times: usize, ends: (Sender<usize>, Receiver<usize>)) {
    let (tx, rx) = black_box(ends);
    for message in 0..times {
        tx.send_blocking(message).expect("there is a receiver");
        assert_eq!(rx.recv_blocking(), Ok(message));
    }
}

/// Batches of 64: what a message costs where changes from sending to receiving are rare.
fn fill(times: usize) {
    let (tx, rx) = black_box(bounded(64));
    for batch in 0..times / 64 {
        for place in 0..64 {
            tx.send_blocking(batch + place).expect("there is room");
        }
        for place in 0..64 {
            assert_eq!(rx.recv_blocking(), Ok(batch + place));
        }
    }
}

/// The same with one call for all that is there.
fn many(times: usize) {
    let (tx, rx) = black_box(bounded(64));
    let mut received = Vec::with_capacity(64);
    for batch in 0..times / 64 {
        let mut queue = (batch..batch + 64).collect();
        assert_eq!(tx.send_many_blocking(&mut queue), Ok(64));
        assert_eq!(rx.recv_many_blocking(&mut received, 64), Ok(64));
        received.clear();
    }
}
