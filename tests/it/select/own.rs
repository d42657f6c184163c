//! S11: the same channel for a send and a receive in one select. It never meets itself.

#![forbid(unsafe_code)]

use strait::channel::{Receiver, SendError, Sender, TryRecvError};
use strait::{select, select_biased, select_blocking};

use super::forms::{Done, FORMS, TIGHT, full, kinds, select_as, slot_or_recv};
use crate::support::exec::Chaos;
use crate::support::hand::{block_on, hand, parked};
use crate::support::watch::{scaled, thread, within};

/// Sends or receives, on one channel; the receive is looked at first.
async fn recv_or_slot<T>(tx: &Sender<T>, slot: &mut Option<T>, rx: &Receiver<T>) -> Done<(), T> {
    select_biased! {
        got = rx.recv() => Done::Got(got),
        sent = tx.send_ref(slot) => Done::Sent(sent),
    }
}

/// Alone, it waits: its own message is not for itself.
#[test]
fn it_never_meets_itself() {
    for kind in kinds([Some(0)]) {
        for count in 0..5 {
            let (tx, rx) = kind.open();
            let mut slot = Some(1);
            let mut select = parked(slot_or_recv(&tx, &mut slot, &rx));
            for _ in 0..count {
                select.asleep();
                select.park();
            }
            assert_eq!(tx.len(), 0);
            drop(select);
            assert_eq!((slot, rx.try_recv()), (Some(1), Err(TryRecvError::Empty)), "{kind:?}");
            assert!(tx.try_send(2).is_err(), "{kind:?}: it has left a receive behind");
            let mut select = parked(recv_or_slot(&tx, &mut slot, &rx));
            select.asleep();
            select.park();
        }
    }
}

/// Another task's message is received, and its own comes back.
#[test]
fn another_ones_message_is_received() {
    within(10, || {
        for kind in kinds([Some(0)]) {
            let (tx, rx) = kind.open();
            let mut slot = Some(1);
            let mut select = parked(slot_or_recv(&tx, &mut slot, &rx));
            let mut send = parked(tx.send(2));
            assert_eq!(select.ready(), Done::Got(Ok(2)), "{kind:?}");
            drop(select);
            assert_eq!((slot, rx.try_recv()), (Some(1), Err(TryRecvError::Empty)), "{kind:?}");
            assert_eq!(send.ready(), Ok(()));
        }
    });
}

/// Also one that does not wait: the select's receive waits, whatever else it waits for.
#[test]
fn another_one_tries_to_send() {
    within(10, || {
        for kind in kinds([Some(0)]) {
            let (tx, rx) = kind.open();
            let mut slot = Some(1);
            let mut select = parked(slot_or_recv(&tx, &mut slot, &rx));
            assert_eq!(tx.try_send(2), Ok(()), "{kind:?}: a receive waits");
            assert_eq!(select.ready(), Done::Got(Ok(2)), "{kind:?}");
            drop(select);
            assert_eq!((slot, rx.try_recv()), (Some(1), Err(TryRecvError::Empty)), "{kind:?}");
        }
    });
}

/// Another task's receive takes its message. On a fair channel it is in line behind the select's
/// own receive, and must get the message all the same.
#[test]
fn another_one_receives_its_message() {
    within(10, || {
        for kind in kinds([Some(0)]) {
            let (tx, rx) = kind.open();
            let mut slot = Some(1);
            let mut select = parked(slot_or_recv(&tx, &mut slot, &rx));
            let mut receive = hand(rx.recv());
            let (mut got, mut done) = (receive.settle(), None);
            for _ in 0..10 {
                done = done.or_else(|| select.woken().then(|| select.settle()).flatten());
                got = got.or_else(|| receive.woken().then(|| receive.settle()).flatten());
            }
            assert_eq!((got, done), (Some(Ok(1)), Some(Done::Sent(Ok(())))), "{kind:?}");
            drop(select);
            assert_eq!(slot, None);
            assert!(tx.try_send(2).is_err(), "{kind:?}: it has left a receive behind");
        }
    });
}

/// And one that does not wait. On a fair channel it is refused: others wait.
#[test]
fn another_one_tries_to_receive() {
    for kind in kinds([Some(0)]).filter(|kind| !kind.fair) {
        let (tx, rx) = kind.open();
        let mut slot = Some(1);
        let mut select = parked(slot_or_recv(&tx, &mut slot, &rx));
        assert_eq!(rx.try_recv(), Ok(1), "{kind:?}");
        assert_eq!(select.ready(), Done::Sent(Ok(())), "{kind:?}");
        drop(select);
        assert_eq!(slot, None);
        assert!(tx.try_send(2).is_err(), "{kind:?}: it has left a receive behind");
    }
}

/// A receiver that waited before it came meets it at once.
#[test]
fn a_receiver_that_waited_before() {
    for kind in kinds([Some(0)]) {
        let (tx, rx) = kind.open();
        let mut receive = parked(rx.recv());
        let mut slot = Some(1);
        let mut select = hand(slot_or_recv(&tx, &mut slot, &rx));
        assert_eq!(select.now(), Done::Sent(Ok(())), "{kind:?}");
        assert_eq!(receive.ready(), Ok(1));
    }
}

/// With a buffer: full, it receives; empty, it sends; and in between both are ready.
#[test]
fn with_a_buffer() {
    within(30, || {
        for kind in kinds([Some(1), Some(2), None]) {
            for form in FORMS {
                let (tx, rx) = kind.open();
                let mut there = 0;
                let (mut sent, mut got) = (0usize, 0usize);
                for i in 0..200 {
                    let done = select_as!(form, {
                        done = tx.send(i) => Done::Sent(done),
                        done = rx.recv() => Done::Got(done),
                    });
                    match done {
                        Done::Sent(done) => {
                            assert_eq!(done, Ok(()));
                            (sent, there) = (sent + 1, there + 1);
                        }
                        Done::Got(done) => {
                            assert!(done.unwrap() < i);
                            (got, there) = (got + 1, there - 1);
                        }
                    }
                    assert_eq!(tx.len(), there, "{kind:?} {form:?}");
                    assert!(kind.cap.is_none_or(|cap| there <= cap));
                }
                assert!(sent > 50 && (got > 50 || kind.cap.is_none()), "{kind:?} {form:?}");
            }
        }
    });
}

/// Two of them meet: one has sent, the other has received that.
#[test]
fn two_of_them_meet() {
    for kind in kinds([Some(0)]) {
        for how in 0..4 {
            let (tx, rx) = kind.open();
            let (mut one, mut two) = (Some(1), Some(2));
            let (first_of_one, first_of_two) = (how & 1 == 0, how & 2 == 0);
            let mut a = parked(async {
                if first_of_one {
                    slot_or_recv(&tx, &mut one, &rx).await
                } else {
                    recv_or_slot(&tx, &mut one, &rx).await
                }
            });
            let mut b = hand(async {
                if first_of_two {
                    slot_or_recv(&tx, &mut two, &rx).await
                } else {
                    recv_or_slot(&tx, &mut two, &rx).await
                }
            });
            // Either may need a second look, for each may have woken the other.
            let (mut from_a, mut from_b) = (None, b.settle());
            for _ in 0..10 {
                from_a = from_a.or_else(|| a.woken().then(|| a.settle()).flatten());
                from_b = from_b.or_else(|| b.woken().then(|| b.settle()).flatten());
            }
            let done = (from_a.expect("a waits on"), from_b.expect("b waits on"));
            drop((a, b));
            match done {
                (Done::Sent(Ok(())), Done::Got(Ok(1))) => assert_eq!((one, two), (None, Some(2))),
                (Done::Got(Ok(2)), Done::Sent(Ok(()))) => assert_eq!((one, two), (Some(1), None)),
                other => panic!("{kind:?}: {other:?}"),
            }
        }
    }
}

/// Many of them on one channel, tasks on one thread: an even number of them pairs off.
#[test]
fn many_of_them_pair_off() {
    within(10, || {
        for kind in kinds([Some(0)]) {
            for seed in 0..30 {
                let (tx, rx) = kind.open();
                let done = std::cell::RefCell::new((0, Vec::new(), Vec::new()));
                let mut chaos = Chaos::new(seed);
                for i in 0..10 {
                    let (tx, rx, done) = (&tx, &rx, &done);
                    chaos.spawn(async move {
                        let mut slot = Some(i);
                        let end = slot_or_recv(tx, &mut slot, rx).await;
                        let mut done = done.borrow_mut();
                        done.0 += 1;
                        match end {
                            Done::Sent(end) => done.1.push(end.map(|()| i).unwrap()),
                            Done::Got(got) => done.2.push(got.unwrap()),
                        }
                        assert_eq!(slot.is_some(), done.1.last() != Some(&i));
                    });
                }
                assert_eq!(chaos.run(true), Ok(()), "{kind:?}, seed {seed}");
                let (_, mut sent, mut got) = done.take();
                sent.sort_unstable();
                got.sort_unstable();
                assert_eq!((sent.len(), sent), (5, got), "{kind:?}, seed {seed}");
            }
        }
    });
}

/// In two threads, or a thread and a task.
#[test]
fn two_of_them_in_threads() {
    within(60, || {
        for kind in kinds([Some(0)]) {
            let (tx, rx) = kind.open();
            for round in 0..scaled(300) {
                let (to, from) = (tx.clone(), rx.clone());
                let other = thread(move || {
                    select_blocking! {
                        sent = to.send(1) => Done::Sent(sent),
                        got = from.recv() => Done::Got(got),
                    }
                });
                let mut slot = Some(2);
                let mine = match round % 2 {
                    0 => block_on(slot_or_recv(&tx, &mut slot, &rx)),
                    _ => select_blocking! {
                        sent = tx.send_ref(&mut slot) => Done::Sent(sent),
                        got = rx.recv() => Done::Got(got),
                    },
                };
                match (mine, other.join().unwrap()) {
                    (Done::Sent(Ok(())), Done::Got(Ok(2))) => assert_eq!(slot, None),
                    (Done::Got(Ok(1)), Done::Sent(Ok(()))) => assert_eq!(slot, Some(2)),
                    other => panic!("{kind:?}: {other:?}"),
                }
            }
        }
    });
}

/// Closed: both arms are ready, with an error; the channel stays healthy to the end.
#[test]
fn on_a_closed_channel() {
    for kind in kinds(TIGHT.map(Some)) {
        let (tx, rx) = full(kind, |i| i);
        tx.close();
        for i in 0..kind.cap.unwrap() {
            let got = block_on(recv_or_slot(&tx, &mut Some(9), &rx));
            assert_eq!(got, Done::Got(Ok(i)), "{kind:?}: what is there comes first");
        }
        let mut ends = [0, 0];
        for _ in 0..200 {
            let end = block_on(async {
                select! {
                    sent = tx.send(9) => { assert_eq!(sent, Err(SendError(9))); 0 }
                    got = rx.recv() => { assert!(got.is_err()); 1 }
                }
            });
            ends[end] += 1;
        }
        assert!(ends.iter().all(|count| *count >= 50), "{kind:?}: {ends:?}");
    }
}

/// Closed or cancelled while it waits: it ends, with an error, and its message is back.
#[test]
fn it_is_told_of_the_end() {
    for kind in kinds([Some(0)]) {
        for cancel in [false, true] {
            let (tx, rx) = kind.open();
            let mut slot = Some(1);
            let mut select = parked(slot_or_recv(&tx, &mut slot, &rx));
            assert!(if cancel { tx.cancel() } else { rx.close() });
            let done = select.ready();
            drop(select);
            assert!(matches!(done, Done::Sent(Err(_)) | Done::Got(Err(_))), "{kind:?}: {done:?}");
            assert_eq!(slot, Some(1), "{kind:?}");
        }
    }
}

/// A sender behind its place: received, with its own message out of the way.
#[test]
fn senders_behind_its_own_place() {
    for kind in kinds([Some(0)]) {
        let (tx, rx) = kind.open();
        let mut slot = Some(1);
        let mut select = parked(slot_or_recv(&tx, &mut slot, &rx));
        let mut behind: Vec<_> = (0..3).map(|i| parked(tx.send(10 + i))).collect();
        assert_eq!(select.ready(), Done::Got(Ok(10)), "{kind:?}");
        drop(select);
        assert_eq!((slot, behind[0].ready()), (Some(1), Ok(())));
        assert!(rx.drain().eq([11, 12]), "{kind:?}");
    }
}
