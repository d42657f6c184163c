//! Selects that are given up, polled again, moved: whatever they were part of is as if they had
//! never been there, or they have taken effect.

#![forbid(unsafe_code)]

use std::time::Duration;

use strait::channel::{RecvError, TryRecvError, never, unbounded};
use strait::select;
use strait::select::after;

use super::forms::{Done, SMALL, either, full, kinds, send_either, send_or_recv, slot_or_recv};
use crate::support::hand::{block_on, hand, parked, poll_once};
use crate::support::payload::Ledger;
use crate::support::wake::Probe;
use crate::support::watch::{thread, within};

/// S12: with all arms off it waits for ever, and can be given up.
#[test]
fn all_arms_off() {
    let rx = never::<u8>();
    let nothing: Option<std::future::Ready<u8>> = None;
    let mut select = parked(async {
        select! {
            _ = rx.recv(), if rx.is_closed() => 1,
            _ = nothing => 2,
            _ = Some(&rx).filter(|rx| rx.is_closed()).map(|rx| rx.recv()) => 3,
        }
    });
    rx.close();
    select.asleep();
    select.park();
    drop(select);
}

/// S15: given up after any number of polls, and woken or not: all objects are clean.
#[test]
fn given_up_at_any_poll() {
    for kind in kinds(SMALL) {
        for polls in 0..12 {
            let book = Ledger::new(100);
            let (a, b) = (kind.open(), unbounded());
            let there = (0..kind.cap.unwrap_or(0))
                .take_while(|i| a.0.try_send(book.item(*i)).is_ok())
                .count();
            let mut slot = Some(book.item(50));
            let unready = kind.cap.is_none();
            let mut select = hand(async {
                select! {
                    sent = a.0.send_ref(&mut slot), if !unready => Done::Sent(sent),
                    got = b.1.recv() => Done::Got(got),
                    _ = after(Duration::from_secs(1000)) => unreachable!(),
                    () = std::future::pending() => unreachable!(),
                }
            });
            for _ in 0..polls {
                assert!(select.poll().is_pending());
            }
            if polls % 3 == 2 {
                b.0.try_send(book.item(60 + polls)).unwrap();
            }
            drop(select);
            assert_eq!(slot.take().map(|item| item.take_back()), Some(50), "{kind:?}, {polls}");
            assert_eq!((a.0.len(), b.0.len()), (there, usize::from(polls % 3 == 2)));
            for i in 0..there {
                assert_eq!(a.1.try_recv().unwrap().receive(), i);
            }
            assert!(a.1.try_recv().is_err());
            assert_eq!(a.0.try_send(book.item(70)).is_ok(), kind.cap != Some(0), "{kind:?}");
            drop((a, b));
            book.settle(false);
        }
    }
}

/// A send that was given room and is given up leaves the room to the next one in line.
#[test]
fn an_admitted_send_leaves_its_room() {
    for kind in kinds([Some(1), Some(2)]) {
        for going in [1, 2, 33] {
            for to_a_select in [false, true] {
                let (tx, rx) = full(kind, |i| i);
                let idle = never::<u8>();
                let heads: Vec<_> =
                    (0..going).map(|_| parked(send_or_recv(&tx, 100, &idle))).collect();
                let mut last = parked(async {
                    if to_a_select {
                        assert_eq!(send_or_recv(&tx, 7, &idle).await, Done::Sent(Ok(())));
                    } else {
                        tx.send(7).await.unwrap();
                    }
                });
                assert_eq!(rx.try_recv(), Ok(0), "room for one");
                last.asleep();
                heads.into_iter().for_each(drop);
                last.ready();
                assert_eq!(rx.len(), kind.cap.unwrap(), "{kind:?}, after {going}");
                assert_eq!(rx.drain().last(), Some(7));
            }
        }
    }
}

/// A send that was taken and is given up has taken effect: received once, not given back.
#[test]
fn a_taken_send_is_sent_though_given_up() {
    for kind in kinds([Some(0)]) {
        let book = Ledger::new(2);
        let (tx, rx) = kind.open();
        let (mut x, mut y) = (Some(book.item(0)), Some(book.item(1)));
        let select = parked(send_either((&tx, &mut x), (&tx, &mut y)));
        let got = rx.try_recv().unwrap().receive();
        drop(select);
        assert_eq!((x.is_none(), y.is_none()), (got == 0, got == 1), "{kind:?}");
        book.sent(got);
        assert!(x.or(y).is_some_and(|item| item.take_back() == 1 - got));
        book.settle(true);
    }
}

/// A receive that a sender had counted on, given up: the message is for the next one.
#[test]
fn a_counted_on_receive_given_up() {
    for kind in kinds([Some(0)]) {
        let book = Ledger::new(1);
        let (tx, rx) = kind.open();
        let idle = never();
        let select = parked(either(&rx, &idle));
        assert!(tx.try_send(book.item(0)).is_ok(), "{kind:?}");
        book.sent(0);
        drop(select);
        assert_eq!(hand(rx.recv()).now().unwrap().receive(), 0, "{kind:?}");
        book.settle(true);
    }
}

/// With another waker at each poll: the last one is woken, the others are not, and not kept.
#[test]
fn polled_with_another_waker() {
    for kind in kinds([Some(0), Some(1)]) {
        for sends in [false, true] {
            let (a, b) = (full(kind, |i| i), kind.open());
            let mut slot = Some(9);
            let select = parked(slot_or_recv(&a.0, &mut slot, &b.1));
            let mut select = select.into_inner();
            let (old, new) = (Probe::default(), Probe::default());
            for probe in [&old, &new, &old, &new] {
                assert!(poll_once(select.as_mut(), &probe.waker()).is_pending());
            }
            assert_eq!(old.held(), 0, "{kind:?}: a waker of an earlier poll is kept");
            if sends {
                assert_eq!(b.0.try_send(1), Ok(()));
            } else {
                assert_eq!(a.1.drain().last(), Some(9), "{kind:?}");
            }
            assert_eq!((old.count(), new.count() > 0), (0, true), "{kind:?}, {sends}");
            let want = if sends { Done::Got(Ok(1)) } else { Done::Sent(Ok(())) };
            assert_eq!(hand(select).now(), want);
            assert_eq!(new.held(), 0, "{kind:?}: a waker is kept at the end");
        }
    }
}

/// Polled again without reason, any number of times, it keeps its place and takes nothing.
#[test]
fn polled_without_reason() {
    for kind in kinds([Some(0), Some(1)]) {
        let (a, b) = (full(kind, |i| i), kind.open::<u8>());
        let mut select = parked(send_or_recv(&a.0, 9, &b.1));
        let mut behind = parked(a.0.send(10));
        for _ in 0..100 {
            select.asleep();
            select.park();
        }
        behind.asleep();
        let want: Vec<_> = (0..kind.cap.unwrap()).chain([9, 10]).collect();
        assert!(a.1.drain().eq(want), "{kind:?}: it lost its place");
        assert_eq!(select.ready(), Done::Sent(Ok(())));
        assert_eq!(behind.ready(), Ok(()));
    }
}

/// Begun in one thread, ended in another, and given up in a third.
#[test]
fn moved_to_another_task() {
    within(10, || {
        for kind in kinds([Some(0), Some(1)]) {
            for given_up in [false, true] {
                let (a, b) = (full(kind, |i| i), kind.open::<u8>());
                let (to, from) = (a.0.clone(), b.1.clone());
                let select = parked(async move { send_or_recv(&to, 9, &from).await });
                let select = select.into_inner();
                if given_up {
                    thread(move || drop(select)).join().unwrap();
                    assert_eq!(a.1.drain().count(), kind.cap.unwrap(), "{kind:?}");
                    continue;
                }
                let other = thread(move || block_on(select));
                let cap = kind.cap.unwrap();
                for want in (0..cap).chain([9]) {
                    assert_eq!(a.1.recv_blocking(), Ok(want), "{kind:?}");
                }
                assert_eq!(other.join().unwrap(), Done::Sent(Ok(())));
            }
        }
    });
}

/// S26: given up while the body of the chosen arm waits: the message is the body's, and goes with
/// it; the arms were let go before.
#[test]
fn given_up_in_a_body() {
    for kind in kinds(SMALL) {
        let book = Ledger::new(3);
        let (a, b) = (kind.open(), kind.open());
        let mut select = hand(async {
            select! {
                got = a.1.recv() => {
                    std::future::pending::<()>().await;
                    drop(got);
                }
                _ = b.1.recv() => unreachable!(),
            }
        });
        select.park();
        assert!(a.0.try_send(book.item(0)).is_ok());
        select.park();
        assert_eq!((a.0.len(), book.live()), (0, 1), "{kind:?}");
        assert_eq!(b.0.try_send(book.item(1)).is_ok(), kind.cap != Some(0), "{kind:?}");
        drop(select);
        let left = usize::from(kind.cap != Some(0));
        assert_eq!(book.live(), left as i64, "{kind:?}");
        assert_eq!(b.1.drain().map(|item| item.receive()).sum::<usize>(), left);
        drop((a, b));
        book.settle(false);
    }
}

/// Given up at the moment of the wake, in another thread: nothing is lost, nothing is doubled.
#[test]
fn given_up_at_the_same_time() {
    within(30, || {
        for kind in kinds([Some(0), Some(1)]) {
            for _ in 0..crate::support::watch::scaled(150) {
                let book = Ledger::new(3);
                let (tx, rx) = full(kind, |i| book.item(i));
                let mut slot = Some(book.item(2));
                let idle = never::<u8>();
                let select = parked(slot_or_recv(&tx, &mut slot, &idle));
                let got = std::thread::scope(|threads| {
                    let taker = threads.spawn(|| rx.drain().map(|item| item.receive()).max());
                    drop(select);
                    taker.join().unwrap()
                });
                let is_sent = got == Some(2) && kind.cap.unwrap() < 3;
                let left = rx.drain().map(|item| item.receive()).max();
                if let Some(item) = slot {
                    assert!(!is_sent, "{kind:?}: received and given back");
                    item.take_back();
                } else {
                    assert!(is_sent || left == Some(2), "{kind:?}: gone");
                    book.sent(2);
                }
                assert_eq!(rx.try_recv().err(), Some(TryRecvError::Empty));
                book.settle(true);
            }
        }
    });
}

/// The same for receives: the message is there for the next one.
#[test]
fn given_up_at_the_same_time_as_a_message() {
    within(30, || {
        for kind in kinds([Some(0), Some(1)]) {
            for round in 0..crate::support::watch::scaled(150) {
                let (tx, rx) = kind.open();
                let idle = never();
                let select = parked(either(&rx, &idle));
                let mut next = parked(rx.recv());
                let is_sent = std::thread::scope(|threads| {
                    let sender = threads.spawn(|| tx.try_send(round).is_ok());
                    drop(select);
                    sender.join().unwrap()
                });
                assert!(is_sent, "{kind:?}: a receiver waits all the time");
                assert_eq!(next.ready(), Ok(round), "{kind:?}");
                drop(next);
                drop(tx);
                assert_eq!(rx.recv_blocking(), Err(RecvError));
            }
        }
    });
}
