//! Arms on closed channels: ready, with an error, until they are switched off.

#![forbid(unsafe_code)]

use strait::channel::{RecvError, SendError, TryRecvError, bounded, never, unbounded};
use strait::{select, select_blocking};

use super::forms::{
    Done, FORMS, SMALL, either, full, kinds, select_as, send_or_recv, slot_or_recv,
};
use crate::support::hand::{block_on, hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::{scaled, thread, within};

/// S8: a receive on a closed channel is ready with an error, after what is still there.
#[test]
fn a_receive_on_a_closed_channel_is_ready() {
    within(10, || {
        for kind in kinds(SMALL) {
            for form in FORMS {
                let (tx, rx) = kind.open();
                let there = (0..2).take_while(|i| tx.try_send(*i).is_ok()).count();
                tx.close();
                let idle = never();
                for i in 0..there + 2 {
                    let got = select_as!(form, {
                        got = idle.recv() => got,
                        got = rx.recv() => got,
                    });
                    assert_eq!(got, if i < there { Ok(i) } else { Err(RecvError) }, "{kind:?}");
                }
            }
        }
    });
}

/// S8: a receive that waits is told of the end, however it comes, and so are all others.
#[test]
fn a_waiting_receive_is_told_of_the_end() {
    for kind in kinds(SMALL) {
        for how in 0..4 {
            let (tx, rx) = kind.open::<u8>();
            let idle = never();
            let mut selects: Vec<_> = (0..3).map(|_| parked(either(&idle, &rx))).collect();
            match how {
                0 => assert!(tx.close()),
                1 => assert!(tx.cancel()),
                2 => assert!(rx.close()),
                _ => drop(tx),
            }
            for select in &mut selects {
                assert_eq!(select.ready(), (1, Err(RecvError)), "{kind:?}, {how}");
            }
        }
    }
}

/// S9: a send on a closed channel is ready with an error that has the message.
#[test]
fn a_send_on_a_closed_channel_is_ready() {
    within(10, || {
        for kind in kinds(SMALL) {
            for form in FORMS {
                for cancel in [false, true] {
                    let (tx, rx) = kind.open();
                    assert!(if cancel { rx.cancel() } else { rx.close() });
                    let idle = never::<u8>();
                    let back = select_as!(form, {
                        _ = idle.recv() => unreachable!(),
                        sent = tx.send(7) => sent,
                    });
                    assert_eq!(back, Err(SendError(7)), "{kind:?} {form:?}");
                    let acked = select_as!(form, { acked = tx.send_acked(8) => acked });
                    assert_eq!(acked, Err(SendError(8)), "{kind:?} {form:?}");
                }
            }
        }
    });
}

/// S9: cancelled while it waits in line: the message comes back, by value and into the slot.
#[test]
fn a_waiting_send_is_told_of_a_cancel() {
    for kind in kinds([Some(0), Some(1), Some(2)]) {
        for how in 0..3 {
            let book = Ledger::new(5);
            let (tx, rx) = full(kind, |i| book.item(i));
            let idle = never::<u8>();
            let mut slot = Some(book.item(4));
            let mut by_value = parked(send_or_recv(&tx, book.item(3), &idle));
            let mut by_slot = parked(slot_or_recv(&tx, &mut slot, &idle));
            match how {
                0 => drop(rx),
                1 => assert!(rx.cancel()),
                _ => assert!(tx.cancel()),
            }
            match by_value.ready() {
                Done::Sent(Err(SendError(item))) => assert_eq!(item.take_back(), 3),
                other => panic!("{kind:?}, {how}: {other:?}"),
            }
            assert!(matches!(by_slot.ready(), Done::Sent(Err(SendError(())))), "{kind:?}, {how}");
            drop((by_value, by_slot));
            assert_eq!(slot.take().map(|item| item.take_back()), Some(4));
            book.settle(false);
        }
    }
}

/// Closed while it waits in line: received or refused, and the select says which.
#[test]
fn a_waiting_send_beside_a_close() {
    for kind in kinds([Some(0), Some(1), Some(2)]) {
        for polled in [false, true] {
            let (tx, rx) = full(kind, |i| i);
            let idle = never::<u8>();
            let mut slot = Some(77);
            let mut select = parked(slot_or_recv(&tx, &mut slot, &idle));
            assert!(tx.close());
            let mut done = if polled { select.settle() } else { None };
            let got: Vec<_> = rx.drain().collect();
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "{kind:?}");
            let done = done.take().unwrap_or_else(|| select.ready());
            drop(select);
            let is_sent = got.contains(&77);
            let want = if is_sent { Ok(()) } else { Err(SendError(())) };
            assert_eq!(done, Done::Sent(want), "{kind:?}");
            assert_eq!(slot, (!is_sent).then_some(77), "{kind:?}");
            assert_eq!(got.len(), kind.cap.unwrap() + usize::from(is_sent));
        }
    }
}

/// A select that lost after the close leaves the channel at its end, not before it.
#[test]
fn a_lost_send_after_the_close() {
    for kind in kinds([Some(0), Some(1), Some(2)]) {
        let (tx, rx) = full(kind, |i| i);
        let idle = never::<u8>();
        let select = parked(send_or_recv(&tx, 77, &idle));
        let mut receive = parked(idle.recv());
        assert!(tx.close());
        drop(select);
        assert!(rx.drain().eq(0..kind.cap.unwrap()), "{kind:?}");
        assert_eq!(hand(rx.recv()).now(), Err(RecvError), "{kind:?}: it waits for nobody");
        receive.asleep();
    }
}

/// A closed arm is ready as often as the others and not more: it starves nobody.
#[test]
fn a_closed_arm_starves_nobody() {
    within(10, || {
        let (tx, rx) = bounded(1);
        let shut = never::<i32>();
        shut.close();
        let mut counts = [0, 0];
        for i in 0..1000 {
            let _ = tx.try_send(i);
            let arm = select_blocking! { _ = shut.recv() => 0, _ = rx.recv() => 1 };
            counts[arm] += 1;
        }
        assert!(counts.iter().all(|count| *count >= 250), "{counts:?}");
    });
}

/// The pattern: two streams until both have ended, each switched off by a guard.
#[test]
fn merged_by_guards() {
    within(10, || {
        for form in FORMS {
            let (a, b) = (unbounded(), unbounded());
            (0..10).for_each(|i| a.0.try_send(i).unwrap());
            (10..15).for_each(|i| b.0.try_send(i).unwrap());
            drop((a.0, b.0));
            let (mut a_open, mut b_open) = (true, true);
            let mut all = Vec::new();
            while a_open || b_open {
                select_as!(form, {
                    got = a.1.recv(), if a_open => match got {
                        Ok(got) => all.push(got),
                        Err(_) => a_open = false,
                    },
                    got = b.1.recv(), if b_open => match got {
                        Ok(got) => all.push(got),
                        Err(_) => b_open = false,
                    },
                });
            }
            all.sort_unstable();
            assert!(all.iter().copied().eq(0..15), "{form:?}: {all:?}");
        }
    });
}

/// The pattern: likewise, by receivers in `Option`s.
#[test]
fn merged_by_options() {
    within(10, || {
        let (a, b) = (bounded(1), bounded(0));
        let (a_tx, b_tx) = (a.0, b.0);
        let feeder = thread(move || {
            for i in 0..scaled(1000) {
                if i % 3 == 0 { a_tx.send_blocking(i) } else { b_tx.send_blocking(i) }.unwrap();
            }
        });
        let sum = block_on(async {
            let (mut a, mut b) = (Some(a.1), Some(b.1));
            let mut sum = 0;
            while a.is_some() || b.is_some() {
                select! {
                    got = a.as_ref().map(|rx| rx.recv()) => match got {
                        Ok(got) => sum += got,
                        Err(_) => a = None,
                    },
                    got = b.as_ref().map(|rx| rx.recv()) => match got {
                        Ok(got) => sum += got,
                        Err(_) => b = None,
                    },
                }
            }
            sum
        });
        feeder.join().unwrap();
        assert_eq!(sum, (0..scaled(1000)).sum::<usize>());
    });
}

/// S5, S9: a close, a cancel and a message at the same time: one outcome, and it is true.
#[test]
fn the_end_at_the_same_time() {
    within(30, || {
        for round in 0..scaled(600) {
            let kind =
                crate::support::caps::Kind::all([Some(0), Some(1)][round % 2])[round / 2 % 4];
            let book = Ledger::new(4);
            let (tx, rx) = full(kind, |i| book.item(i));
            let idle = never::<u8>();
            let receiver = {
                let rx = rx.clone();
                thread(move || while rx.try_recv().map(|item| item.receive()).is_ok() {})
            };
            let ender = {
                let tx = tx.clone();
                thread(move || if round % 3 == 0 { tx.cancel() } else { tx.close() })
            };
            let mut slot = Some(book.item(3));
            let done = hand(slot_or_recv(&tx, &mut slot, &idle)).settle();
            receiver.join().unwrap();
            ender.join().unwrap();
            for item in rx.drain() {
                item.receive();
            }
            match (done, slot) {
                (Some(Done::Sent(Ok(()))), None) => book.sent(3),
                (None, None) => {}
                (Some(Done::Sent(Err(_))) | None, Some(item)) => assert_eq!(item.take_back(), 3),
                other => panic!("{kind:?}: {other:?}"),
            }
            drop((tx, rx));
            book.settle(round % 3 != 0);
        }
    });
}
