//! Panics of the user's code in a select: in a body, in a future, in a guard, in a waker. They come
//! out, and nothing else is harmed.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::channel::{never, unbounded};
use strait::select;
use strait::select::after;

use super::forms::{Done, FORMS, either, full, kinds, select_as, slot_or_recv};
use crate::support::hand::{hand, parked, poll_once};
use crate::support::payload::{Bomb, Ledger};
use crate::support::raw_waker::{Asked, hooked};
use crate::support::wake::{Probe, acting};
use crate::support::watch::within;

fn broken() -> bool {
    panic!("in a guard")
}

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// S20: a panic in a body: the message was the body's; the losers are as they were.
#[test]
fn in_a_body() {
    within(10, || {
        for kind in kinds([Some(0), Some(1), Some(2)]) {
            for form in FORMS {
                let (a, b) = (full(kind, |i| i), unbounded());
                b.0.try_send(5).unwrap();
                let mut slot = Some(9);
                assert!(panics(|| select_as!(form, {
                    _ = a.0.send_ref(&mut slot) => unreachable!(),
                    got = b.1.recv() => panic!("in the body, with {got:?}"),
                })));
                assert_eq!((slot, b.0.len()), (Some(9), 0), "{kind:?} {form:?}");
                assert!(a.1.drain().eq(0..kind.cap.unwrap()));
                b.0.try_send(6).unwrap();
                assert_eq!(b.1.try_recv(), Ok(6));
            }
        }
    });
}

/// A panic in a guard or in an operation, when other arms are made already: their values are dropped.
#[test]
fn in_a_guard() {
    for form in FORMS {
        let book = Ledger::new(1);
        let (tx, rx) = unbounded();
        assert!(panics(|| select_as!(form, {
            _ = tx.send(book.item(0)) => unreachable!(),
            _ = rx.recv(), if broken() => unreachable!(),
        })));
        assert_eq!((book.live(), tx.len()), (0, 0), "{form:?}");
    }
}

/// A panic in the poll of a future, at the first poll or a later one: the arms leave their lists.
#[test]
fn in_a_future() {
    for kind in kinds([Some(0), Some(1), Some(2)]) {
        for at in 1..4 {
            let (a, b) = (full(kind, |i| i), kind.open::<u8>());
            let mut slot = Some(9);
            let mut polls = 0;
            let mut select = hand(async {
                select! {
                    sent = a.0.send_ref(&mut slot) => Done::Sent(sent),
                    got = b.1.recv() => Done::Got(got),
                    () = poll_fn(|_| {
                        polls += 1;
                        assert!(polls < at, "in a poll");
                        std::task::Poll::Pending
                    }) => unreachable!(),
                }
            });
            let mut behind = None;
            let panicked = panics(|| {
                for _ in 0..20 {
                    assert!(select.poll().is_pending());
                    behind.get_or_insert_with(|| parked(a.0.send(10)));
                }
            });
            assert!(panicked);
            drop(select);
            assert_eq!(slot, Some(9), "{kind:?}, poll {at}");
            let cap = kind.cap.unwrap();
            let want = (0..cap).chain(behind.is_some().then_some(10));
            assert!(a.1.drain().eq(want), "{kind:?}, poll {at}");
            assert_eq!(b.0.try_send(1).is_ok(), cap > 0, "{kind:?}: demand is left");
        }
    }
}

/// The same in a thread.
#[test]
fn in_a_future_in_a_thread() {
    within(10, || {
        for kind in kinds([Some(0), Some(1)]) {
            for at in 1..4 {
                let (a, b) = (full(kind, |i| i), kind.open::<u8>());
                let mut slot = Some(9);
                let mut polls = 0;
                assert!(panics(|| strait::select_blocking! {
                    _ = a.0.send_ref(&mut slot) => {}
                    _ = b.1.recv() => {}
                    () = poll_fn(|cx| {
                        polls += 1;
                        assert!(polls < at, "in a poll");
                        cx.waker().wake_by_ref();
                        std::task::Poll::Pending
                    }) => unreachable!(),
                }));
                assert_eq!((slot, polls), (Some(9), at), "{kind:?}");
                assert!(a.1.drain().eq(0..kind.cap.unwrap()));
                // The thread can block again.
                assert!(b.1.recv_timeout(Duration::from_millis(1)).is_err());
            }
        }
    });
}

/// A loser whose drop panics: the panic comes out, the other losers are dropped.
#[test]
fn in_the_drop_of_a_loser() {
    for kind in kinds([Some(0), Some(1)]) {
        let book = Ledger::new(8);
        let bomb = |id, armed| Bomb { item: book.item(id), armed };
        let (tx, rx) = full(kind, |i| bomb(i, false));
        let (other, others) = unbounded();
        let mut select = parked(async {
            select! {
                sent = tx.send(bomb(3, false)) => drop(sent),
                sent = tx.send(bomb(4, true)) => drop(sent),
                sent = tx.send(bomb(5, false)) => drop(sent),
                _ = others.recv() => {}
            }
        });
        other.try_send(()).unwrap();
        assert!(panics(|| select.poll()), "{kind:?}");
        drop(select);
        assert_eq!(book.live(), kind.cap.unwrap() as i64, "{kind:?}");
        assert_eq!(rx.drain().count(), kind.cap.unwrap(), "{kind:?}");
        drop((tx, rx));
        book.settle(false);
    }
}

/// A waker that panics when it is woken: the message is there, or the send has taken effect.
#[test]
fn in_a_wake() {
    for kind in kinds([Some(0), Some(1)]) {
        for sends in [false, true] {
            let (a, b) = (full(kind, |i| i), kind.open());
            let mut slot = Some(9);
            let mut select = parked(slot_or_recv(&a.0, &mut slot, &b.1)).into_inner();
            assert!(poll_once(select.as_mut(), &acting(|| panic!("in a wake"))).is_pending());
            let mut got = Vec::new();
            if sends {
                let _ = catch_unwind(AssertUnwindSafe(|| b.0.try_send(1)));
            } else {
                for _ in 0..4 {
                    if let Ok(Ok(one)) = catch_unwind(AssertUnwindSafe(|| a.1.try_recv())) {
                        got.push(one);
                    }
                }
            }
            let done = hand(select).now();
            if sends {
                assert_eq!((done, slot), (Done::Got(Ok(1)), Some(9)), "{kind:?}");
            } else {
                assert_eq!((done, slot), (Done::Sent(Ok(())), None), "{kind:?}");
                // Only the message in the hands of the panic may be gone.
                assert!(got.len() >= kind.cap.unwrap(), "{kind:?}: {got:?}");
            }
            // The channels go on.
            let mut receive = parked(b.1.recv());
            assert_eq!(b.0.try_send(2), Ok(()), "{kind:?}");
            assert_eq!(receive.ready(), Ok(2));
        }
    }
}

/// A waker that panics when it is cloned or dropped, at any of these: the select can be given up,
/// and the channels go on.
#[test]
fn in_the_clone_or_drop_of_a_waker() {
    within(20, || {
        for kind in kinds([Some(0), Some(1)]) {
            for what in [Asked::Clone, Asked::Drop] {
                for at in 0..4 {
                    let (a, b) = (full(kind, |i| i), kind.open());
                    let asked = Arc::new(AtomicUsize::new(0));
                    let count = asked.clone();
                    let waker = hooked(move |now| {
                        let is_it = now == what && count.fetch_add(1, SeqCst) == at;
                        if is_it && !std::thread::panicking() {
                            panic!("in a waker");
                        }
                    });
                    let mut slot = Some(9);
                    let mut select = Box::pin(async {
                        select! {
                            sent = a.0.send_ref(&mut slot) => Done::Sent(sent),
                            got = b.1.recv() => Done::Got(got),
                            () = after(Duration::from_secs(1000)) => unreachable!(),
                        }
                    });
                    let mut panicked = false;
                    for _ in 0..20 {
                        panicked |= panics(|| poll_once(select.as_mut(), &waker));
                        if panicked {
                            break;
                        }
                    }
                    let again = Probe::default();
                    if !panicked {
                        let _ = panics(|| poll_once(select.as_mut(), &again.waker()));
                    }
                    let _ = panics(|| drop(select));
                    let _ = panics(|| drop(waker));
                    assert!(asked.load(SeqCst) > at.min(1), "{kind:?} {what:?}: it was not asked");
                    assert_eq!(slot, Some(9), "{kind:?} {what:?} {at}");
                    assert!(a.1.drain().eq(0..kind.cap.unwrap()), "{kind:?} {what:?} {at}");
                    let mut receive = parked(b.1.recv());
                    assert_eq!(b.0.try_send(2), Ok(()), "{kind:?} {what:?} {at}");
                    assert_eq!(receive.ready(), Ok(2));
                    assert_eq!(again.held(), 0);
                }
            }
        }
    });
}

/// A panic in the middle of a wait does not spoil the thread's next select.
#[test]
fn the_next_select_is_unharmed() {
    let idle = never::<u8>();
    let (tx, rx) = unbounded();
    for _ in 0..3 {
        assert!(panics(|| strait::select_blocking! {
            _ = idle.recv() => {},
            () = poll_fn(|_| panic!("in a poll")) => {},
        }));
        tx.try_send(1).unwrap();
        assert_eq!(hand(either(&idle, &rx)).now(), (1, Ok(1)));
        tx.try_send(2).unwrap();
        let got = strait::select_blocking! {
            got = rx.recv() => got,
            () = after(Duration::from_secs(10)) => unreachable!(),
        };
        assert_eq!(got, Ok(2));
    }
}
