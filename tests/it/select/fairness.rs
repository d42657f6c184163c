//! Who is preferred among arms that are ready: nobody, or the first.

#![forbid(unsafe_code)]

use strait::channel::{bounded, never, unbounded};
use strait::select::after;

use std::time::Duration;

use super::forms::{FORMS, Form, select_as};
use crate::support::hand::{hand, parked};
use crate::support::watch::within;

const ROUNDS: usize = 10_000;

#[track_caller]
fn shared(form: Form, counts: &[usize]) {
    let least = if form.is_biased() { 0 } else { ROUNDS / counts.len() / 2 };
    assert!(counts.iter().all(|count| *count >= least), "{form:?}: {counts:?}");
    if form.is_biased() {
        assert_eq!(counts[0], ROUNDS, "{form:?}: {counts:?}");
    }
    assert_eq!(counts.iter().sum::<usize>(), ROUNDS);
}

/// S2, S3: two receives that are ready: at least a quarter each, or the first alone.
#[test]
fn two_receives() {
    within(30, || {
        for form in FORMS {
            let (a, b) = (bounded(1), bounded(1));
            let mut counts = [0; 2];
            for i in 0..ROUNDS {
                let _ = (a.0.try_send(i), b.0.try_send(i));
                let arm = select_as!(form, { _ = a.1.recv() => 0, _ = b.1.recv() => 1 });
                counts[arm] += 1;
            }
            shared(form, &counts);
        }
    });
}

/// S2, S3: two sends that have room.
#[test]
fn two_sends() {
    within(30, || {
        for form in FORMS {
            let (a, b) = (bounded(1), bounded(1));
            let mut counts = [0; 2];
            for i in 0..ROUNDS {
                let arm = select_as!(form, { _ = a.0.send(i) => 0, _ = b.0.send(i) => 1 });
                counts[arm] += 1;
                assert_eq!([&a.1, &b.1][arm].try_recv(), Ok(i));
            }
            shared(form, &counts);
        }
    });
}

/// S2, S3: a send, a receive, a time, a future, a closed channel: any kind of arm.
#[test]
fn arms_of_all_kinds() {
    within(30, || {
        for form in FORMS {
            let (a, b, shut) = (unbounded(), bounded(1), never::<u8>());
            shut.close();
            let mut counts = [0; 5];
            for i in 0..ROUNDS {
                let _ = b.0.try_send(i);
                let arm = select_as!(form, {
                    _ = a.0.send(i) => 0,
                    _ = b.1.recv() => 1,
                    _ = after(Duration::ZERO) => 2,
                    _ = std::future::ready(()) => 3,
                    _ = shut.recv() => 4,
                });
                counts[arm] += 1;
            }
            shared(form, &counts);
        }
    });
}

/// S3: arms that are not ready, or switched off, take nothing from the shares of the others.
#[test]
fn idle_arms_do_not_count() {
    within(30, || {
        for form in [Form::Task, Form::Thread] {
            let (a, b, idle) = (bounded(1), bounded(1), never::<usize>());
            let mut counts = [0; 2];
            for i in 0..ROUNDS {
                let _ = (a.0.try_send(i), b.0.try_send(i));
                let arm = select_as!(form, {
                    _ = idle.recv() => 9,
                    _ = a.1.recv() => 0,
                    _ = b.1.recv(), if i > ROUNDS => 9,
                    _ = b.1.recv() => 1,
                });
                counts[arm] += 1;
            }
            assert!(counts.iter().all(|count| *count >= ROUNDS / 8), "{form:?}: {counts:?}");
        }
    });
}

/// S3: also among arms that became ready while the select waited, for tasks.
#[test]
fn arms_that_became_ready_while_it_waited() {
    let (a, b) = (bounded(1), bounded(1));
    let mut counts = [0; 2];
    for i in 0..ROUNDS / 10 {
        let mut select = parked(super::forms::either(&a.1, &b.1));
        a.0.try_send(i).unwrap();
        b.0.try_send(i).unwrap();
        let (arm, got) = select.ready();
        counts[arm] += 1;
        assert_eq!(got, Ok(i));
        drop(select);
        assert_eq!(hand([&b.1, &a.1][arm].recv()).now(), Ok(i));
    }
    assert!(counts.iter().all(|count| *count >= ROUNDS / 40), "{counts:?}");
}

/// A biased select looks at the first arm first also after it has waited.
#[test]
fn biased_after_waiting() {
    let (a, b) = (bounded(1), bounded(1));
    for i in 0..1000 {
        let mut select = parked(async {
            strait::select_biased! {
                got = a.1.recv() => (0, got),
                got = b.1.recv() => (1, got),
            }
        });
        b.0.try_send(i).unwrap();
        a.0.try_send(i).unwrap();
        assert_eq!(select.ready(), (0, Ok(i)));
        drop(select);
        assert_eq!(b.1.try_recv(), Ok(i));
    }
}
