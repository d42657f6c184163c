//! X17: no allocation for a message or for a wait. The segments of the channel are the only blocks,
//! and in a steady state they are used again.

#![forbid(unsafe_code)]

use std::pin::pin;

use strait::channel::{bounded, conflated, oneshot, unbounded};

use crate::support::alloc::{Blocks, allocations, balanced};
use crate::support::caps::{BUFFERED, CAPS, full, open};
use crate::support::hand::poll_once;
use crate::support::wake::Probe;
use crate::support::watch::{thread, within};

const MESSAGES: usize = 10_000;

/// Runs `f` once to warm up, then counts.
#[track_caller]
fn without_a_block(what: &str, mut f: impl FnMut()) {
    f();
    let (count, ()) = allocations(f);
    assert_eq!(count, 0, "{what}: blocks for {MESSAGES} messages");
}

/// One message after the other, by `try_`, by future, by thread.
#[test]
fn one_after_the_other() {
    for cap in BUFFERED.map(Some).into_iter().chain([None]) {
        let (tx, rx) = open(cap);
        without_a_block(&format!("try_send, capacity {cap:?}"), || {
            for i in 0..MESSAGES {
                tx.try_send(i).unwrap();
                assert_eq!(rx.try_recv(), Ok(i));
            }
        });
        let probe = Probe::default();
        let waker = probe.waker();
        without_a_block(&format!("futures, capacity {cap:?}"), || {
            for i in 0..MESSAGES {
                assert!(poll_once(pin!(tx.send(i)), &waker).is_ready());
                assert!(poll_once(pin!(rx.recv()), &waker).is_ready());
            }
        });
        without_a_block(&format!("blocking, capacity {cap:?}"), || {
            for i in 0..MESSAGES {
                tx.send_blocking(i).unwrap();
                assert_eq!(rx.recv_blocking(), Ok(i));
            }
        });
    }
}

/// A receive that waits, is woken, and takes its message.
#[test]
fn a_waiting_receive() {
    for cap in CAPS {
        let (tx, rx) = open(cap);
        let probe = Probe::default();
        let waker = probe.waker();
        without_a_block(&format!("capacity {cap:?}"), || {
            for i in 0..MESSAGES {
                let mut receive = pin!(rx.recv());
                for _ in 0..5 {
                    assert!(poll_once(receive.as_mut(), &waker).is_pending());
                }
                tx.try_send(i).unwrap();
                assert!(poll_once(receive.as_mut(), &waker).is_ready());
            }
        });
    }
}

/// A send that waits and is released; one that waits and is dropped.
#[test]
fn a_waiting_send() {
    for cap in [0, 1, 2, 3, 64] {
        for dropped in [false, true] {
            let (tx, rx) = full(cap, |i| i);
            let probe = Probe::default();
            let waker = probe.waker();
            let run = || {
                for i in 0..MESSAGES {
                    let mut send = pin!(tx.send(i));
                    for _ in 0..5 {
                        assert!(poll_once(send.as_mut(), &waker).is_pending());
                    }
                    if !dropped {
                        assert!(rx.try_recv().is_ok());
                        assert!(poll_once(send.as_mut(), &waker).is_ready());
                    }
                }
            };
            if dropped {
                run();
                // The list of segments grows now and then: one word for each segment of holes.
                let (count, ()) = allocations(run);
                assert!(count <= 2, "capacity {cap}: {count} blocks for {MESSAGES} dropped sends");
            } else {
                without_a_block(&format!("capacity {cap}"), run);
            }
        }
    }
}

/// Two threads that wait for each other at every message.
#[test]
fn two_threads() {
    within(60, || {
        for cap in [0, 1, 2, 64] {
            let blocks = Blocks::new();
            let entered = blocks.enter();
            let (there, here) = (bounded(cap), bounded(cap));
            let (echo_in, echo_out) = (there.1, here.0);
            let echo = thread(move || {
                while let Ok(i) = echo_in.recv_blocking() {
                    if echo_out.send_blocking(i).is_err() {
                        break;
                    }
                }
            });
            let round = |i| {
                there.0.send_blocking(i).unwrap();
                assert_eq!(here.1.recv_blocking(), Ok(i));
            };
            (0..200).for_each(round);
            let before = blocks.total();
            (0..2000).for_each(round);
            let count = blocks.total() - before;
            drop(there.0);
            echo.join().unwrap();
            drop(entered);
            assert!(count <= 4, "capacity {cap}: {count} blocks for 2000 round trips");
        }
    });
}

/// A burst takes a segment for at least 32 messages, and no more than that.
#[test]
fn a_burst_takes_segments() {
    for cap in [Some(MESSAGES), None] {
        let (count, channel) = allocations(|| {
            let (tx, rx) = open(cap);
            (0..MESSAGES).for_each(|i| tx.try_send(i).unwrap());
            (tx, rx)
        });
        assert!(count <= (MESSAGES / 32 + 16) as u64, "capacity {cap:?}: {count} blocks");
        drop(channel);
    }
}

/// A full buffer in a ring: filled and emptied again and again.
#[test]
fn a_ring() {
    for cap in BUFFERED {
        let (tx, rx) = bounded(cap);
        without_a_block(&format!("capacity {cap}"), || {
            for _ in 0..MESSAGES / cap {
                (0..cap).for_each(|i| tx.try_send(i).unwrap());
                assert!(rx.drain().eq(0..cap));
            }
        });
    }
    let (tx, rx) = conflated();
    without_a_block("conflated", || {
        for i in 0..MESSAGES {
            tx.push(i).unwrap();
            tx.push(i).unwrap();
            assert_eq!(rx.try_recv(), Ok(i));
        }
    });
}

/// Batches: the vector of the caller is the only one.
#[test]
fn batches() {
    let (tx, rx) = unbounded();
    let mut out = Vec::with_capacity(64);
    let mut queue = std::collections::VecDeque::with_capacity(64);
    without_a_block("batches", || {
        for _ in 0..MESSAGES / 50 {
            queue.extend(0..50);
            assert_eq!(tx.send_many_blocking(&mut queue), Ok(50));
            assert_eq!(rx.recv_many_blocking(&mut out, 64), Ok(50));
            out.clear();
        }
    });
}

/// An oneshot is one block, a channel a few; clones of ends are none.
#[test]
fn the_blocks_of_a_channel() {
    let (count, pair) = allocations(oneshot::<u64>);
    assert!(count <= 1, "{count} blocks for a oneshot");
    drop(pair);
    for cap in CAPS {
        let (count, (tx, rx)) = allocations(|| open::<u64>(cap));
        assert!(count <= 4, "{count} blocks for a channel of capacity {cap:?}");
        let (count, clones) = allocations(|| (tx.clone(), rx.clone(), tx.downgrade()));
        assert_eq!(count, 0);
        drop(clones);
        balanced(|| drop(open::<u64>(cap)));
    }
}
