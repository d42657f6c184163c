//! A channel that does one thing at a time, and the calls that are under way on it.
//!
//! Messages stand in one line; those of waiting senders behind the stored ones. A send enters the
//! line at one moment and is *admitted* at that or a later one: when fewer than `capacity` (for
//! capacities 0 and 1: plus the receives that wait) stand before it, or when a receive takes it. Only
//! then may it return. A send that is given up leaves the line, unless it was admitted or taken
//! before; a receive that is given up takes nothing. A cancel is not one step: it closes, and then takes
//! out the messages one by one. Until it returns, a receive may get one of them, or see the end although
//! some are left.

#![forbid(unsafe_code)]

use super::history::{Op, Outcome};
use crate::support::caps::Kind;

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not called yet.
    Absent,
    /// Called, without effect.
    Called,
    /// A send in the line, not admitted.
    InLine,
    /// A cancel that has closed the channel, and is taking out what is there; whether it was the first.
    Clearing(bool),
    /// It has had its effect, and will return this.
    Settled(Outcome),
    /// Returned.
    Done,
}

/// A state in which the channel may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// The calls whose messages stand in the line.
    line: Vec<u8>,
    /// One for each call of the history.
    pub phases: Vec<Phase>,
    closed: bool,
}

/// What does not change during a history.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The channel.
    pub kind: Kind,
    /// What each call is.
    pub ops: Vec<Op>,
}

impl Spec {
    /// The state before the first call.
    pub fn start(&self) -> Config {
        Config { line: Vec::new(), phases: vec![Phase::Absent; self.ops.len()], closed: false }
    }

    /// How many messages may stand before one that is admitted.
    fn limit(&self, config: &Config) -> usize {
        match self.kind.cap {
            None => usize::MAX,
            Some(cap) if cap < 2 => cap + self.waiting(config),
            Some(cap) => cap,
        }
    }

    /// How many receives are under way that may wait.
    fn waiting(&self, config: &Config) -> usize {
        let waits = |(op, phase): &(&Op, &Phase)| **op == Op::Recv && **phase == Phase::Called;
        self.ops.iter().zip(&config.phases).filter(waits).count()
    }

    /// How many sends are under way that have no place in the line.
    fn sending(&self, config: &Config) -> usize {
        let sends = |(op, phase): &(&Op, &Phase)| {
            matches!(op, Op::Send(_) | Op::TrySend(_)) && **phase == Phase::Called
        };
        self.ops.iter().zip(&config.phases).filter(sends).count()
    }

    fn message(&self, call: u8) -> u32 {
        match self.ops[usize::from(call)] {
            Op::Send(message) | Op::TrySend(message) => message,
            _ => unreachable!("only sends stand in the line"),
        }
    }

    /// The states that one step of `call` leads to.
    pub fn steps(&self, config: &Config, call: usize, leaves: bool, mut to: impl FnMut(Config)) {
        let settle = |outcome| {
            let mut next = config.clone();
            next.phases[call] = Phase::Settled(outcome);
            next
        };
        match (config.phases[call], self.ops[call]) {
            (Phase::Called, Op::Send(_)) => {
                if leaves {
                    to(settle(Outcome::Withdrawn));
                }
                if config.closed {
                    to(settle(Outcome::SendClosed));
                } else {
                    let mut next = config.clone();
                    next.phases[call] = Phase::InLine;
                    next.line.push(call as u8);
                    to(next);
                }
            }
            (Phase::InLine, _) => {
                let place = config.line.iter().position(|c| usize::from(*c) == call).unwrap();
                if place < self.limit(config) {
                    to(settle(Outcome::Sent));
                }
                if leaves {
                    let mut next = settle(Outcome::Withdrawn);
                    next.line.remove(place);
                    to(next);
                }
            }
            (Phase::Called, Op::TrySend(_)) => {
                if config.closed {
                    return to(settle(Outcome::SendClosed));
                }
                if config.line.len() < self.limit(config) {
                    let mut next = settle(Outcome::Sent);
                    next.line.push(call as u8);
                    to(next);
                }
                // A receive that has only just been called does not wait yet. In a lock-free channel
                // a send that a receiver passed by takes a second place, and holds both for a moment.
                let held = if self.kind.lock_free { self.sending(config) - 1 } else { 0 };
                if self.kind.cap.is_some_and(|cap| config.line.len() + held >= cap) {
                    to(settle(Outcome::Full));
                }
            }
            (Phase::Called, op @ (Op::Recv | Op::TryRecv)) => {
                // In a fair channel what is there may be another's.
                if op == Op::TryRecv && self.kind.fair && self.waiting(config) > 0 {
                    to(settle(Outcome::Empty));
                }
                if let Some(head) = config.line.first() {
                    let mut next = settle(Outcome::Got(self.message(*head)));
                    next.line.remove(0);
                    let sender = &mut next.phases[usize::from(*head)];
                    if *sender == Phase::InLine {
                        *sender = Phase::Settled(Outcome::Sent);
                    }
                    to(next);
                }
                let clearing = |phase: &Phase| matches!(phase, Phase::Clearing(_));
                if config.line.is_empty() && config.closed || config.phases.iter().any(clearing) {
                    to(settle(Outcome::RecvClosed));
                } else if config.line.is_empty() && op == Op::TryRecv {
                    to(settle(Outcome::Empty));
                }
                if leaves {
                    to(settle(Outcome::Abandoned));
                }
            }
            (Phase::Called, Op::Close) => {
                let mut next = settle(Outcome::Ended(!config.closed));
                next.closed = true;
                to(next);
            }
            (Phase::Called, Op::Cancel) => {
                let mut next = config.clone();
                next.phases[call] = Phase::Clearing(!config.closed);
                next.closed = true;
                to(next);
            }
            (Phase::Clearing(first), _) => {
                let Some(head) = config.line.first() else {
                    return to(settle(Outcome::Ended(first)));
                };
                let mut next = config.clone();
                next.line.remove(0);
                let sender = &mut next.phases[usize::from(*head)];
                if *sender == Phase::InLine {
                    *sender = Phase::Settled(Outcome::SendClosed);
                }
                to(next);
            }
            (Phase::Called, Op::Len) => {
                let stored = config.line.len().min(self.kind.cap.unwrap_or(usize::MAX));
                to(settle(Outcome::Counted(stored)));
            }
            (Phase::Absent | Phase::Settled(_) | Phase::Done, _) => {}
        }
    }
}

/// Whether a call that settled in one way may be seen to return the other.
pub fn agrees(settled: Outcome, seen: Outcome) -> bool {
    use Outcome::{SendClosed, Sent, SentOrWithdrawn, Withdrawn};
    match seen {
        // A dropped future cannot tell why it has its message again.
        Withdrawn => matches!(settled, Withdrawn | SendClosed),
        SentOrWithdrawn => matches!(settled, Withdrawn | SendClosed | Sent),
        // A receive that is given up over a closed channel has taken nothing either.
        Outcome::Abandoned => matches!(settled, Outcome::Abandoned | Outcome::RecvClosed),
        _ => settled == seen,
    }
}
