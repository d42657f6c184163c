//! S14: selects take no memory, however many there were, and however often they waited beside a
//! channel that never was ready.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use strait::channel::{Sender, bounded, never, rendezvous};
use strait::{select, select_biased, select_blocking, select_blocking_biased};

use super::forms::{either, full, send_either, slot_or_recv};
use crate::support::alloc::{Blocks, allocations, balanced};
use crate::support::caps::Kind;
use crate::support::hand::poll_once;
use crate::support::wake::Probe;
use crate::support::watch::{scaled, thread, within};

const ROUNDS: usize = 1_000_000;

/// How many seconds those may take: 7 on a core of its own, and ten times as many on a busy machine.
const LIMIT: u64 = 300;

/// Where a round is slower, so that all of these together take a few seconds.
const FEWER: usize = 100_000;

/// Polls until it waits in earnest.
fn wait<F: Future>(mut select: Pin<&mut F>, probe: &Probe) {
    let waker = probe.waker();
    loop {
        let before = probe.count();
        assert!(poll_once(select.as_mut(), &waker).is_pending());
        if probe.count() == before {
            return;
        }
    }
}

/// Runs a number of rounds, and says by how much the live bytes have swung meanwhile, after the
/// first hundredth of them, by which every segment that is needed has been made.
fn swing(blocks: &Blocks, rounds: usize, mut round: impl FnMut(usize)) -> i64 {
    let rounds = scaled(rounds);
    (0..(rounds / 100).max(1_000)).for_each(&mut round);
    let (mut least, mut most) = (blocks.bytes(), blocks.bytes());
    for step in 0..99 {
        (0..rounds / 100).for_each(|i| round(step + i));
        (least, most) = (least.min(blocks.bytes()), most.max(blocks.bytes()));
    }
    most - least
}

/// Runs that on a thread of its own, of which nothing may be left; says by how much it swung.
#[track_caller]
fn swing_of(what: &str, run: impl FnOnce(&Blocks) -> i64 + Send) -> i64 {
    let blocks = Blocks::new();
    let swing = std::thread::scope(|threads| {
        let run = threads.spawn(|| {
            let _entered = blocks.enter();
            run(&blocks)
        });
        run.join().unwrap()
    });
    println!("{what}: {swing} bytes, {} blocks asked for", blocks.total());
    assert_eq!((blocks.live(), blocks.bytes()), (0, 0), "{what}: left at the end");
    swing
}

/// A receive that is never ready, in a task: flat to the byte.
#[test]
fn a_receive_that_is_never_ready() {
    within(LIMIT, || {
        let swing = swing_of("a receive, tasks", |blocks| {
            let idle = never::<[u8; 64]>();
            let (tx, rx) = bounded(1);
            let probe = Probe::default();
            swing(blocks, ROUNDS, |_| {
                let mut select = pin!(either(&idle, &rx));
                wait(select.as_mut(), &probe);
                tx.try_send([0; 64]).unwrap();
                assert!(poll_once(select, &probe.waker()).is_ready());
            })
        });
        assert_eq!(swing, 0);
    });
}

/// A send on a full channel, in a task: a place that is the last in line goes when it is given up.
#[test]
fn a_send_that_is_never_ready() {
    within(LIMIT, || {
        for cap in [0, 1] {
            let what = format!("a send, tasks, capacity {cap}");
            let swing = swing_of(&what, |blocks| {
                let (full, held) = full(Kind::usual(Some(cap)), |_| [0; 64]);
                let (tx, rx) = bounded(1);
                let probe = Probe::default();
                let mut slot = Some([1; 64]);
                let rounds = if cap == 1 { ROUNDS } else { FEWER };
                let swing = swing(blocks, rounds, |_| {
                    let mut select = pin!(slot_or_recv(&full, &mut slot, &rx));
                    wait(select.as_mut(), &probe);
                    tx.try_send(()).unwrap();
                    assert!(poll_once(select, &probe.waker()).is_ready());
                });
                assert!(slot.is_some());
                assert_eq!(held.drain().count(), cap);
                swing
            });
            assert_eq!(swing, 0, "{what}");
        }
    });
}

/// A future that makes a thread wait once, and is ready then: no other thread is needed.
fn second_time() -> impl Future<Output = ()> {
    let polls = Cell::new(0);
    poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        if polls.get() > 2 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Both, in a thread: it parks, with the arms in their lists, and is woken.
#[test]
fn in_a_thread() {
    within(60, || {
        let swing_of_receives = swing_of("a receive, threads", |blocks| {
            let idle = never::<u8>();
            swing(blocks, FEWER / 10, |_| {
                select_blocking_biased! {
                    _ = idle.recv() => unreachable!(),
                    () = second_time() => {},
                }
            })
        });
        assert_eq!(swing_of_receives, 0);
        let swing_of_sends = swing_of("a send, threads", |blocks| {
            let (full, _held) = full(Kind::usual(Some(1)), |_| 0);
            swing(blocks, FEWER / 10, |i| {
                select_blocking_biased! {
                    _ = full.send(i) => unreachable!(),
                    () = second_time() => {},
                }
            })
        });
        assert_eq!(swing_of_sends, 0);
    });
}

/// A select that never waited in vain: no block at all, waiting or not.
#[test]
fn no_block_for_a_select() {
    const COUNT: usize = 10_000;
    let idle = never::<usize>();
    let (tx, rx) = bounded(1);
    let (zero_tx, zero_rx) = rendezvous();
    let probe = Probe::default();
    let waker = probe.waker();
    let without_a_block = |what: &str, f: &mut dyn FnMut(usize)| {
        (0..COUNT).for_each(&mut *f);
        let (count, ()) = allocations(|| (0..COUNT).for_each(&mut *f));
        assert_eq!(count, 0, "{what}: blocks for {COUNT} selects");
    };
    without_a_block("ready", &mut |i| {
        tx.try_send(i).unwrap();
        let mut select = pin!(either(&idle, &rx));
        assert!(poll_once(select.as_mut(), &waker).is_ready());
    });
    without_a_block("waiting to receive", &mut |i| {
        let mut select = pin!(either(&zero_rx, &rx));
        wait(select.as_mut(), &probe);
        tx.try_send(i).unwrap();
        assert!(poll_once(select.as_mut(), &waker).is_ready());
    });
    without_a_block("decided by a sender", &mut |i| {
        let mut select = pin!(either(&zero_rx, &rx));
        wait(select.as_mut(), &probe);
        zero_tx.try_send(i).unwrap();
        assert!(poll_once(select.as_mut(), &waker).is_ready());
    });
    without_a_block("decided by a receiver", &mut |i| {
        let (mut slot, done) = (Some(i), idle.try_recv().is_err());
        let mut select = pin!(slot_or_recv(&zero_tx, &mut slot, &idle));
        wait(select.as_mut(), &probe);
        assert!(done && zero_rx.try_recv() == Ok(i));
        assert!(poll_once(select.as_mut(), &waker).is_ready());
    });
    without_a_block("in a thread", &mut |i| {
        tx.try_send(i).unwrap();
        select_blocking! { _ = idle.recv() => unreachable!(), got = rx.recv() => assert_eq!(got, Ok(i)) }
    });
    without_a_block("in a thread that parks", &mut |_| {
        select_blocking! { _ = idle.recv() => unreachable!(), () = second_time() => {} }
    });
}

/// Nor for a send that waited and lost.
#[test]
fn no_block_for_lost_sends() {
    const COUNT: usize = 10_000;
    for cap in [0, 1, 2] {
        let (full, _held) = full(Kind::usual(Some(cap)), |i| i);
        let idle = never::<u8>();
        let probe = Probe::default();
        let mut lose = |i: usize| {
            let mut slot = Some(i);
            wait(pin!(slot_or_recv(&full, &mut slot, &idle)), &probe);
        };
        (0..COUNT).for_each(&mut lose);
        let (count, ()) = allocations(|| (0..COUNT).for_each(&mut lose));
        assert_eq!(count, 0, "capacity {cap}: {count} blocks for {COUNT} lost sends");
    }
}

/// What is made in a scenario goes with it: channels, selects, alarms, messages.
#[test]
fn nothing_is_left() {
    within(30, || {
        balanced(|| {
            let probe = Probe::default();
            for kind in super::forms::kinds([Some(0), Some(1), Some(2)]) {
                let (a, b) = (full(kind, |_| vec![1; 9]), full(kind, |_| vec![2; 9]));
                let (mut x, mut y) = (Some(vec![3; 9]), Some(vec![4; 9]));
                wait(pin!(send_either((&a.0, &mut x), (&b.0, &mut y))), &probe);
                let mut select = pin!(async {
                    select! {
                        sent = a.0.send(vec![5; 9]) => sent.is_ok(),
                        sent = b.0.send_acked(vec![6; 9]) => sent.is_ok(),
                        () = async {
                            let kept = vec![7; 9];
                            std::future::pending::<()>().await;
                            drop(kept);
                        } => false,
                    }
                });
                wait(select.as_mut(), &probe);
                while a.1.try_recv().is_ok() {}
                assert!(poll_once(select, &probe.waker()).is_ready());
            }
        });
        balanced(|| {
            let (tx, rx): (Sender<Box<u8>>, _) = bounded(0);
            let other = thread(move || select_biased_in_thread(&tx));
            assert!(rx.recv_blocking().is_ok());
            other.join().unwrap();
        });
    });
}

fn select_biased_in_thread(tx: &Sender<Box<u8>>) {
    let idle = never::<u8>();
    crate::support::hand::block_on(async {
        select_biased! {
            _ = idle.recv() => unreachable!(),
            sent = tx.send(Box::new(1)) => sent.unwrap(),
        }
    });
}
