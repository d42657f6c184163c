//! Futures of anybody as arms: polled in place, dropped when they lose, and free to do as they
//! like while they are polled.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::task::Poll;
use std::time::Duration;

use strait::channel::{TryRecvError, bounded, never, rendezvous, unbounded};
use strait::select::next;
use strait::{select, select_biased, select_blocking};

use super::forms::{Done, FORMS, full, kinds, select_as};
use crate::support::hand::{block_on, hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::{scaled, thread, within};

/// S4: completed by a job, a deferred value, a lock, all of another library, for tasks and threads.
#[test]
fn jobs_deferred_values_and_locks() {
    within(10, || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let idle = never::<u8>();
        for form in FORMS {
            let job = runtime.spawn(async { 1 });
            let got = select_as!(form, { job = job => job.unwrap(), _ = idle.recv() => 0 });
            assert_eq!(got, 1, "{form:?}");
            let failing = runtime.spawn(async { std::panic::resume_unwind(Box::new(7)) });
            let failed = select_as!(form, {
                job = failing => job.map(|(): ()| ()).unwrap_err().is_panic(),
                _ = idle.recv() => false,
            });
            assert!(failed, "{form:?}");
            let (tx, rx) = tokio::sync::oneshot::channel();
            let teller = thread(move || tx.send(2).unwrap());
            let got = select_as!(form, { told = rx => told.unwrap(), _ = idle.recv() => 0 });
            assert_eq!(got, 2, "{form:?}");
            teller.join().unwrap();
            let lock = tokio::sync::Mutex::new(3);
            let guard = lock.try_lock().unwrap();
            let arm = select_as!(form, { _ = lock.lock() => 0, default => 9 });
            assert_eq!(arm, 9, "{form:?}");
            drop(guard);
            let got = select_as!(form, { guard = lock.lock() => *guard, _ = idle.recv() => 0 });
            assert_eq!((got, lock.try_lock().is_ok()), (3, true), "{form:?}");
        }
    });
}

/// S22, in our reading: a future begins when it is polled, not before, and not if it need not.
#[test]
fn a_future_begins_when_it_is_polled() {
    let begun = Cell::new(0);
    let lazy = || async {
        begun.set(begun.get() + 1);
        pending::<()>().await;
    };
    let (tx, rx) = unbounded();
    tx.try_send(1).unwrap();
    block_on(async {
        select_biased! { _ = rx.recv() => {}, () = lazy() => {} }
    });
    assert_eq!(begun.get(), 0);
    parked(async {
        select_biased! { _ = rx.recv() => {}, () = lazy() => {} }
    });
    assert_eq!(begun.get(), 1);
}

/// A future that lost is dropped, before the body; one that won too.
#[test]
fn a_loser_is_dropped() {
    for wins in [false, true] {
        let book = Ledger::new(2);
        let (a, b) = (book.item(0), book.item(1));
        let first = async move {
            if !wins {
                pending::<()>().await;
            }
            a.receive()
        };
        let second = async move {
            if wins {
                pending::<()>().await;
            }
            b.receive()
        };
        let got = block_on(async {
            select! {
                got = first => { assert_eq!(book.live(), 0); got }
                got = second => { assert_eq!(book.live(), 0); got }
            }
        });
        assert_eq!(got, usize::from(!wins));
        assert_eq!(book.settle(false).vanished, 1);
    }
}

/// One that is lent goes on in the next select: nothing of it is lost.
#[test]
fn a_lent_future_goes_on() {
    let (tx, rx) = unbounded();
    let steps = Cell::new(0);
    let mut slow = Box::pin(async {
        for _ in 0..5 {
            steps.set(steps.get() + 1);
            let mut first = true;
            poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) })
                .await;
        }
        "done"
    });
    let mut messages = 0;
    let word = block_on(async {
        loop {
            tx.try_send(0).unwrap();
            select_biased! {
                word = &mut slow => break word,
                got = rx.recv() => { got.unwrap(); messages += 1 }
            }
        }
    });
    assert_eq!((word, messages, steps.get()), ("done", 5, 5));
}

/// A future that is ready, and a send that was taken, before the same poll: the send it is, and
/// the future is not asked, so its output is still in it.
#[test]
fn ready_and_taken_at_the_same_time() {
    for kind in kinds([Some(0)]) {
        let (tx, rx) = kind.open();
        let (tell, mut told) = tokio::sync::oneshot::channel();
        let mut slot = Some(1);
        let mut select = parked(async {
            select_biased! {
                told = &mut told => Done::Got(Ok::<i32, _>(told.unwrap())),
                sent = tx.send_ref(&mut slot) => Done::Sent(sent),
            }
        });
        tell.send(2).unwrap();
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(select.ready(), Done::Sent(Ok(())), "{kind:?}");
        drop(select);
        assert_eq!((slot, block_on(told)), (None, Ok(2)));
    }
}

/// The same from two threads, again and again: exactly one of both.
#[test]
fn ready_or_taken() {
    within(30, || {
        for kind in kinds([Some(0), Some(1)]) {
            for round in 0..scaled(150) {
                let (tx, rx) = full(kind, |_| 0);
                let (tell, mut told) = tokio::sync::oneshot::channel();
                let teller = thread(move || tell.send(2));
                let taker = {
                    let rx = rx.clone();
                    thread(move || {
                        (0..3).map(|_| rx.try_recv()).filter(|got| *got == Ok(1)).count()
                    })
                };
                let mut slot = Some(1);
                let is_sent = if round % 2 == 0 {
                    block_on(async {
                        select! {
                            got = &mut told => { assert_eq!(got, Ok(2)); false }
                            sent = tx.send_ref(&mut slot) => { sent.unwrap(); true }
                        }
                    })
                } else {
                    select_blocking! {
                        sent = tx.send_ref(&mut slot) => { sent.unwrap(); true }
                        got = &mut told => { assert_eq!(got, Ok(2)); false }
                    }
                };
                teller.join().unwrap().unwrap();
                let taken = taker.join().unwrap() + rx.drain().filter(|got| *got == 1).count();
                assert_eq!((taken == 1, slot.is_none()), (is_sent, is_sent), "{kind:?}");
                if is_sent {
                    assert_eq!(block_on(told), Ok(2), "an output is lost");
                }
            }
        }
    });
}

/// S18: a future that, while it is polled, uses the channels of its own select in every way: no
/// hang, and what others see is true.
#[test]
fn a_future_that_uses_the_channels_of_its_select() {
    within(20, || {
        for kind in kinds([Some(0), Some(1)]) {
            for what in 0..8 {
                let (a, b) = (full(kind, |i| i), kind.open());
                let mut slot = Some(77);
                let mut inside = Vec::new();
                let meddle = poll_fn(|cx| {
                    let before = inside.len();
                    match what {
                        0 => inside.extend(a.1.try_recv()),
                        1 => drop(b.0.try_send(5)),
                        2 => drop(hand(a.1.recv()).poll()),
                        3 => drop(hand(b.0.send(5)).poll()),
                        4 => inside.extend(a.1.recv_timeout(Duration::from_millis(1))),
                        5 => drop(b.0.send_timeout(5, Duration::from_millis(1))),
                        6 => drop((a.0.try_send(6), b.1.try_recv())),
                        _ => inside.extend(select_blocking! {
                            got = a.1.recv() => got.ok(),
                            _ = b.0.send(5) => None,
                            default => None,
                        }),
                    }
                    if inside.len() != before {
                        cx.waker().wake_by_ref();
                    }
                    Poll::<()>::Pending
                });
                let mut select = hand(async {
                    select! {
                        sent = a.0.send_ref(&mut slot) => Done::Sent(sent),
                        got = b.1.recv() => Done::Got(got),
                        () = meddle => unreachable!(),
                    }
                });
                let mut done = None;
                for _ in 0..20 {
                    done = done.or_else(|| match select.poll() {
                        Poll::Ready(done) => Some(done),
                        Poll::Pending => None,
                    });
                    if done.is_some() {
                        break;
                    }
                }
                // From outside it can still be completed, if it was not from inside.
                if done.is_none() {
                    let got: Vec<_> = a.1.drain().collect();
                    done = select.settle();
                    assert!(
                        done.is_some() || got.is_empty() || !got.contains(&77),
                        "{kind:?} {what}"
                    );
                }
                drop(select);
                let taken = inside
                    .iter()
                    .chain(&a.1.drain().collect::<Vec<_>>())
                    .filter(|n| **n == 77)
                    .count();
                match done {
                    Some(Done::Sent(sent)) => {
                        assert_eq!((sent, slot), (Ok(()), None), "{kind:?} {what}")
                    }
                    Some(Done::Got(got)) => {
                        assert_eq!((got, slot, taken), (Ok(5), Some(77), 0), "{kind:?} {what}");
                    }
                    None => assert_eq!((slot, taken), (Some(77), 0), "{kind:?} {what}"),
                }
            }
        }
    });
}

/// S18, S19: a counterpart that comes while the select runs a future is not held up, loses nothing,
/// and is served once, by the select or later.
#[test]
fn a_counterpart_while_it_runs_a_future() {
    for kind in kinds([Some(0)]) {
        let (a, b) = (kind.open(), kind.open());
        let (tried, got) = (Cell::new(Vec::new()), Cell::new(Vec::new()));
        let mut slot = Some(1);
        let mut select = hand(async {
            select! {
                sent = a.0.send_ref(&mut slot) => Done::Sent(sent),
                got = b.1.recv() => Done::Got(got),
                () = poll_fn(|_| {
                    let mut list = tried.take();
                    list.push(b.0.try_send(2).is_ok());
                    tried.set(list);
                    let mut list = got.take();
                    list.extend(a.1.try_recv());
                    got.set(list);
                    Poll::Pending
                }) => unreachable!(),
            }
        });
        let first = select.settle();
        assert!(tried.take().iter().all(|sent| !sent), "{kind:?}: nobody waits, it runs");
        assert_eq!((first, got.take()), (None, vec![]), "{kind:?}");
        // And when it waits again, it is found.
        assert_eq!(a.1.try_recv(), Ok(1), "{kind:?}");
        assert_eq!(select.ready(), Done::Sent(Ok(())), "{kind:?}");
        drop(select);
        assert_eq!((slot, b.1.try_recv()), (None, Err(TryRecvError::Empty)));
    }
}

/// A receive wrapped in a future, on the channel that the select sends to: it does not meet the
/// select's own message half-way.
#[test]
fn a_wrapped_receive_beside_a_send() {
    within(10, || {
        for kind in kinds([Some(0), Some(1)]) {
            let book = Ledger::new(3);
            let (tx, rx) = full(kind, |i| book.item(i));
            let mut slot = Some(book.item(2));
            let mut select = hand(async {
                select! {
                    sent = tx.send_ref(&mut slot) => Done::Sent(sent),
                    got = async { rx.recv().await } => Done::Got(got),
                }
            });
            let mut polls = 0;
            let done = loop {
                polls += 1;
                assert!(polls < 1000, "{kind:?}: it wakes itself for ever");
                match select.poll() {
                    Poll::Ready(done) => break Some(done),
                    Poll::Pending if !select.woken() => break None,
                    Poll::Pending => {}
                }
            };
            drop(select);
            match done {
                Some(Done::Got(got)) => assert!(got.unwrap().receive() < 2),
                Some(Done::Sent(sent)) => {
                    sent.unwrap();
                    book.sent(2);
                }
                None => {}
            }
            if let Some(item) = slot {
                item.take_back();
            }
            assert!(rx.drain().all(|item| item.receive() < 3));
            book.settle(true);
        }
    });
}

/// Streams, by `next`: a receiver, item by item, to its end; nothing is taken when it loses.
#[test]
fn streams() {
    within(10, || {
        for form in FORMS {
            let (tx, mut events) = unbounded();
            let (other, others) = bounded(1);
            (0..3).for_each(|i| tx.try_send(i).unwrap());
            drop(tx);
            other.try_send(()).unwrap();
            let (mut seen, mut turns) = (Vec::new(), 0);
            loop {
                let more = select_as!(form, {
                    event = next(&mut events) => match event {
                        Some(event) => { seen.push(event); true }
                        None => false,
                    },
                    _ = others.recv(), if turns == 0 => { turns += 1; true }
                });
                if !more {
                    break;
                }
            }
            assert_eq!(seen, [0, 1, 2], "{form:?}");
        }
        let (tx, mut events) = rendezvous();
        let mut select = parked(async {
            select! {
                event = next(&mut events) => event,
                () = pending() => None,
            }
        });
        tx.try_send(5).unwrap();
        assert_eq!(select.ready(), Some(5));
    });
}

/// Futures alone, without a channel; and many of them.
#[test]
fn futures_alone() {
    for form in FORMS {
        let got = select_as!(form, {
            () = pending() => 0,
            n = ready(1) => n,
            n = Some(pending()) => n,
        });
        assert_eq!(got, 1, "{form:?}");
    }
    // Polled as seldom as can be: once a poll of the select.
    let polls = Cell::new(0);
    let mut select = hand(async {
        select! {
            () = poll_fn(|_| { polls.set(polls.get() + 1); Poll::Pending }) => {},
            () = pending() => {},
        }
    });
    for want in 1..5 {
        assert!(select.poll().is_pending());
        assert_eq!(polls.get(), want);
    }
}
