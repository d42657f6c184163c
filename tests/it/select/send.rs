//! Sends as arms: in line like others, and never there if another arm was chosen.

#![forbid(unsafe_code)]

use strait::channel::{SendError, TryRecvError, TrySendError, unbounded};
use strait::{select, select_biased};

use super::forms::{
    Done, FORMS, TIGHT, full, kinds, select_as, send_either, send_or_recv, slot_or_recv,
};
use crate::support::hand::{block_on, hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::within;

/// U9: a message that was not sent is in its slot again, whether it was in line or not.
#[test]
fn a_lost_message_is_in_its_slot() {
    for kind in kinds(TIGHT.map(Some)) {
        for waits in [false, true] {
            let (tx, rx) = full(kind, |i| i);
            let (other, others) = unbounded();
            let mut slot = Some(77);
            if !waits {
                other.try_send(()).unwrap();
            }
            let mut select = hand(slot_or_recv(&tx, &mut slot, &others));
            if waits {
                select.park();
                other.try_send(()).unwrap();
            }
            assert_eq!(select.now(), Done::Got(Ok(())));
            drop(select);
            assert_eq!(slot, Some(77), "{kind:?}");
            assert!(rx.drain().eq(0..tx.capacity().unwrap()), "{kind:?}");
        }
    }
}

/// U9: a message that was not sent by value is dropped, once, when the select ends.
#[test]
fn a_lost_message_is_dropped_once() {
    within(30, || {
        for kind in kinds(TIGHT.map(Some)) {
            let cap = kind.cap.unwrap();
            let book = Ledger::new(cap + 6);
            let (tx, rx) = full(kind, |i| book.item(i));
            let (other, others) = unbounded();
            for (i, form) in FORMS.into_iter().enumerate() {
                other.try_send(()).unwrap();
                select_as!(form, {
                    _ = tx.send(book.item(cap + i)) => unreachable!("there is no room"),
                    got = others.recv() => {
                        got.unwrap();
                        assert_eq!(book.live(), cap as i64, "before the body");
                    }
                });
            }
            let mut select = parked(send_or_recv(&tx, book.item(cap + 4), &others));
            other.try_send(()).unwrap();
            assert!(matches!(select.ready(), Done::Got(Ok(()))));
            drop(select);
            drop(parked(send_or_recv(&tx, book.item(cap + 5), &others)));
            assert_eq!(book.live(), cap as i64);
            for i in 0..cap {
                assert_eq!(rx.try_recv().unwrap().receive(), i);
                book.sent(i);
            }
            drop((tx, rx));
            assert_eq!(book.settle(true).vanished, 6, "{kind:?}");
        }
    });
}

/// Any number of lost selects leaves the channel as it was: its messages, its length, its room.
#[test]
fn lost_selects_leave_no_trace() {
    for kind in kinds(TIGHT.map(Some)) {
        for count in [1, 2, 31, 32, 33, 200] {
            let cap = kind.cap.unwrap();
            let (tx, rx) = full(kind, |i| i);
            let (other, others) = unbounded();
            let mut slots = vec![Some(900); count];
            for slot in &mut slots {
                let mut select = parked(slot_or_recv(&tx, slot, &others));
                other.try_send(()).unwrap();
                assert_eq!(select.ready(), Done::Got(Ok(())));
            }
            assert!(slots.iter().all(Option::is_some), "{kind:?}");
            assert_eq!((tx.len(), tx.capacity()), (cap, kind.cap));
            assert!(tx.try_send(901).is_err());
            assert!(rx.drain().eq(0..cap), "{kind:?}, {count} lost");
            let fits = (0..cap + 3).take_while(|i| tx.try_send(*i).is_ok()).count();
            assert_eq!(fits, cap, "{kind:?}, {count} lost");
            let mut receive = parked(rx.drain().count().eq(&cap).then(|| rx.recv()).unwrap());
            assert_eq!(tx.try_send(5), Ok(()));
            assert_eq!(receive.ready(), Ok(5));
        }
    }
}

/// Lost all at once instead of one by one, in the order of places and against it.
#[test]
fn lost_together() {
    for kind in kinds(TIGHT.map(Some)) {
        for backwards in [false, true] {
            let (tx, rx) = full(kind, |i| i);
            let (_other, others) = unbounded::<()>();
            let mut selects: Vec<_> =
                (0..70).map(|i| parked(send_or_recv(&tx, 900 + i, &others))).collect();
            let mut last = parked(tx.send(77));
            if backwards {
                selects.reverse();
            }
            selects.into_iter().for_each(drop);
            let want = (0..kind.cap.unwrap()).chain([77]);
            for want in want {
                assert_eq!(rx.try_recv(), Ok(want), "{kind:?}");
            }
            assert_eq!(last.ready(), Ok(()));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        }
    }
}

/// Messages before and behind the place of a select: in order, with it if it waits on, without if
/// it lost.
#[test]
fn the_place_in_line() {
    for kind in kinds(TIGHT.map(Some)) {
        for loses in [false, true] {
            let cap = kind.cap.unwrap();
            let (tx, rx) = full(kind, |i| i);
            let (other, others) = unbounded();
            let mut before = parked(tx.send(cap));
            let mut slot = Some(cap + 1);
            let mut select = parked(slot_or_recv(&tx, &mut slot, &others));
            let mut behind = parked(tx.send(cap + 2));
            if loses {
                other.try_send(()).unwrap();
                assert_eq!(select.ready(), Done::Got(Ok(())));
            }
            let mut want: Vec<usize> = (0..cap + 3).collect();
            if loses {
                want.remove(cap + 1);
            }
            assert!(rx.drain().eq(want), "{kind:?}");
            assert_eq!((before.ready(), behind.ready()), (Ok(()), Ok(())));
            if !loses {
                assert_eq!(select.ready(), Done::Sent(Ok(())));
            }
            drop(select);
            assert_eq!(slot, loses.then_some(cap + 1), "{kind:?}");
        }
    }
}

/// A send that waits in a select gets its turn though others go on sending: it has a ticket.
#[test]
fn a_select_does_not_starve_among_senders() {
    for kind in kinds(TIGHT.map(Some)) {
        let cap = kind.cap.unwrap();
        let (tx, rx) = full(kind, |i| i);
        let (_other, others) = unbounded::<()>();
        let mut line: Vec<_> = (0..5).map(|i| parked(tx.send(100 + i))).collect();
        let mut select = parked(send_or_recv(&tx, 7, &others));
        for i in 0..cap + 5 {
            line.push(parked(tx.send(200)));
            assert!(rx.try_recv().is_ok_and(|got| got < 200 && got != 7), "{kind:?}, {i}");
        }
        assert_eq!(rx.try_recv(), Ok(7), "{kind:?}: overtaken by those who came later");
        assert_eq!(select.ready(), Done::Sent(Ok(())));
    }
}

/// A message that a receiver has taken is sent, though another arm is ready before the next poll.
#[test]
fn what_was_taken_is_sent() {
    for kind in kinds([Some(0)]) {
        let (tx, rx) = full(kind, |i| i);
        let (other, others) = unbounded();
        let mut slot = Some(77);
        let mut select = parked(slot_or_recv(&tx, &mut slot, &others));
        other.try_send(1).unwrap();
        assert_eq!(rx.try_recv(), Ok(77), "the select waits, it has not chosen");
        assert_eq!(select.ready(), Done::Sent(Ok(())), "{kind:?}");
        drop(select);
        assert_eq!((slot, others.try_recv()), (None, Ok(1)));
    }
}

/// And one that was chosen against is not to be had.
#[test]
fn what_lost_is_not_received() {
    for kind in kinds([Some(0)]) {
        let (tx, rx) = full(kind, |i| i);
        let (other, others) = unbounded();
        let mut slot = Some(77);
        let mut select = parked(slot_or_recv(&tx, &mut slot, &others));
        other.try_send(1).unwrap();
        assert_eq!(select.ready(), Done::Got(Ok(1)));
        drop(select);
        assert_eq!((slot, rx.try_recv()), (Some(77), Err(TryRecvError::Empty)), "{kind:?}");
    }
}

/// Several sends on one channel: one message goes, the other comes back, and the line is in order.
#[test]
fn several_sends_on_one_channel() {
    for kind in kinds(TIGHT.map(Some)) {
        let cap = kind.cap.unwrap();
        let (tx, rx) = full(kind, |i| i);
        let (mut one, mut two) = (Some(100), Some(200));
        let mut select = parked(send_either((&tx, &mut one), (&tx, &mut two)));
        let mut behind = parked(tx.send(300));
        let mut got = Vec::new();
        let mut done = None;
        for _ in 0..cap + 4 {
            got.extend(rx.try_recv());
            done = done.or_else(|| select.woken().then(|| select.settle()).flatten());
        }
        let (at, sent) = done.expect("there is room, and it was not told");
        assert_eq!((sent, behind.ready()), (Ok(()), Ok(())));
        drop(select);
        got.extend(rx.drain());
        got.sort_unstable();
        let want: Vec<_> = (0..cap).chain([[100, 200][at], 300]).collect();
        assert_eq!(got, want, "{kind:?}");
        assert_eq!((one, two), [(None, Some(200)), (Some(100), None)][at]);
    }
}

/// The same with room for one: done at once, the channel holds one more.
#[test]
fn several_sends_and_room_for_one() {
    for kind in kinds([Some(1), Some(2), None]) {
        let (tx, rx) = kind.open();
        let (mut one, mut two) = (Some(1), Some(2));
        let (at, sent) = hand(send_either((&tx, &mut one), (&tx, &mut two))).now();
        assert_eq!((sent, tx.len()), (Ok(()), 1), "{kind:?}");
        assert_eq!(rx.try_recv(), Ok(at + 1));
        assert_eq!((one, two), [(None, Some(2)), (Some(1), None)][at]);
    }
}

/// `send_acked` as an arm: done when the message is received, not when it has room.
#[test]
fn an_acked_send_waits_for_its_receiver() {
    for kind in kinds([Some(0), Some(1), Some(2), None]) {
        let (tx, rx) = kind.open();
        let (other, others) = unbounded();
        let acked = |message| {
            let (tx, others) = (&tx, &others);
            async move {
                select_biased! {
                    acked = tx.send_acked(message) => Done::Sent(acked),
                    got = others.recv() => Done::Got(got),
                }
            }
        };
        let mut select = parked(acked(5));
        assert_eq!(rx.try_recv(), Ok(5), "{kind:?}");
        assert_eq!(select.ready(), Done::Sent(Ok(())));
        let mut select = parked(acked(6));
        other.try_send(()).unwrap();
        assert_eq!(select.ready(), Done::Got(Ok(())));
        drop(select);
        assert_eq!((rx.try_recv(), rx.len()), (Err(TryRecvError::Empty), 0), "{kind:?}");
    }
}

/// On an unbounded channel a send is ready at once, and not there if it was not chosen.
#[test]
fn unbounded_sends_are_ready() {
    let (tx, rx) = unbounded();
    let (other, others) = unbounded();
    other.try_send(()).unwrap();
    for i in 0..100 {
        let done = block_on(async {
            select! {
                sent = tx.send(i) => { sent.unwrap(); true }
                got = others.recv() => { got.unwrap(); false }
            }
        });
        if !done {
            other.try_send(()).unwrap();
        }
        assert_eq!(rx.try_recv().ok(), done.then_some(i));
    }
}

/// Closed: the error has the message, by value or in the slot.
#[test]
fn a_refused_message_comes_back() {
    for kind in kinds([Some(0), Some(1), None]) {
        let (tx, rx) = kind.open();
        drop(rx);
        let mut slot = Some(2);
        let back = block_on(async {
            select! { sent = tx.send(1) => sent }
        });
        assert_eq!(back, Err(SendError(1)));
        let back = block_on(async {
            select! { sent = tx.send_ref(&mut slot) => sent }
        });
        assert_eq!((back, slot), (Err(SendError(())), Some(2)), "{kind:?}");
        assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    }
}
