//! Select meets select, and those who do not wait meet a select that does. Without a buffer: with
//! one, a message lies there, and it is as with any other sender and receiver.

#![forbid(unsafe_code)]

use std::sync::Barrier;

use strait::channel::{Receiver, Sender, TryRecvError, TrySendError, unbounded};
use strait::select_blocking;

use super::forms::{Done, FORMS, Form, either, kinds, select_as, send_either, slot_or_recv};
use crate::support::caps::Kind;
use crate::support::exec::Chaos;
use crate::support::hand::{block_on, hand, parked};
use crate::support::watch::{scaled, thread, within};

fn rendezvous() -> impl Iterator<Item = Kind> {
    kinds([Some(0)])
}

/// A `try_send` finds a select that waits, once; its other arms are taken then.
#[test]
fn try_send_finds_a_waiting_select() {
    for kind in rendezvous() {
        for at in 0..2 {
            let (a, b) = (kind.open(), kind.open());
            let mut select = parked(either(&a.1, &b.1));
            let (one, two) = if at == 0 { (&a.0, &b.0) } else { (&b.0, &a.0) };
            assert_eq!(one.try_send(1), Ok(()), "{kind:?}");
            assert_eq!(two.try_send(2), Err(TrySendError::Full(2)), "{kind:?}: it is decided");
            assert_eq!(one.try_send(3), Err(TrySendError::Full(3)), "{kind:?}: it wanted one");
            assert_eq!(select.ready(), (at, Ok(1)), "{kind:?}");
        }
    }
}

/// A `try_recv` finds a select that waits, once; its other messages are not to be had then.
#[test]
fn try_recv_finds_a_waiting_select() {
    for kind in rendezvous() {
        for at in 0..2 {
            let (a, b) = (kind.open(), kind.open());
            let (mut x, mut y) = (Some(1), Some(2));
            let mut select = parked(send_either((&a.0, &mut x), (&b.0, &mut y)));
            let (one, two) = if at == 0 { (&a.1, &b.1) } else { (&b.1, &a.1) };
            assert_eq!(one.try_recv(), Ok(at + 1), "{kind:?}");
            assert_eq!(two.try_recv(), Err(TryRecvError::Empty), "{kind:?}: it is decided");
            assert_eq!(one.try_recv(), Err(TryRecvError::Empty));
            assert_eq!(select.ready(), (at, Ok(())), "{kind:?}");
        }
    }
}

/// As many selects as wait serve as many sends that do not, and not one more.
#[test]
fn as_many_tries_to_send_as_selects_wait() {
    for kind in rendezvous() {
        let (tx, rx) = kind.open();
        let (_other, others) = unbounded();
        let mut selects: Vec<_> = (0..5).map(|_| parked(either(&rx, &others))).collect();
        selects.remove(2);
        let sent = (0..9).filter(|i| tx.try_send(*i).is_ok()).count();
        assert_eq!(sent, 4, "{kind:?}");
        let mut got: Vec<_> = selects.iter_mut().map(|select| select.ready().1.unwrap()).collect();
        got.sort_unstable();
        assert_eq!(got, [0, 1, 2, 3], "{kind:?}");
    }
}

/// And as many receives.
#[test]
fn as_many_tries_to_receive_as_selects_wait() {
    for kind in rendezvous() {
        let (tx, rx) = kind.open();
        let (_other, others) = unbounded::<()>();
        let mut slots: Vec<_> = (0..5).map(Some).collect();
        let mut selects: Vec<_> =
            slots.iter_mut().map(|slot| parked(slot_or_recv(&tx, slot, &others))).collect();
        selects.remove(2);
        assert!(rx.drain().eq([0, 1, 3, 4]), "{kind:?}");
        for select in &mut selects {
            assert_eq!(select.ready(), Done::Sent(Ok(())));
        }
        drop(selects);
        assert_eq!(slots, [None, None, Some(2), None, None]);
    }
}

/// A select with a `default` finds one that waits, from both sides.
#[test]
fn default_finds_a_waiting_select() {
    within(30, || {
        for kind in rendezvous() {
            for form in FORMS {
                let (a, b) = (kind.open(), kind.open());
                let mut waiting = parked(either(&a.1, &b.1));
                let arm = select_as!(form, {
                    sent = a.0.send(1) => { assert_eq!(sent, Ok(())); 0 }
                    default => 9
                });
                assert_eq!(arm, 0, "{kind:?} {form:?}");
                assert_eq!(waiting.ready(), (0, Ok(1)), "{kind:?} {form:?}");
                drop(waiting);
                let (mut x, mut y) = (Some(1), Some(2));
                let mut waiting = parked(send_either((&a.0, &mut x), (&b.0, &mut y)));
                let got = select_as!(form, { got = b.1.recv() => got.ok(), default => None });
                assert_eq!(got, Some(2), "{kind:?} {form:?}");
                let none = select_as!(form, { got = a.1.recv() => got.ok(), default => None });
                assert_eq!((none, waiting.ready()), (None, (1, Ok(()))), "{kind:?} {form:?}");
            }
        }
    });
}

/// Several threads that do not wait, each on an arm of its own: one of them has the select.
#[test]
fn one_of_several_tries() {
    within(60, || {
        for kind in rendezvous() {
            for round in 0..scaled(200) {
                let (a, b) = (kind.open(), kind.open());
                let (mut x, mut y) = (Some(1), Some(2));
                let start = Barrier::new(2);
                if round % 2 == 0 {
                    let mut select = parked(either(&a.1, &b.1));
                    let wins = std::thread::scope(|threads| {
                        let tries = [&a.0, &b.0].map(|tx| {
                            let start = &start;
                            threads.spawn(move || {
                                start.wait();
                                tx.try_send(7).is_ok()
                            })
                        });
                        tries.map(|thread| thread.join().unwrap())
                    });
                    assert_ne!(wins[0], wins[1], "{kind:?}");
                    assert_eq!(select.ready(), (usize::from(wins[1]), Ok(7)));
                } else {
                    let mut select = parked(send_either((&a.0, &mut x), (&b.0, &mut y)));
                    let got = std::thread::scope(|threads| {
                        let tries = [&a.1, &b.1].map(|rx| {
                            let start = &start;
                            threads.spawn(move || {
                                start.wait();
                                rx.try_recv().ok()
                            })
                        });
                        tries.map(|thread| thread.join().unwrap())
                    });
                    let at = usize::from(got[1].is_some());
                    assert_eq!(got, [[Some(1), None], [None, Some(2)]][at], "{kind:?}");
                    assert_eq!(select.ready(), (at, Ok(())));
                }
            }
        }
    });
}

/// S16: two selects, each sends to the other: exactly one message goes over, both say which.
fn agreed(a: Done<(), i32>, b: Done<(), i32>, slots: (Option<i32>, Option<i32>)) {
    match (a, b) {
        (Done::Sent(Ok(())), Done::Got(Ok(1))) => assert_eq!(slots, (None, Some(2))),
        (Done::Got(Ok(2)), Done::Sent(Ok(()))) => assert_eq!(slots, (Some(1), None)),
        other => panic!("{other:?}, {slots:?}"),
    }
}

/// S16: opposite directions, tasks on one thread: the second finds the first.
#[test]
fn opposite_directions_one_after_the_other() {
    for kind in rendezvous() {
        let (there, back) = (kind.open(), kind.open());
        let (mut one, mut two) = (Some(1), Some(2));
        let mut a = parked(slot_or_recv(&there.0, &mut one, &back.1));
        a.asleep();
        let mut b = hand(slot_or_recv(&back.0, &mut two, &there.1));
        let from_b = b.now();
        let from_a = a.ready();
        drop((a, b));
        agreed(from_a, from_b, (one, two));
    }
}

/// S16: the same on an executor that polls in any order.
#[test]
fn opposite_directions_in_any_order() {
    within(60, || {
        for kind in rendezvous() {
            let (there, back) = (kind.open::<usize>(), kind.open::<usize>());
            let sums = [(); 2].map(|()| std::cell::Cell::new((0, 0)));
            for seed in 0..30 {
                let mut chaos = Chaos::new(seed);
                for (i, sum) in sums.iter().enumerate() {
                    let (to, from) = if i == 0 { (&there.0, &back.1) } else { (&back.0, &there.1) };
                    chaos.spawn(async move {
                        for round in 0..50 {
                            let done = slot_or_recv(to, &mut Some(round), from).await;
                            let (sent, got) = sum.get();
                            sum.set(match done {
                                Done::Sent(done) => (sent + done.map(|()| round).unwrap(), got),
                                Done::Got(done) => (sent, got + done.unwrap()),
                            });
                        }
                    });
                }
                assert_eq!(chaos.run(true), Ok(()), "{kind:?}, seed {seed}");
            }
            let [a, b] = sums.map(std::cell::Cell::into_inner);
            assert_eq!((a.0, a.1), (b.1, b.0), "{kind:?}");
        }
    });
}

fn run(form: Form, to: &Sender<usize>, from: &Receiver<usize>, rounds: usize) -> (usize, usize) {
    let (mut sent, mut got) = (0, 0);
    for round in 0..rounds {
        select_as!(form, {
            done = to.send(round) => { assert_eq!(done, Ok(())); sent += round },
            done = from.recv() => got += done.unwrap(),
        });
    }
    (sent, got)
}

/// S16: two threads, a thread and a task, two tasks on two threads.
#[test]
fn opposite_directions_at_the_same_time() {
    within(60, || {
        for kind in rendezvous() {
            for (one, two) in [
                (Form::Thread, Form::Thread),
                (Form::Task, Form::Thread),
                (Form::ThreadBiased, Form::TaskBiased),
                (Form::Task, Form::Task),
            ] {
                let (there, back) = (kind.open(), kind.open());
                let rounds = scaled(1000);
                let (to, from) = (back.0, there.1);
                let other = thread(move || run(two, &to, &from, rounds));
                let (sent, got) = run(one, &there.0, &back.1, rounds);
                assert_eq!(other.join().unwrap(), (got, sent), "{kind:?} {one:?} {two:?}");
            }
        }
    });
}

/// Selects that receive on two channels meet selects that send on both, whichever way round.
#[test]
fn several_ways_to_meet() {
    for kind in rendezvous() {
        for turned in [false, true] {
            for receives_first in [false, true] {
                let (a, b) = (kind.open(), kind.open());
                let (mut x, mut y) = (Some(1), Some(2));
                let (one, two) = if turned {
                    ((&b.0, &mut y), (&a.0, &mut x))
                } else {
                    ((&a.0, &mut x), (&b.0, &mut y))
                };
                let mut send = hand(send_either(one, two));
                let mut receive = hand(either(&a.1, &b.1));
                let (sent, got) = if receives_first {
                    receive.park();
                    let sent = send.settle();
                    let got = receive.ready();
                    (sent.unwrap_or_else(|| send.ready()), got)
                } else {
                    send.park();
                    (receive.now(), send.ready()).swapped()
                };
                let on = if turned { 1 - sent.0 } else { sent.0 };
                assert_eq!((sent.1, got), (Ok(()), (on, Ok(on + 1))), "{kind:?}");
                drop((send, receive));
                assert_eq!((x, y), [(None, Some(2)), (Some(1), None)][on]);
            }
        }
    }
}

trait Swapped<A, B> {
    fn swapped(self) -> (B, A);
}

impl<A, B> Swapped<A, B> for (A, B) {
    fn swapped(self) -> (B, A) {
        (self.1, self.0)
    }
}

/// S27: three selects in a ring, one on tokio, one in a thread, one on this thread.
#[test]
fn selects_on_different_executors() {
    within(60, || {
        for kind in kinds([Some(0), Some(1)]) {
            let ring = [(); 3].map(|()| kind.open::<usize>());
            let [a, b, c] = ring;
            let rounds = scaled(500);
            // Each adds one and passes on; `None` has come round often enough.
            let thread = thread(move || {
                let idle = strait::channel::never::<usize>();
                loop {
                    select_blocking! {
                        got = a.1.recv() => match got {
                            Ok(n) => b.0.send_blocking(n + 1).unwrap(),
                            Err(_) => break,
                        },
                        _ = idle.recv() => unreachable!(),
                    }
                }
            });
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
            let runtime = runtime.unwrap();
            let task = runtime.spawn(async move {
                let idle = strait::channel::never::<usize>();
                loop {
                    let (_, got) = either(&idle, &b.1).await;
                    let Ok(n) = got else { break };
                    c.0.send(n + 1).await.unwrap();
                }
            });
            for i in 0..rounds {
                let idle = strait::channel::never::<usize>();
                a.0.send_blocking(i).unwrap();
                assert_eq!(block_on(either(&c.1, &idle)), (0, Ok(i + 2)), "{kind:?}");
            }
            drop(a.0);
            thread.join().unwrap();
            block_on(task).unwrap();
        }
    });
}
