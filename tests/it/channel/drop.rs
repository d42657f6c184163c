//! Every message is dropped once, whatever goes first.

#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::task::Waker;

use strait::channel::{Receiver, Sender};

use crate::support::alloc::balanced;
use crate::support::caps::{CAPS, open};
use crate::support::hand::{parked, poll_once};
use crate::support::payload::{Item, Ledger};
use crate::support::rng::Rng;
use crate::support::watch::scaled;

type Owned = Pin<Box<dyn Future<Output = ()>>>;

/// A send that owns its end, polled until it waits (or is done).
fn sending(tx: &Sender<Item>, item: Item) -> Owned {
    let tx = tx.clone();
    let mut future: Owned = Box::pin(async move {
        if let Err(e) = tx.send(item).await {
            e.0.take_back();
        }
    });
    for _ in 0..10 {
        if poll_once(future.as_mut(), Waker::noop()).is_ready() {
            return Box::pin(async {});
        }
    }
    future
}

/// A receive that owns its end, likewise.
fn receiving(rx: &Receiver<Item>) -> Owned {
    let rx = rx.clone();
    let mut future: Owned = Box::pin(async move {
        if let Ok(item) = rx.recv().await {
            item.receive();
        }
    });
    for _ in 0..10 {
        if poll_once(future.as_mut(), Waker::noop()).is_ready() {
            return Box::pin(async {});
        }
    }
    future
}

/// U15: channel ends, weak ends, pending futures of either kind dropped in any order.
#[test]
fn any_order() {
    for cap in CAPS {
        for round in 0..scaled(600) {
            let rng = Rng::new(round as u64 + 1);
            balanced_once(round % 16 == 0, || {
                let book = Ledger::new(200);
                let (tx, rx) = open(cap);
                let stored = rng.below(cap.unwrap_or(90) + 1);
                for i in 0..stored {
                    assert!(tx.try_send(book.item(i)).is_ok());
                }
                let mut things: Vec<Box<dyn std::any::Any>> = Vec::new();
                for i in 0..rng.below(5) {
                    if rng.one_in(2) {
                        things.push(Box::new(sending(&tx, book.item(100 + i))));
                    } else {
                        things.push(Box::new(receiving(&rx)));
                    }
                }
                things.push(Box::new((tx.downgrade(), rx.downgrade())));
                things.push(Box::new(tx.clone()));
                things.push(Box::new(rx.clone()));
                things.push(Box::new(tx));
                things.push(Box::new(rx));
                while !things.is_empty() {
                    drop(things.swap_remove(rng.below(things.len())));
                }
                book.settle(false);
            });
        }
    }
}

fn balanced_once(counted: bool, f: impl Fn() + Sync) {
    if counted { balanced(&f) } else { f() }
}

/// U4, U15: what was received is not touched again, what was not goes with the channel; X17: no block
/// is left.
#[test]
fn the_rest_goes_with_the_channel() {
    for cap in CAPS {
        for (sent, received) in
            [(0, 0), (1, 0), (1, 1), (31, 0), (32, 1), (33, 32), (64, 3), (200, 70)]
        {
            let sent = sent.min(cap.unwrap_or(200));
            let received = received.min(sent);
            for receiver_first in [false, true] {
                balanced(|| {
                    let book = Ledger::new(sent);
                    let (tx, rx) = open(cap);
                    (0..sent).for_each(|i| assert!(tx.try_send(book.item(i)).is_ok()));
                    (0..received).for_each(|i| assert_eq!(rx.try_recv().unwrap().receive(), i));
                    assert_eq!(book.live(), (sent - received) as i64);
                    if receiver_first {
                        drop(rx);
                        assert_eq!(book.live(), 0, "capacity {cap:?}: the last receiver is gone");
                        drop(tx);
                    } else {
                        drop(tx);
                        assert_eq!(book.live(), (sent - received) as i64);
                        drop(rx);
                    }
                    assert_eq!(book.settle(false).vanished, sent - received);
                });
            }
        }
    }
}

/// X13: the waker of a future that is polled again is replaced, and the old one is not kept; nor is
/// any when the future is gone or done.
#[test]
fn no_waker_is_kept() {
    use crate::support::wake::Probe;
    for cap in CAPS {
        let (tx, rx) = open::<u8>(cap);
        let (old, new) = (Probe::default(), Probe::default());
        let (one, two) = (old.waker(), new.waker());
        let mut receive = Box::pin(rx.recv());
        for waker in [&one, &two] {
            for _ in 0..5 {
                assert!(poll_once(receive.as_mut(), waker).is_pending());
            }
        }
        assert_eq!(old.held(), 1, "capacity {cap:?}: the old waker is kept");
        assert!(new.held() > 1);
        drop(receive);
        assert_eq!(new.held(), 1, "capacity {cap:?}: the waker outlives its future");
        let mut receive = Box::pin(rx.recv());
        for _ in 0..5 {
            assert!(poll_once(receive.as_mut(), &two).is_pending());
        }
        assert!(tx.try_send(1).is_ok());
        assert_eq!(new.held(), 1, "capacity {cap:?}: the waker is kept after the wake-up");
        assert!(poll_once(receive.as_mut(), &two).is_ready());
        assert_eq!(new.held(), 1);
    }
}

/// X13 for senders.
#[test]
fn no_waker_of_a_sender_is_kept() {
    use crate::support::caps::full;
    use crate::support::wake::Probe;
    for cap in [0, 1, 2, 3, 64] {
        let (tx, rx) = full(cap, |i| i);
        let (old, new) = (Probe::default(), Probe::default());
        let (one, two) = (old.waker(), new.waker());
        for done in [false, true] {
            let mut send = Box::pin(tx.send(cap));
            for waker in [&one, &two] {
                for _ in 0..5 {
                    assert!(poll_once(send.as_mut(), waker).is_pending());
                }
            }
            assert_eq!(old.held(), 1, "capacity {cap}: the old waker is kept");
            assert!(new.held() > 1);
            if done {
                assert!(rx.try_recv().is_ok());
                assert!(poll_once(send.as_mut(), &two).is_ready());
            }
            drop(send);
            assert_eq!(new.held(), 1, "capacity {cap}: the waker outlives its future");
        }
    }
}

/// A channel with waiting futures on both kinds of end, dropped by the futures' own ends.
#[test]
fn a_future_may_own_the_last_end() {
    for cap in CAPS {
        balanced(|| {
            let book = Ledger::new(1);
            let (tx, rx) = open(cap);
            let receive = receiving(&rx);
            drop(rx);
            assert!(!tx.is_closed(), "the future's end is one");
            drop(receive);
            assert!(tx.is_closed());
            assert!(tx.try_send(book.item(0)).map_err(|e| e.into_inner().take_back()).is_err());
            book.settle(true);
        });
    }
}

/// C27: large elements arrive whole, through a waiting receiver too.
#[test]
fn big_messages_arrive_whole() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let mut receive = parked(rx.recv());
        let message: [u64; 500] = std::array::from_fn(|i| i as u64);
        assert!(tx.try_send(message).is_ok());
        assert_eq!(receive.ready().unwrap(), message);
    }
}
