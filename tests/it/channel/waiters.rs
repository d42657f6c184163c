//! Very many waiters, forgotten ones, and cancelled ones: the channel goes on, and memory stays flat.

#![forbid(unsafe_code)]

use std::pin::pin;
use std::task::Waker;

use strait::channel::{RecvError, SendError};

use crate::support::alloc::{Blocks, balanced};
use crate::support::caps::{CAPS, Cap, full, open};
use crate::support::hand::{hand, parked, poll_once};
use crate::support::payload::Ledger;
use crate::support::wake::Probe;
use crate::support::watch::{scaled, within};

/// A million waiting receives, then a close: each is woken once and sees the end; nothing is left.
#[test]
fn a_million_waiting_receives() {
    within(120, || {
        for cap in [Some(0), Some(3), None] {
            balanced(|| {
                let (tx, rx) = open::<u64>(cap);
                let probe = Probe::default();
                let waker = probe.waker();
                let mut waiting: Vec<_> =
                    (0..scaled(1_000_000) / 2).map(|_| Box::pin(rx.recv())).collect();
                for receive in &mut waiting {
                    wait(receive.as_mut(), &waker, &probe);
                }
                let before = probe.count();
                assert!(tx.close());
                assert_eq!(probe.count() - before, waiting.len());
                for receive in &mut waiting {
                    let end = poll_once(receive.as_mut(), &waker);
                    assert!(matches!(end, std::task::Poll::Ready(Err(RecvError))));
                }
                drop(waiting);
                assert_eq!(probe.held(), 1, "wakers are kept");
            });
        }
    });
}

fn wait<F: Future>(mut future: std::pin::Pin<&mut F>, waker: &Waker, probe: &Probe) {
    loop {
        let before = probe.count();
        assert!(poll_once(future.as_mut(), waker).is_pending());
        if probe.count() == before {
            break;
        }
    }
}

/// A million waiting sends, then a cancel: each is woken, each message comes back.
#[test]
fn a_million_waiting_sends() {
    within(120, || {
        for cap in [0, 3] {
            balanced(|| {
                let n = scaled(1_000_000) / 2;
                let (tx, rx) = full(cap, |i| i);
                let probe = Probe::default();
                let waker = probe.waker();
                let mut waiting: Vec<_> = (0..n).map(|i| Box::pin(tx.send(i))).collect();
                for send in &mut waiting {
                    wait(send.as_mut(), &waker, &probe);
                }
                let before = probe.count();
                assert!(rx.cancel());
                assert_eq!(probe.count() - before, n);
                for (i, send) in waiting.iter_mut().enumerate() {
                    let end = poll_once(send.as_mut(), &waker);
                    assert!(matches!(end, std::task::Poll::Ready(Err(SendError(m))) if m == i));
                }
                drop(waiting);
                assert_eq!(probe.held(), 1, "wakers are kept");
            });
        }
    });
}

/// A million waiting sends are received in order by a receiver that comes late.
#[test]
fn a_million_sends_are_received() {
    within(120, || {
        for cap in [0, 3] {
            let n = scaled(1_000_000) / 4;
            let (tx, rx) = full(cap, |i| i);
            let probe = Probe::default();
            let waker = probe.waker();
            let mut waiting: Vec<_> = (0..n).map(|i| Box::pin(tx.send(cap + i))).collect();
            for send in &mut waiting {
                wait(send.as_mut(), &waker, &probe);
            }
            for i in 0..n + cap {
                assert_eq!(rx.try_recv(), Ok(i));
            }
            for send in &mut waiting {
                assert!(poll_once(send.as_mut(), &waker).is_ready());
            }
        }
    });
}

/// What a scenario keeps for its rounds; `keep` holds the channel and what stays.
fn growth<K>(rounds: usize, start: impl FnOnce() -> K, mut round: impl FnMut(&K)) -> i64 {
    let blocks = Blocks::new();
    let entered = blocks.enter();
    let keep = start();
    (0..1000).for_each(|_| round(&keep));
    let before = blocks.bytes();
    (0..rounds).for_each(|_| round(&keep));
    let growth = blocks.bytes() - before;
    drop(keep);
    drop(entered);
    assert_eq!(blocks.live(), 0, "blocks outlive the channel");
    growth
}

/// Polls until it waits in earnest, and drops it.
fn wait_and_leave<F: Future>(future: F, probe: &Probe, waker: &Waker) {
    wait(pin!(future), waker, probe);
}

/// A million for two capacities, a tenth of it for the others; and what they may keep: a quarter of a
/// byte for each. Of a segment whose sends were all cancelled one word stays, until the front of the
/// line passes it.
fn many(cap: Cap) -> (usize, i64) {
    let full = matches!(cap, Some(0 | 3));
    let rounds = scaled(if full { 1_000_000 } else { 100_000 });
    (rounds, (rounds as i64 / 4).max(1 << 16))
}

/// X5: cancelled waiting receives keep no memory.
#[test]
fn cancelled_receives_cost_nothing() {
    within(120, || {
        for cap in CAPS {
            let (probe, (rounds, limit)) = (Probe::default(), many(cap));
            let waker = probe.waker();
            let start = || open::<u64>(cap);
            let grown = growth(rounds, start, |(_, rx)| wait_and_leave(rx.recv(), &probe, &waker));
            assert!(grown < limit, "capacity {cap:?}: {grown} bytes stay");
        }
    });
}

/// X5: cancelled waiting sends on a full channel keep no memory.
#[test]
fn cancelled_sends_cost_nothing() {
    within(120, || {
        for cap in [0, 1, 2, 3, 64] {
            let (probe, (rounds, limit)) = (Probe::default(), many(Some(cap)));
            let waker = probe.waker();
            let start = || full(cap, |i| i);
            let grown = growth(rounds, start, |(tx, _)| wait_and_leave(tx.send(1), &probe, &waker));
            assert!(grown < limit, "capacity {cap}: {grown} bytes stay");
        }
    });
}

/// X5, with a send at the head of the line that stays: what was cancelled behind it is let go.
#[test]
fn cancelled_sends_behind_a_waiting_one() {
    within(120, || {
        for cap in [0, 1, 2, 3, 64] {
            let (probe, (rounds, limit)) = (Probe::default(), many(Some(cap)));
            let waker = probe.waker();
            let start = || {
                let (tx, rx) = full(cap, |i| i);
                let own = tx.clone();
                let mut head = Box::pin(async move { own.send(0).await });
                wait(head.as_mut(), &waker, &probe);
                (tx, rx, head)
            };
            let grown =
                growth(rounds, start, |(tx, ..)| wait_and_leave(tx.send(1), &probe, &waker));
            assert!(grown < limit, "capacity {cap}: {grown} bytes stay");
        }
    });
}

/// X5, with a receive at the head of the line that stays.
#[test]
fn cancelled_receives_behind_a_waiting_one() {
    within(120, || {
        for cap in CAPS {
            let (probe, (rounds, limit)) = (Probe::default(), many(cap));
            let waker = probe.waker();
            let start = || {
                let (tx, rx) = open::<u64>(cap);
                let own = rx.clone();
                let mut head = Box::pin(async move { own.recv().await });
                wait(head.as_mut(), &waker, &probe);
                (tx, rx, head)
            };
            let grown =
                growth(rounds, start, |(_, rx, _)| wait_and_leave(rx.recv(), &probe, &waker));
            assert!(grown < limit, "capacity {cap:?}: {grown} bytes stay");
        }
    });
}

/// Forgotten waiting receives: others still work, and later messages are still received.
#[test]
fn forgotten_receives() {
    within(20, || {
        for cap in CAPS {
            let (tx, rx) = open(cap);
            parked(rx.recv()).forget();
            let mut second = parked(rx.recv());
            parked(rx.recv()).forget();
            let sent = (0..4).take_while(|i| tx.try_send(*i).is_ok()).count();
            assert!(sent >= 2, "capacity {cap:?}: {sent}");
            assert_eq!(second.ready(), Ok(0), "the second message wakes the second receiver");
            for i in 1..sent {
                assert_eq!(rx.try_recv(), Ok(i), "capacity {cap:?}");
            }
            assert_eq!(hand(tx.closed()).settle(), None);
            drop(second);
            drop(tx);
            assert_eq!(hand(rx.recv()).now(), Err(RecvError));
        }
    });
}

/// Forgotten waiting sends: others still work; a forgotten message may arrive, once, in its place.
#[test]
fn forgotten_sends() {
    within(20, || {
        for cap in [0, 1, 2, 3, 64] {
            let book = Ledger::new(cap + 4);
            let (tx, rx) = full(cap, |i| book.item(i));
            parked(tx.send(book.item(cap))).forget();
            let mut second = parked(tx.send(book.item(cap + 1)));
            parked(tx.send(book.item(cap + 2))).forget();
            let mut third = parked(tx.send(book.item(cap + 3)));
            let mut got = Vec::new();
            while let Ok(item) = rx.try_recv() {
                got.push(item.receive());
            }
            assert!(got.is_sorted());
            for must in (0..cap).chain([cap + 1, cap + 3]) {
                assert!(got.contains(&must), "capacity {cap}: {must} is missing of {got:?}");
            }
            assert!(second.ready().is_ok() && third.ready().is_ok());
            drop((second, third));
            drop((tx, rx));
        }
    });
}

/// Forgotten waiters of every kind, and then the channel goes: no hang, no crash.
#[test]
fn forgotten_waiters_and_the_end() {
    within(20, || {
        for cap in CAPS {
            for how in 0..3 {
                let (tx, rx) = open::<u64>(cap);
                parked(rx.recv()).forget();
                parked(tx.closed()).forget();
                parked(tx.send_acked(1)).forget();
                let mut batch = Vec::new();
                let _ = hand(rx.recv_many(&mut batch, 1)).settle();
                match how {
                    0 => assert!(tx.cancel()),
                    1 => drop(rx),
                    _ => drop(tx),
                }
            }
        }
    });
}
