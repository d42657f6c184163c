//! What of a select is evaluated, when and how often; arms that are off; and bodies, which run
//! when everything else is over.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::time::Duration;

use strait::channel::{Receiver, bounded, never, rendezvous, unbounded};
use strait::select::after;
use strait::{select, select_biased, select_blocking};

use super::forms::{FORMS, select_as};
use crate::support::hand::{block_on, hand, parked, poll_once};
use crate::support::wake::Probe;
use crate::support::watch::within;

/// Guards and operations are evaluated once, in the order in which they are written; an operation
/// behind a false guard is not.
#[test]
fn each_is_evaluated_once_and_in_order() {
    within(10, || {
        for form in FORMS {
            let (tx, rx) = bounded(1);
            let idle = never::<i32>();
            tx.try_send(5).unwrap();
            let log = RefCell::new(Vec::new());
            let say = |what: &'static str| log.borrow_mut().push(what);
            let got = select_as!(form, {
                _ = { say("a"); idle.recv() } => 0,
                _ = { say("off"); rx.recv() }, if { say("guard b"); false } => 1,
                got = { say("c"); rx.recv() }, if { say("guard c"); true } => { say("body"); got.unwrap() }
                _ = { say("off too"); after(Duration::ZERO) }, if false => 3,
                default => 4,
            });
            assert_eq!(got, 5);
            assert_eq!(log.take(), ["a", "guard b", "guard c", "c", "body"], "{form:?}");
        }
    });
}

/// Not again at later polls.
#[test]
fn once_for_all_polls() {
    let (tx, rx) = rendezvous();
    let mut count = 0;
    let mut select = hand(async {
        select! {
            got = { count += 1; rx.recv() } => got,
            _ = std::future::pending::<()>() => unreachable!(),
        }
    });
    for _ in 0..20 {
        assert!(select.poll().is_pending());
    }
    tx.try_send(1).unwrap();
    assert_eq!(select.now(), Ok(1));
    drop(select);
    assert_eq!(count, 1);
}

/// What a false guard protects: an operation that would panic.
#[test]
fn a_guard_protects_its_operation() {
    let (tx, rx) = bounded(2);
    for form in FORMS {
        for mut slot in [None, Some(1)] {
            let arm = select_as!(form, {
                sent = tx.send_ref(&mut slot), if slot.is_some() => { sent.unwrap(); 0 }
                default => 1,
            });
            assert_eq!(
                (arm == 0, arm == 0),
                (slot.is_none() && !tx.is_empty(), rx.drain().count() == 1)
            );
        }
    }
}

/// Arms that are off never fire: by a guard, by an `Option` of an operation, or of a future.
#[test]
fn an_arm_that_is_off_never_fires() {
    within(10, || {
        for form in FORMS {
            let (tx, rx) = unbounded();
            tx.try_send(1).unwrap();
            let none: Option<&Receiver<i32>> = None;
            for _ in 0..50 {
                let arm = select_as!(form, {
                    _ = rx.recv(), if rx.len() > 1 => 0,
                    _ = none.map(|rx| rx.recv()) => 1,
                    _ = None::<std::future::Ready<()>> => 2,
                    _ = tx.send(1), if false => 3,
                    _ = std::future::ready(()), if false => 4,
                    _ = Some(after(Duration::ZERO)), if rx.is_empty() => 5,
                    default => 6,
                });
                assert_eq!((arm, rx.len()), (6, 1), "{form:?}");
            }
            let arm = select_as!(form, {
                _ = none.map(|rx| rx.recv()) => 1,
                _ = Some(rx.recv()) => 7,
            });
            assert_eq!(arm, 7);
        }
    });
}

/// `break`, `continue` and `return` in a body belong to the code around.
#[test]
fn control_flow_in_bodies() {
    fn run(rx: &Receiver<i32>) -> Result<i32, &'static str> {
        let mut sum = 0;
        let word = loop {
            select_blocking! {
                got = rx.recv() => match got {
                    Ok(0) => continue,
                    Ok(100) => break "broken off",
                    Ok(200) => return Ok(sum),
                    Ok(n) => sum += n,
                    Err(_) => Err("closed")?,
                },
                default => unreachable!(),
            }
            sum += 1000;
        };
        assert_eq!(word, "broken off");
        Ok(-sum)
    }
    let (tx, rx) = unbounded();
    [0, 1, 0, 2, 100].into_iter().for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(run(&rx), Ok(-2003));
    [5, 200].into_iter().for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(run(&rx), Ok(1005));
    tx.close();
    assert_eq!(run(&rx), Err("closed"));
}

/// The same in a task, with `.await` and `?`.
#[test]
fn waiting_in_bodies() {
    async fn run(
        a: &Receiver<u8>,
        b: &Receiver<u8>,
    ) -> Result<(u8, u8), strait::channel::RecvError> {
        let mut first = None;
        'outer: loop {
            select! {
                got = a.recv(), if first.is_none() => first = Some(got?),
                got = b.recv(), if first.is_none() => return Ok((got?, a.recv().await?)),
                _ = std::future::ready(()), if first.is_some() => {
                    select_biased! {
                        got = b.recv() => break 'outer Ok((first.unwrap(), got?)),
                        _ = after(Duration::from_millis(1)) => continue 'outer,
                    }
                }
            }
        }
    }
    let (a, b) = (rendezvous(), rendezvous());
    for first in [&a.0, &b.0] {
        let mut task = parked(run(&a.1, &b.1));
        first.try_send(1).unwrap();
        task.park();
        let second = if first.same_channel(&a.0) { &b.0 } else { &a.0 };
        let mut send = hand(second.send(2));
        let _ = send.settle();
        assert_eq!(task.now(), Ok((1, 2)));
    }
    let mut task = parked(run(&a.1, &b.1));
    b.0.close();
    assert!(task.ready().is_err());
}

/// S20: a body runs when all arms have been let go: what they had lent is free, no place is in
/// line, no waker is kept, and it may use the channels as it likes.
#[test]
fn bodies_run_after_the_arms() {
    let (full, held) = bounded(1);
    full.try_send(0).unwrap();
    let (zero, demand) = rendezvous();
    let (tx, rx) = unbounded();
    let mut slot = Some(9);
    let mut out = Vec::new();
    let probe = Probe::default();
    let mut select = Box::pin(async {
        select! {
            sent = full.send_ref(&mut slot) => unreachable!("{sent:?}"),
            got = demand.recv() => unreachable!("{got:?}"),
            got = rx.recv_many(&mut out, 4) => {
                assert_eq!((slot.take(), out.len()), (Some(9), got.unwrap()));
                assert!(zero.try_send(1).is_err(), "demand is left");
                assert_eq!((held.try_recv(), held.try_recv().ok()), (Ok(0), None));
                full.try_send(1).unwrap();
                let mut more = hand(full.send(2));
                more.park();
                assert_eq!((held.try_recv(), held.try_recv()), (Ok(1), Ok(2)));
                tx.try_send(3).unwrap();
                probe.held()
            }
        }
    });
    while poll_once(select.as_mut(), &probe.waker()).is_pending() && probe.held() == 0 {}
    assert!(probe.held() > 0);
    tx.try_send(7).unwrap();
    let waker = probe.waker();
    let std::task::Poll::Ready(held) = poll_once(select.as_mut(), &waker) else {
        panic!("it waits beside a message");
    };
    assert_eq!(held, 1, "the one of this poll");
    assert_eq!(rx.try_recv(), Ok(3));
}

/// S24: the value of a body is the value of the select: unit, owned, borrowed, none at all.
#[test]
fn bodies_of_any_type() {
    let (tx, rx) = unbounded();
    let mut words = [String::from("a")];
    for form in FORMS {
        tx.try_send(1).unwrap();
        let () = select_as!(form, { _ = rx.recv() => {} });
        let word: String =
            select_as!(form, { default => words[0].clone(), _ = rx.recv() => panic!() });
        assert_eq!(word, "a");
        let word: &mut String =
            select_as!(form, { _ = rx.recv() => unreachable!(), default => &mut words[0] });
        word.push('b');
        word.truncate(1);
        tx.try_send(1).unwrap();
        let boxed = select_as!(form, {
            got = rx.recv() => Box::new(move || got.unwrap()) as Box<dyn Fn() -> i32>,
            default => Box::new(|| 2),
        });
        assert_eq!(boxed(), 1);
    }
    let diverges = |rx: &Receiver<i32>| -> i32 {
        if rx.is_empty() {
            select_blocking! { _ = rx.recv() => return 1, default => return 2 }
        }
        3
    };
    assert_eq!(diverges(&rx), 2);
    // Values move into bodies; only one of them runs.
    let value = vec![1, 2, 3];
    let got = block_on(async {
        select! {
            _ = rx.recv() => value,
            _ = after(Duration::ZERO) => { drop(value); Vec::new() }
        }
    });
    assert!(got.is_empty());
}

/// Patterns: wildcards, bindings by reference and mutable, or-patterns, structures.
#[test]
fn patterns() {
    struct Point {
        x: i32,
        y: i32,
    }
    for form in FORMS {
        let (tx, rx) = bounded(1);
        tx.try_send(1).unwrap();
        let got = select_as!(form, {
            mut got = rx.recv() => { got = got.map(|n| n + 1); got }
            _ = None::<std::future::Ready<()>> => unreachable!(),
        });
        assert_eq!(got, Ok(2));
        let point = async { Point { x: 3, y: 4 } };
        let sum = select_as!(form, { Point { x, y: ref up } = point => x + *up });
        assert_eq!(sum, 7);
        let whole = async { Ok::<(i32, i32), (i32, i32)>((5, 6)) };
        let sum = select_as!(form, { Ok(all @ (a, _)) | Err(all @ (_, a)) = whole => all.0 + a });
        assert_eq!(sum, 10);
    }
}
