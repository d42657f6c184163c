//! A channel's whole life.

use std::hint::black_box;

use strait::channel::{Builder, Receiver, Sender, oneshot};

use crate::Path;

pub(crate) const PATHS: &[(&str, Path)] = &[
    ("create/0", |times| create(times, &at(0))),
    ("create/64", |times| create(times, &at(64))),
    ("create/unbounded", |times| create(times, &Builder::new().unbounded())),
    ("create-use/1", |times| create_use(times, &at(1))),
    ("create-use/64", |times| create_use(times, &at(64))),
    ("create-use/unbounded", |times| create_use(times, &Builder::new().unbounded())),
    ("create-use/oneshot", one_shot),
    ("clone-drop/sender", clone_drop),
];

fn at(capacity: usize) -> Builder {
    Builder::new().capacity(capacity)
}

/// The compiler must not see which channel it is.
fn make(builder: &Builder) -> (Sender<usize>, Receiver<usize>) {
    black_box(builder).clone().build()
}

fn create(times: usize, builder: &Builder) {
    for _ in 0..times {
        drop(black_box(make(builder)));
    }
}

fn create_use(times: usize, builder: &Builder) {
    for message in 0..times {
        let (tx, rx) = make(builder);
        tx.try_send(message).expect("there is room");
        assert_eq!(rx.try_recv(), Ok(message));
    }
}

fn one_shot(times: usize) {
    for message in 0..times {
        let (tx, rx) = oneshot();
        tx.send(message).expect("there is a receiver");
        assert_eq!(rx.recv_blocking(), Ok(message));
    }
}

fn clone_drop(times: usize) {
    let (tx, _rx) = make(&at(64));
    for _ in 0..times {
        drop(black_box(tx.clone()));
    }
}
