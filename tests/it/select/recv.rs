//! Receives as arms: a message is taken by the arm that gives it, and by nobody else.

#![forbid(unsafe_code)]

use strait::channel::{Builder, RecvError, TryRecvError, unbounded};
use strait::{select, select_biased, select_blocking};

use super::forms::{SMALL, either, full, kinds};
use crate::support::hand::{block_on, hand, parked};
use crate::support::payload::Ledger;
use crate::support::watch::{scaled, thread, within};

/// S28, S15: a select that was woken for a message and is dropped takes nothing, and the next one
/// who waits is woken: a receiver, or another select.
#[test]
fn a_dropped_select_passes_the_wake_up_on() {
    for kind in kinds(SMALL) {
        for going in [1, 2, 33] {
            for to_a_select in [false, true] {
                let (tx, rx) = kind.open();
                let (_other, others) = unbounded();
                let waiting: Vec<_> = (0..going).map(|_| parked(either(&others, &rx))).collect();
                let mut last = parked(async {
                    if to_a_select { either(&others, &rx).await.1 } else { rx.recv().await }
                });
                assert_eq!(tx.try_send(1), Ok(()), "{kind:?}");
                waiting.into_iter().for_each(drop);
                assert_eq!(last.ready(), Ok(1), "{kind:?}, after {going}");
            }
        }
    }
}

/// Likewise if it is not dropped but chooses another arm.
#[test]
fn a_select_that_chose_another_arm_passes_the_wake_up_on() {
    for kind in kinds(SMALL).filter(|kind| kind.cap != Some(0)) {
        let (tx, rx) = kind.open();
        let (other, others) = unbounded();
        let mut select = parked(async {
            select_biased! {
                got = others.recv() => (0, got),
                got = rx.recv() => (1, got),
            }
        });
        let mut next = parked(rx.recv());
        tx.try_send(1).unwrap();
        other.try_send(2).unwrap();
        assert_eq!(select.ready(), (0, Ok(2)), "{kind:?}");
        drop(select);
        assert_eq!(next.ready(), Ok(1), "{kind:?}: left beside a message");
    }
}

/// S6: what the other arm could have had is still there, and counted.
#[test]
fn the_loser_keeps_its_message() {
    for kind in kinds(SMALL).filter(|kind| kind.cap != Some(0)) {
        let book = Ledger::new(6);
        let (a, b) = (kind.open(), kind.open());
        for round in 0..3 {
            let ids = [round * 2, round * 2 + 1];
            assert!(a.0.try_send(book.item(ids[0])).is_ok());
            assert!(b.0.try_send(book.item(ids[1])).is_ok());
            let (at, got) = block_on(either(&a.1, &b.1));
            assert_eq!(got.unwrap().receive(), ids[at]);
            let rest = [&b, &a][at];
            assert_eq!((rest.0.len(), rest.1.len()), (1, 1), "{kind:?}");
            assert_eq!(rest.1.try_recv().unwrap().receive(), ids[1 - at]);
        }
        assert_eq!(book.settle(true).received, 6);
    }
}

/// S6: a select that waited on a rendezvous channel and was served elsewhere leaves no demand.
#[test]
fn a_lost_receive_leaves_no_demand() {
    for kind in kinds([Some(0)]) {
        for dropped in [false, true] {
            let (tx, rx) = kind.open();
            let (other, others) = unbounded();
            let mut select = parked(either(&rx, &others));
            if !dropped {
                other.try_send(1).unwrap();
                assert_eq!(select.ready(), (1, Ok(1)));
            }
            drop(select);
            assert!(tx.try_send(2).is_err(), "{kind:?}: nobody receives");
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        }
    }
}

/// The same channel in several arms: one message, one arm; the next message is for the next one.
#[test]
fn several_receives_on_one_channel() {
    for kind in kinds(SMALL) {
        for waits in [false, true] {
            let (tx, rx) = kind.open();
            let mut select = hand(either(&rx, &rx));
            let mut sends: Vec<_> = Vec::new();
            if waits {
                select.park();
            }
            let mut behind = waits.then(|| parked(rx.recv()));
            for i in 0..2 {
                let mut send = Box::pin(hand(tx.send(i)));
                let _ = send.settle();
                sends.push(send);
            }
            let (_, got) = select.now();
            drop(select);
            let next = match &mut behind {
                Some(behind) => behind.ready(),
                None => hand(rx.recv()).now(),
            };
            let mut all = [got.unwrap(), next.unwrap()];
            all.sort_unstable();
            assert_eq!(all, [0, 1], "{kind:?}");
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "{kind:?}");
        }
    }
}

/// The same, dropped: all its wake-ups go on.
#[test]
fn several_receives_dropped() {
    for kind in kinds([Some(2), None]) {
        let (tx, rx) = kind.open();
        let select = parked(either(&rx, &rx));
        let mut one = parked(rx.recv());
        let mut two = parked(rx.recv());
        tx.try_send(1).unwrap();
        tx.try_send(2).unwrap();
        drop(select);
        assert_eq!((one.ready(), two.ready()), (Ok(1), Ok(2)), "{kind:?}");
    }
}

/// On a fair channel a select has its turn like any receiver: nobody overtakes it.
#[test]
fn a_select_has_its_turn() {
    for kind in kinds(SMALL).filter(|kind| kind.fair) {
        let (tx, rx) = kind.open();
        let (_other, others) = unbounded();
        let mut select = parked(either(&rx, &others));
        let mut second = parked(rx.recv());
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "{kind:?}: it is the select's");
        second.asleep();
        assert_eq!(select.ready(), (0, Ok(1)), "{kind:?}");
        assert_eq!(tx.try_send(2), Ok(()));
        assert_eq!(second.ready(), Ok(2), "{kind:?}");
    }
}

/// And has to wait for it: behind a receiver that waits, its arm is not ready.
#[test]
fn a_select_overtakes_nobody() {
    for cap in [1, 2] {
        let (tx, rx) = Builder::new().capacity(cap).fair(true).build();
        let mut first = parked(rx.recv());
        tx.try_send(1).unwrap();
        let arm = select_blocking! { got = rx.recv() => got.ok(), default => None };
        assert_eq!(arm, None);
        let (_other, others) = unbounded();
        let mut select = parked(either(&rx, &others));
        assert_eq!(first.ready(), Ok(1));
        tx.try_send(2).unwrap();
        assert_eq!(select.ready(), (0, Ok(2)));
    }
}

/// `recv_many` as an arm: the vector has what the arm gave, and is as it was if the arm lost.
#[test]
fn a_batch_as_an_arm() {
    for kind in kinds([Some(2), None]) {
        let (tx, rx) = full_or_two(kind);
        let (other, others) = unbounded();
        let mut out = vec![-1];
        let got = block_on(async {
            select! { got = rx.recv_many(&mut out, 9) => got }
        });
        assert_eq!((got, &out[..]), (Ok(2), &[-1, 0, 1][..]), "{kind:?}");
        let mut select = parked(async {
            select! {
                got = rx.recv_many(&mut out, 9) => got.map(|n| (0, n)),
                got = others.recv() => got.map(|n| (1, n)),
            }
        });
        other.try_send(5).unwrap();
        assert_eq!(select.ready(), Ok((1, 5)));
        drop(select);
        assert_eq!(out.len(), 3);
        tx.try_send(7).unwrap();
        drop(tx);
        let all = block_on(async {
            select! { got = rx.recv_many(&mut out, 9) => got }
        });
        assert_eq!((all, out.pop()), (Ok(1), Some(7)));
        let end = block_on(async {
            select! { got = rx.recv_many(&mut out, 9) => got }
        });
        assert_eq!(end, Err(RecvError));
    }
}

fn full_or_two(
    kind: crate::support::caps::Kind,
) -> (strait::channel::Sender<i32>, strait::channel::Receiver<i32>) {
    if kind.cap.is_some() {
        return full(kind, |i| i as i32);
    }
    let (tx, rx) = kind.open();
    (0..2).for_each(|i| tx.try_send(i).unwrap());
    (tx, rx)
}

/// Many selects on one channel, in threads and tasks: each message once.
#[test]
fn many_selects_share_the_messages() {
    within(60, || {
        for kind in kinds([Some(0), Some(1), None]) {
            let count = scaled(2000);
            let (tx, rx) = kind.open();
            let selects: Vec<_> = (0..4)
                .map(|i| {
                    let rx = rx.clone();
                    thread(move || {
                        let idle = strait::channel::never::<usize>();
                        let mut sum = (0, 0);
                        loop {
                            let got = match i % 2 {
                                0 => block_on(either(&idle, &rx)).1,
                                _ => select_blocking! {
                                    got = idle.recv() => got,
                                    got = rx.recv() => got,
                                },
                            };
                            let Ok(got) = got else { break sum };
                            sum = (sum.0 + 1, sum.1 + got);
                        }
                    })
                })
                .collect();
            (0..count).for_each(|i| tx.send_blocking(i).unwrap());
            drop(tx);
            let sums = selects.into_iter().map(|select| select.join().unwrap());
            let sum = sums.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            assert_eq!(sum, (count, count * (count - 1) / 2), "{kind:?}");
        }
    });
}
