//! The checker itself: what selects may not do, and some things that they may.

#![forbid(unsafe_code)]

use super::check::{Line, linearizable};
use super::spec::Arm::{Recv, Send};
use super::spec::End::{Chose, GivenUp, Nothing};
use super::spec::Op::{Now, Plain, Select, Try};
use super::spec::{Arms, End, Op};
use crate::model::history::What::{self, Call, Leaves, Return, Runs, Waits};

/// Call numbers and what happened to them, in order.
fn history(lines: &[(usize, What<Op, End>)]) -> Vec<Line> {
    let stamped = lines.iter().enumerate();
    stamped.map(|(at, (call, what))| Line { stamp: at as u64, call: *call, what: *what }).collect()
}

#[track_caller]
fn accepted(caps: [usize; 2], lines: &[(usize, What<Op, End>)]) {
    assert_eq!(linearizable(&caps, &history(lines)), Ok(()), "{lines:#?}");
}

/// Refused, and at the last event.
#[track_caller]
fn refused(caps: [usize; 2], lines: &[(usize, What<Op, End>)]) {
    assert_eq!(linearizable(&caps, &history(lines)), Err(lines.len() - 1), "{lines:#?}");
}

/// One call after the other.
fn in_turn(calls: &[(Op, End)]) -> Vec<(usize, What<Op, End>)> {
    let both = |(at, (op, end)): (usize, &(Op, End))| [(at, Call(*op)), (at, Return(*end))];
    calls.iter().enumerate().flat_map(both).collect()
}

const fn two(one: super::spec::Arm, two: super::spec::Arm) -> Arms {
    [Some(one), Some(two), None]
}

const BOTH_SENDS: Op = Select(two(Send(0, 1), Send(1, 2)));
const BOTH_RECEIVES: Op = Select(two(Recv(0), Recv(1)));

#[test]
fn one_arm_is_accepted() {
    let got = |channel, end| [(1, Call(Try(Recv(channel)))), (1, Return(end))];
    let asleep = [(0, Call(BOTH_SENDS)), (0, Waits)];
    let mut lines = asleep.to_vec();
    lines.extend(got(1, Chose(0, Some(2))));
    lines.extend([(2, Call(Try(Recv(0)))), (2, Return(Nothing)), (0, Return(Chose(1, None)))]);
    accepted([0, 0], &lines);
    accepted(
        [1, 2],
        &in_turn(&[
            (Now(two(Recv(0), Recv(1))), Nothing),
            (Now(two(Recv(0), Send(1, 1))), Chose(1, None)),
            (Select(two(Recv(0), Recv(1))), Chose(1, Some(1))),
            (Try(Recv(1)), Nothing),
        ]),
    );
}

#[test]
fn two_arms_are_refused() {
    let asleep = [(0, Call(BOTH_SENDS)), (0, Waits)];
    let mut lines = asleep.to_vec();
    lines.extend([(1, Call(Try(Recv(0)))), (1, Return(Chose(0, Some(1))))]);
    lines.extend([(2, Call(Try(Recv(1)))), (2, Return(Chose(0, Some(2))))]);
    refused([0, 0], &lines);
    // It has sent, and says that it has received.
    let lines = in_turn(&[
        (Try(Send(0, 7)), Chose(0, None)),
        (Select(two(Recv(0), Send(1, 8))), Chose(0, Some(7))),
        (Try(Recv(1)), Chose(0, Some(8))),
    ]);
    refused([1, 1], &lines);
    // Chosen by two that cannot wait.
    let mut lines = vec![(0, Call(BOTH_RECEIVES)), (0, Waits)];
    lines.extend([(1, Call(Try(Send(0, 1)))), (1, Return(Chose(0, None)))]);
    accepted([0, 0], &lines);
    lines.extend([(2, Call(Try(Send(1, 2)))), (2, Return(Chose(0, None)))]);
    refused([0, 0], &lines);
}

#[test]
fn a_sender_that_came_between_is_owed_the_select_that_was_chosen() {
    let receive = |call| [(call, Call(Select([Some(Recv(0)), None, None]))), (call, Waits)];
    let mut lines = [receive(0), receive(1)].concat();
    lines.extend([(2, Call(Try(Send(0, 1)))), (3, Call(Plain(Send(0, 2)))), (3, Waits)]);
    lines.extend([(2, Return(Chose(0, None))), (0, Runs), (0, Leaves), (0, Return(GivenUp))]);
    // It chose 0, then 3 came, then it chose 1.
    lines.push((1, Runs));
    accepted([0, 0], &[&lines[..], &[(1, Return(Chose(0, Some(2))))]].concat());
    accepted([0, 0], &[&lines[..], &[(1, Return(Chose(0, Some(1))))]].concat());
    // With one select there is nobody to choose again.
    let mut lines = receive(0).to_vec();
    lines.extend([(2, Call(Try(Send(0, 1)))), (3, Call(Plain(Send(0, 2)))), (3, Waits)]);
    lines.extend([(2, Return(Chose(0, None))), (0, Runs)]);
    refused([0, 0], &[&lines[..], &[(0, Return(Chose(0, Some(2))))]].concat());
}

#[test]
fn a_default_beside_a_ready_arm_is_refused() {
    refused(
        [2, 2],
        &in_turn(&[(Try(Send(1, 1)), Chose(0, None)), (Now(two(Recv(0), Recv(1))), Nothing)]),
    );
    refused([2, 2], &in_turn(&[(Now(two(Recv(0), Send(1, 1))), Nothing)]));
    // A select sleeps, and would send.
    for op in [Try(Recv(0)), Now(two(Recv(0), Recv(1)))] {
        refused([0, 0], &[(0, Call(BOTH_SENDS)), (0, Waits), (1, Call(op)), (1, Return(Nothing))]);
    }
    // While it runs, it is not to be had.
    let lines = [(0, Call(BOTH_SENDS)), (0, Waits), (0, Runs), (1, Call(Try(Recv(0))))];
    accepted([0, 0], &[&lines[..], &[(1, Return(Nothing))]].concat());
}

#[test]
fn what_was_given_up_or_lost_is_refused() {
    let asleep = [(0, Call(BOTH_SENDS)), (0, Waits), (0, Leaves), (0, Return(GivenUp))];
    let then = |end| [&asleep[..], &[(1, Call(Try(Recv(0)))), (1, Return(end))]].concat();
    accepted([0, 0], &then(Nothing));
    refused([0, 0], &then(Chose(0, Some(1))));
    // A select that is given up leaves its message to the next.
    let mut lines = vec![(0, Call(BOTH_RECEIVES)), (0, Waits)];
    lines.extend([(1, Call(Try(Send(0, 1)))), (1, Return(Chose(0, None)))]);
    lines.extend([(0, Leaves), (0, Return(GivenUp)), (2, Call(Try(Recv(0))))]);
    accepted([0, 0], &[&lines[..], &[(2, Return(Chose(0, Some(1))))]].concat());
    refused([0, 0], &[&lines[..], &[(2, Return(Nothing))]].concat());
}

#[test]
fn places_have_their_order() {
    let mut lines = vec![(0, Call(Plain(Send(0, 1)))), (0, Waits)];
    lines.extend([(1, Call(Select(two(Send(0, 2), Recv(1))))), (1, Waits)]);
    lines.extend([(2, Call(Try(Recv(0)))), (2, Return(Chose(0, Some(2))))]);
    refused([0, 0], &lines);
    // A select does not receive from itself.
    let own = Select(two(Send(0, 1), Recv(0)));
    refused([0, 0], &[(0, Call(own)), (0, Return(Chose(1, Some(1))))]);
    refused([0, 0], &[(0, Call(own)), (0, Return(Chose(0, None)))]);
}
