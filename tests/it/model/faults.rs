//! The checker itself: histories that no channel may have, and some that it may.

#![forbid(unsafe_code)]

use super::check::linearizable;
use super::history::Op::{Cancel, Close, Len, Recv, Send, TryRecv, TrySend};
use super::history::Outcome::*;
use super::history::What::{Call, Leaves, Return, Waits};
use super::history::{Event, Op, Outcome, What};
use crate::support::caps::Kind;

/// Call numbers and what happened to them, in order.
fn history(lines: &[(usize, What)]) -> Vec<Event> {
    let stamped = lines.iter().enumerate();
    stamped.map(|(at, (call, what))| Event { stamp: at as u64, call: *call, what: *what }).collect()
}

/// One call after the other.
fn in_turn(calls: &[(Op, Outcome)]) -> Vec<Event> {
    let both = |(at, (op, end)): (usize, &(Op, Outcome))| [(at, Call(*op)), (at, Return(*end))];
    history(&calls.iter().enumerate().flat_map(both).collect::<Vec<_>>())
}

#[track_caller]
fn accepted(cap: Option<usize>, events: Vec<Event>) {
    assert_eq!(linearizable(Kind::usual(cap), &events), Ok(()), "{events:#?}");
}

/// Refused, and at the last event.
#[track_caller]
fn refused(cap: Option<usize>, events: Vec<Event>) {
    assert_eq!(linearizable(Kind::usual(cap), &events), Err(events.len() - 1), "{events:#?}");
}

#[test]
fn a_plain_history_is_accepted() {
    accepted(
        Some(2),
        in_turn(&[
            (TrySend(1), Sent),
            (Send(2), Sent),
            (TrySend(3), Full),
            (Len, Counted(2)),
            (Recv, Got(1)),
            (TryRecv, Got(2)),
            (TryRecv, Empty),
            (Close, Ended(true)),
            (Cancel, Ended(false)),
            (TrySend(4), SendClosed),
            (Recv, RecvClosed),
        ]),
    );
}

#[test]
fn a_lost_message_is_refused() {
    refused(None, in_turn(&[(TrySend(1), Sent), (TryRecv, Empty)]));
    refused(Some(2), in_turn(&[(Send(1), Sent), (Close, Ended(true)), (Recv, RecvClosed)]));
    // Lost with a receive that was given up.
    refused(
        Some(1),
        history(&[
            (0, Call(Recv)),
            (1, Call(Send(1))),
            (1, Return(Sent)),
            (0, Leaves),
            (0, Return(Abandoned)),
            (2, Call(TryRecv)),
            (2, Return(Empty)),
        ]),
    );
}

#[test]
fn a_doubled_message_is_refused() {
    refused(None, in_turn(&[(TrySend(1), Sent), (TryRecv, Got(1)), (TryRecv, Got(1))]));
    // Received, and given back to its sender.
    refused(
        Some(0),
        history(&[
            (0, Call(Send(1))),
            (0, Waits),
            (1, Call(Recv)),
            (1, Return(Got(1))),
            (0, Leaves),
            (0, Return(Withdrawn)),
        ]),
    );
    refused(None, in_turn(&[(TryRecv, Got(7))]).into_iter().collect());
}

#[test]
fn a_reordered_message_is_refused() {
    refused(None, in_turn(&[(TrySend(1), Sent), (TrySend(2), Sent), (TryRecv, Got(2))]));
    // Two receives under way: they may return in either order, but not when one began after the other.
    let lines = |second_begins_late: bool| {
        let mut lines = vec![
            (0, Call(TrySend(1))),
            (0, Return(Sent)),
            (1, Call(TrySend(2))),
            (1, Return(Sent)),
            (2, Call(Recv)),
            (2, Return(Got(2))),
            (3, Return(Got(1))),
        ];
        lines.insert(if second_begins_late { 6 } else { 4 }, (3, Call(Recv)));
        history(&lines)
    };
    accepted(None, lines(false));
    assert_eq!(linearizable(Kind::usual(None), &lines(true)), Err(5));
    // Waiting senders have their places.
    refused(
        Some(0),
        history(&[
            (0, Call(Send(1))),
            (0, Waits),
            (1, Call(Send(2))),
            (1, Waits),
            (2, Call(TryRecv)),
            (2, Return(Got(2))),
        ]),
    );
}

#[test]
fn over_capacity_is_refused() {
    refused(Some(1), in_turn(&[(TrySend(1), Sent), (TrySend(2), Sent)]));
    refused(Some(2), in_turn(&[(Send(1), Sent), (Send(2), Sent), (Send(3), Sent)]));
    refused(Some(0), in_turn(&[(TrySend(1), Sent)]));
    refused(Some(0), in_turn(&[(Send(1), Sent)]));
    // A waiting receiver admits one, and for capacities from 2 on none.
    let demand = |extra: usize| {
        let mut lines = vec![(0, Call(Recv))];
        for call in 1..=extra {
            lines.extend([(call, Call(TrySend(call as u32))), (call, Return(Sent))]);
        }
        history(&lines)
    };
    accepted(Some(0), demand(1));
    refused(Some(0), demand(2));
    accepted(Some(1), demand(2));
    refused(Some(1), demand(3));
    // Capacity 2: the receive may have taken one.
    accepted(Some(2), demand(3));
    refused(Some(2), demand(4));
}

#[test]
fn a_false_refusal_is_refused() {
    refused(Some(2), in_turn(&[(TrySend(1), Sent), (TrySend(2), Full)]));
    refused(None, in_turn(&[(TrySend(1), Full)]));
    refused(Some(1), in_turn(&[(TrySend(1), Sent), (TryRecv, Got(1)), (TrySend(2), Full)]));
    refused(Some(2), in_turn(&[(TrySend(1), SendClosed)]));
    refused(Some(2), in_turn(&[(TryRecv, RecvClosed)]));
    // A withdrawn message takes no room.
    refused(
        Some(1),
        history(&[
            (0, Call(TrySend(1))),
            (0, Return(Sent)),
            (1, Call(Send(2))),
            (1, Waits),
            (1, Leaves),
            (1, Return(Withdrawn)),
            (2, Call(TryRecv)),
            (2, Return(Got(1))),
            (3, Call(TrySend(3))),
            (3, Return(Full)),
        ]),
    );
}

#[test]
fn a_withdrawn_message_is_gone() {
    let lines = |end, then| {
        history(&[
            (0, Call(Send(1))),
            (0, Waits),
            (0, Leaves),
            (0, Return(end)),
            (1, Call(TryRecv)),
            (1, Return(then)),
        ])
    };
    accepted(Some(0), lines(Withdrawn, Empty));
    refused(Some(0), lines(Withdrawn, Got(1)));
    accepted(Some(0), lines(SentOrWithdrawn, Empty));
    // Nobody was there who could have admitted it.
    refused(Some(0), lines(SentOrWithdrawn, Got(1)));
}

#[test]
fn the_end_is_the_end() {
    refused(Some(2), in_turn(&[(Close, Ended(true)), (Close, Ended(true))]));
    refused(Some(2), in_turn(&[(Close, Ended(true)), (Send(1), Sent)]));
    refused(Some(2), in_turn(&[(TrySend(1), Sent), (Cancel, Ended(true)), (TryRecv, Got(1))]));
    // A waiting sender is drained after a close, and fails with a cancel.
    let lines = |end, outcome| {
        history(&[
            (0, Call(Send(1))),
            (0, Waits),
            (1, Call(end)),
            (1, Return(Ended(true))),
            (2, Call(Recv)),
            (2, Return(outcome)),
        ])
    };
    accepted(Some(0), lines(Close, Got(1)));
    refused(Some(0), lines(Close, RecvClosed));
    accepted(Some(0), lines(Cancel, RecvClosed));
    refused(Some(0), lines(Cancel, Got(1)));
}

#[test]
fn counts_are_exact() {
    refused(Some(2), in_turn(&[(TrySend(1), Sent), (Len, Counted(0))]));
    let lines = |n| {
        history(&[
            (0, Call(TrySend(1))),
            (1, Call(Len)),
            (1, Return(Counted(n))),
            (0, Return(Sent)),
        ])
    };
    accepted(Some(2), lines(0));
    accepted(Some(2), lines(1));
    assert!(linearizable(Kind::usual(Some(2)), &lines(2)).is_err());
}
