//! One arm is done, and the others are as if they had never been there.

#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Barrier;

use strait::channel::{Receiver, SendError, TryRecvError, bounded, oneshot, rendezvous, unbounded};
use strait::{select, select_biased, select_blocking, select_blocking_biased};

use super::forms::{Done, FORMS, SMALL, either, kinds, select_as, send_either, slot_or_recv};
use crate::support::hand::{block_on, hand, parked};
use crate::support::watch::{scaled, thread, within};

/// S1: the one arm that is ready is done, wherever it stands.
#[test]
fn the_ready_arm_wins_at_once() {
    within(30, || {
        for kind in kinds(SMALL) {
            for form in FORMS {
                for at in 0..3 {
                    let [a, b, c] = [(); 3].map(|()| kind.open());
                    let mut send = hand([&a.0, &b.0, &c.0][at].send(70 + at));
                    let _ = send.settle();
                    let got = select_as!(form, {
                        got = a.1.recv() => (0, got),
                        got = b.1.recv() => (1, got),
                        got = c.1.recv() => (2, got),
                    });
                    assert_eq!(got, (at, Ok(70 + at)), "{kind:?} {form:?}");
                }
            }
        }
    });
}

/// S1 for sends: the one with room.
#[test]
fn the_send_with_room_wins_at_once() {
    within(30, || {
        for kind in kinds([Some(1), Some(2)]) {
            for form in FORMS {
                for at in 0..2 {
                    let (a, b) = (super::forms::full(kind, |i| i), super::forms::full(kind, |i| i));
                    assert_eq!([&a.1, &b.1][at].try_recv(), Ok(0));
                    let sent = select_as!(form, {
                        sent = a.0.send(77) => (0, sent),
                        sent = b.0.send(77) => (1, sent),
                    });
                    assert_eq!(sent, (at, Ok(())));
                    assert_eq!([&a.1, &b.1][at].drain().last(), Some(77), "{kind:?} {form:?}");
                    let lost = [&a.1, &b.1][1 - at].drain().last();
                    assert_eq!(lost, kind.cap.map(|cap| cap - 1));
                }
            }
        }
    });
}

/// S4: a select that waits is completed by a sender, on each arm.
#[test]
fn a_sender_completes_a_waiting_select() {
    for kind in kinds(SMALL) {
        for at in 0..2 {
            let (a, b) = (kind.open(), kind.open());
            let mut select = parked(either(&a.1, &b.1));
            select.asleep();
            let sender = [&a.0, &b.0][at];
            let mut send = hand(sender.send(5));
            // Without a buffer it waits: the select is told, and may yet choose another arm.
            let sent = send.settle();
            assert_eq!(sent.is_none(), kind.cap == Some(0), "{kind:?}");
            assert_eq!(select.ready(), (at, Ok(5)), "{kind:?}");
            assert_eq!(sent.unwrap_or_else(|| send.ready()), Ok(()), "{kind:?}");
        }
    }
}

/// S4: by a receiver, on each arm; the other message stays where it was.
#[test]
fn a_receiver_completes_a_waiting_select() {
    for kind in kinds([Some(0), Some(1), Some(2)]) {
        for at in 0..2 {
            let (a, b) = (super::forms::full(kind, |i| i), super::forms::full(kind, |i| i));
            let (mut one, mut two) = (Some(100), Some(200));
            let mut select = parked(send_either((&a.0, &mut one), (&b.0, &mut two)));
            select.asleep();
            let receiver = [&a.1, &b.1][at];
            let cap = kind.cap.unwrap_or(0);
            for i in 0..cap {
                assert_eq!(receiver.try_recv(), Ok(i));
            }
            assert_eq!(receiver.try_recv(), Ok([100, 200][at]), "{kind:?}");
            assert_eq!(select.ready(), (at, Ok(())), "{kind:?}");
            drop(select);
            assert_eq!((one, two), [(None, Some(200)), (Some(100), None)][at]);
            assert!([&a.1, &b.1][1 - at].drain().eq(0..cap), "{kind:?}");
        }
    }
}

/// S4, for threads: a sender, a receiver, from another thread.
#[test]
fn threads_complete_each_other() {
    within(60, || {
        for kind in kinds([Some(0), Some(1)]) {
            let (a, b) = (kind.open(), super::forms::full(kind, |i| i));
            for round in 0..scaled(200) {
                let (to_a, from_b) = (a.0.clone(), b.1.clone());
                let other = thread(move || match round % 2 {
                    0 => to_a.send_blocking(round).map_err(drop),
                    _ => from_b.recv_blocking().map(drop).map_err(drop),
                });
                let (a, b) = (&a.1, &b.0);
                let arm = select_blocking! {
                    got = a.recv() => { assert_eq!(got, Ok(round)); 0 }
                    sent = b.send(round) => { assert_eq!(sent, Ok(())); 1 }
                };
                assert_eq!(arm, round % 2, "{kind:?}");
                assert_eq!(other.join().unwrap(), Ok(()));
            }
        }
    });
}

/// S5: two senders at the same time, two arms: one is received, the other's message is still there.
#[test]
fn two_senders_at_once() {
    within(60, || {
        for kind in kinds([Some(0), Some(1)]) {
            let (a, b) = (kind.open(), kind.open());
            let start = Barrier::new(3);
            let rounds = scaled(400);
            std::thread::scope(|threads| {
                for tx in [&a.0, &b.0] {
                    let start = &start;
                    threads.spawn(move || {
                        for round in 0..rounds {
                            start.wait();
                            tx.send_blocking(round).unwrap();
                        }
                    });
                }
                for round in 0..rounds {
                    start.wait();
                    let (at, got) = match round % 2 {
                        0 => block_on(either(&a.1, &b.1)),
                        _ => select_blocking! {
                            got = a.1.recv() => (0, got),
                            got = b.1.recv() => (1, got),
                        },
                    };
                    assert_eq!(got, Ok(round));
                    assert_eq!([&b.1, &a.1][at].recv_blocking(), Ok(round), "{kind:?}");
                }
            });
            assert!(a.1.try_recv().is_err() && b.1.try_recv().is_err());
        }
    });
}

/// S5: two receivers at the same time, two sends: one is received, the other comes back.
#[test]
fn two_receivers_at_once() {
    within(20, || {
        for kind in kinds([Some(0)]) {
            for round in 0..scaled(300) {
                let (a, b) = (kind.open(), kind.open());
                let (mut one, mut two) = (Some(1), Some(2));
                let takers = [a.1, b.1].map(|rx| thread(move || rx.recv_blocking()));
                let done = match round % 2 {
                    0 => block_on(send_either((&a.0, &mut one), (&b.0, &mut two))),
                    _ => select_blocking! {
                        sent = a.0.send_ref(&mut one) => (0, sent),
                        sent = b.0.send_ref(&mut two) => (1, sent),
                    },
                };
                // The other one waits for nothing now.
                a.0.close();
                b.0.close();
                let got = takers.map(|taker| taker.join().unwrap().ok());
                assert_eq!(done.1, Ok(()));
                assert_eq!(got, [[Some(1), None], [None, Some(2)]][done.0], "{kind:?}");
                assert_eq!((one, two), [(None, Some(2)), (Some(1), None)][done.0]);
            }
        }
    });
}

/// S6, S7: what loses is untouched, whether the select had to wait or not.
#[test]
fn the_loser_is_untouched() {
    for kind in kinds(SMALL) {
        for waits in [false, true] {
            let (a, b) = (kind.open(), unbounded());
            let mut slot = Some(1);
            if waits && kind.cap.is_some() {
                // Full, so that the send has to wait.
                let _ = (0..9).take_while(|_| a.0.try_send(9).is_ok()).count();
                let len = a.0.len();
                let mut select = parked(slot_or_recv(&a.0, &mut slot, &b.1));
                b.0.try_send(2).unwrap();
                assert_eq!(select.ready(), Done::Got(Ok(2)));
                drop(select);
                assert_eq!(a.0.len(), len);
                assert!(a.1.drain().all(|message| message == 9), "{kind:?}");
            } else {
                b.0.try_send(2).unwrap();
                let (a, rx) = (&a.0, &b.1);
                let got = block_on(async {
                    select_biased! {
                        got = rx.recv() => got,
                        sent = a.send_ref(&mut slot) => panic!("{sent:?}, and the first was ready"),
                    }
                });
                assert_eq!((got, a.len()), (Ok(2), 0));
            }
            assert_eq!(slot, Some(1), "{kind:?}");
            assert_eq!(a.1.try_recv(), Err(TryRecvError::Empty), "{kind:?}");
        }
    }
}

/// S21: `default` is chosen if no arm is ready, without waiting, and nothing remains of the arms.
#[test]
fn default_waits_for_nobody() {
    within(30, || {
        for kind in kinds([Some(0), Some(1), Some(2)]) {
            for form in FORMS {
                let (a, b) = (kind.open::<u8>(), super::forms::full(kind, |i| i as u8));
                let mut slot = Some(50);
                for _ in 0..3 {
                    let arm = select_as!(form, {
                        _ = a.1.recv() => 0,
                        _ = b.0.send_ref(&mut slot) => 1,
                        default => 2,
                    });
                    assert_eq!(arm, 2, "{kind:?} {form:?}");
                }
                assert_eq!(slot, Some(50));
                let fits = (0..9).take_while(|i| a.0.try_send(*i).is_ok()).count();
                assert_eq!(Some(fits), kind.cap, "a receive that did not wait left demand");
                let there: Vec<u8> = b.1.drain().collect();
                assert_eq!(Some(there.len()), kind.cap, "a send that did not wait left a message");
                if kind.cap != Some(0) {
                    let arm = select_as!(form, {
                        got = a.1.recv() => { assert_eq!(got, Ok(0)); 0 }
                        default => 2
                    });
                    assert_eq!(arm, 0);
                }
            }
        }
    });
}

/// S21: `default` looks at futures too, once.
#[test]
fn default_polls_a_future_once() {
    for form in FORMS {
        let mut polls = 0;
        let counted = std::future::poll_fn(|_| {
            polls += 1;
            std::task::Poll::<()>::Pending
        });
        let arm = select_as!(form, { () = counted => 0, default => 1 });
        assert_eq!((arm, polls), (1, 1), "{form:?}");
        let arm = select_as!(form, { n = std::future::ready(7) => n, default => 1 });
        assert_eq!(arm, 7);
    }
}

/// S23: the loops that others have a `while_select` for.
#[test]
fn a_loop_ends_when_its_body_says_so() {
    let (tx, rx) = unbounded();
    (0..10).for_each(|i| tx.try_send(i).unwrap());
    let never = strait::channel::never::<i32>();
    let mut seen = 0;
    block_on(async {
        while select! {
            got = rx.recv() => { seen += 1; got.unwrap() < 4 }
            _ = never.recv() => unreachable!(),
        } {}
    });
    assert_eq!(seen, 5);
    while select_blocking_biased! {
        got = rx.recv() => { seen += 1; got.unwrap() < 8 }
        _ = never.recv() => unreachable!(),
    } {}
    assert_eq!((seen, rx.len()), (9, 1));
}

/// S24: what an arm gives: nothing, a message, an end of a channel, a loan, an error, something
/// that is not `Send`.
#[test]
fn values_of_every_kind() {
    let word = String::from("loan");
    let (unit, got_unit) = bounded(1);
    let (ends, got_end) = bounded::<Receiver<u8>>(1);
    let (loans, got_loan) = bounded::<&str>(1);
    let (counts, got_count) = bounded(1);
    let (shut, got_shut) = bounded::<u8>(1);
    drop(shut);
    for turn in 0..5 {
        match turn {
            0 => unit.try_send(()).unwrap(),
            1 => ends.try_send(strait::channel::never()).unwrap(),
            2 => loans.try_send(&word).unwrap(),
            3 => counts.try_send(Rc::new(7)).unwrap(),
            _ => {}
        }
        let shut = &got_shut;
        let said = block_on(async {
            select! {
                Ok(()) | Err(_) = got_unit.recv() => String::from("unit"),
                end = got_end.recv() => format!("{:?}", end.unwrap().try_recv()),
                loan = got_loan.recv() => loan.unwrap().to_owned(),
                count = got_count.recv() => Rc::strong_count(&count.unwrap()).to_string(),
                error = shut.recv(), if turn == 4 => error.unwrap_err().to_string(),
            }
        });
        let said = said.as_str();
        let want = ["unit", "Err(Empty)", "loan", "1", "the channel is closed and empty"][turn];
        assert_eq!(said, want);
    }
    let (tx, rx) = rendezvous::<Rc<u8>>();
    drop(rx);
    let message = Rc::new(1);
    let back = block_on(async {
        select! { sent = tx.send(message.clone()) => sent }
    });
    assert!(matches!(back, Err(SendError(back)) if Rc::ptr_eq(&back, &message)));
}

/// S25: a select in an arm, in a body, in a guard, in an operation.
#[test]
fn a_select_inside_a_select() {
    within(30, || {
        let (a, b) = (bounded(1), bounded(1));
        let mut outer = parked(async {
            select! {
                (at, got) = either(&a.1, &b.1) => (at, got),
                _ = std::future::pending::<()>() => unreachable!(),
            }
        });
        b.0.try_send(4).unwrap();
        assert_eq!(outer.ready(), (1, Ok(4)));
        for form in FORMS {
            a.0.try_send(1).unwrap();
            b.0.try_send(2).unwrap();
            let sum = select_as!(form, {
                got = select_blocking! { _ = a.1.recv() => &b.1, default => &a.1 }.recv(),
                    if select_blocking! { _ = b.0.send(9) => false, default => true } => {
                    let more = select_blocking! { got = a.1.recv() => got, default => Ok(10) };
                    got.unwrap() + more.unwrap()
                }
            });
            assert_eq!(sum, 12, "{form:?}");
        }
    });
}

/// One-shot channels as arms, ours: the answer, or that nobody will answer.
#[test]
fn a_oneshot_is_an_arm() {
    let (tx, rx) = oneshot();
    let never = strait::channel::never::<u8>();
    let mut rx = rx;
    let mut select = parked(async {
        select! {
            answer = &mut rx => answer.ok(),
            _ = never.recv() => unreachable!(),
        }
    });
    tx.send(3u8).unwrap();
    assert_eq!(select.ready(), Some(3));
    let (tx, rx) = oneshot::<u8>();
    let mut select = parked(async {
        select! {
            answer = rx => answer.ok(),
            _ = never.recv() => unreachable!(),
        }
    });
    drop(tx);
    assert_eq!(select.ready(), None);
}
