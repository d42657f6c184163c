//! Selects over receives, of which one or all have something.

use std::array;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;

use strait::channel::{Receiver, Sender, bounded};
use strait::select::Select;
use strait::{select, select_biased, select_blocking};

use crate::Path;
use crate::tasks::{now, register};

pub(crate) const PATHS: &[(&str, Path)] = &[
    ("select/2/first", |times| two(times, First)),
    ("select/2/all", |times| two(times, All)),
    ("select/8/first", |times| eight(times, First)),
    ("select/8/all", |times| eight(times, All)),
    ("select-biased/2/first", biased),
    ("select-blocking/2/first", |times| blocking(times, First)),
    ("select-blocking/2/all", |times| blocking(times, All)),
    ("select-default/2", nothing),
    ("select-wait-drop/2", wait_drop),
    ("select-dynamic/8/first", dynamic),
];

/// In which of the channels there is something.
#[derive(Clone, Copy)]
enum Busy {
    First,
    All,
}
use Busy::{All, First};

type Ends<const ARMS: usize> = ([Sender<usize>; ARMS], [Receiver<usize>; ARMS]);

/// Channels of which those that are busy have a message.
fn ends<const ARMS: usize>(busy: Busy) -> Ends<ARMS> {
    let (txs, rxs): (Vec<_>, Vec<_>) = (0..ARMS).map(|_| bounded(64)).unzip();
    let mut txs = txs.into_iter();
    let mut rxs = rxs.into_iter();
    let txs: [Sender<usize>; ARMS] = array::from_fn(|_| txs.next().expect("one for each arm"));
    let rxs = array::from_fn(|_| rxs.next().expect("one for each arm"));
    let count = match busy {
        First => 1,
        All => ARMS,
    };
    (0..count).for_each(|arm| refill(&txs, arm));
    black_box((txs, rxs))
}

/// Puts a message where one was taken: part of what is counted.
fn refill(txs: &[Sender<usize>], arm: usize) {
    txs[arm].try_send(arm).expect("there is room");
}

/// A message says where it came from.
macro_rules! pick {
    ($select:ident! $($rx:expr),+) => {
        $select! { $(received = $rx.recv() => received.expect("there is a sender"),)+ }
    };
}

fn two(times: usize, busy: Busy) {
    let (txs, [a, b]) = ends(busy);
    for _ in 0..times {
        refill(&txs, now(async { pick!(select! a, b) }));
    }
}

fn eight(times: usize, busy: Busy) {
    let (txs, [a, b, c, d, e, f, g, h]) = ends(busy);
    for _ in 0..times {
        refill(&txs, now(async { pick!(select! a, b, c, d, e, f, g, h) }));
    }
}

fn biased(times: usize) {
    let (txs, [a, b]) = ends(First);
    for _ in 0..times {
        refill(&txs, now(async { pick!(select_biased! a, b) }));
    }
}

fn blocking(times: usize, busy: Busy) {
    let (txs, [a, b]) = ends(busy);
    for _ in 0..times {
        refill(&txs, pick!(select_blocking! a, b));
    }
}

fn nothing(times: usize) {
    let (_txs, [a, b]) = ends(First);
    a.try_recv().expect("there is a message");
    for _ in 0..times {
        let chosen = select_blocking! {
            _ = a.recv() => true,
            _ = b.recv() => true,
            default => false,
        };
        assert!(!chosen);
    }
}

fn wait_drop(times: usize) {
    let (_txs, [a, b]) = ends(First);
    a.try_recv().expect("there is a message");
    let flag = Arc::default();
    for _ in 0..times {
        register(pin!(async { pick!(select! a, b) }), &flag);
    }
}

fn dynamic(times: usize) {
    let (txs, rxs) = ends::<8>(First);
    let mut select = Select::new();
    for rx in &rxs {
        select.recv(rx, |received| received.expect("there is a sender"));
    }
    for _ in 0..times {
        let (_, arm) = select.next_blocking().expect("there are arms");
        refill(&txs, arm);
    }
}
