//! The four macros as one, and selects of two arms as functions: what most tests here are made of.

#![forbid(unsafe_code)]

use strait::channel::{Receiver, RecvError, SendError, Sender};
use strait::select;

use crate::support::caps::{Cap, Kind};

/// Which macro, and on what it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Task,
    TaskBiased,
    Thread,
    ThreadBiased,
}

/// All of them.
pub(super) const FORMS: [Form; 4] =
    [Form::Task, Form::TaskBiased, Form::Thread, Form::ThreadBiased];

impl Form {
    pub(super) fn is_biased(self) -> bool {
        matches!(self, Self::TaskBiased | Self::ThreadBiased)
    }
}

/// One select, by the macro of that form. A task runs on this thread.
macro_rules! select_as {
    ($form:expr, { $($arms:tt)* }) => {
        match $form {
            $crate::select::forms::Form::Task => {
                $crate::support::hand::block_on(async { ::strait::select! { $($arms)* } })
            }
            $crate::select::forms::Form::TaskBiased => {
                $crate::support::hand::block_on(async { ::strait::select_biased! { $($arms)* } })
            }
            $crate::select::forms::Form::Thread => ::strait::select_blocking! { $($arms)* },
            $crate::select::forms::Form::ThreadBiased => {
                ::strait::select_blocking_biased! { $($arms)* }
            }
        }
    };
}
pub(super) use select_as;

/// The capacities where select has a rule of its own.
pub(super) const SMALL: [Cap; 4] = [Some(0), Some(1), Some(2), None];

/// Those on which a send can have to wait.
pub(super) const TIGHT: [usize; 3] = [0, 1, 2];

/// The kinds of channel of these capacities.
pub(super) fn kinds(caps: impl IntoIterator<Item = Cap>) -> impl Iterator<Item = Kind> {
    caps.into_iter().flat_map(Kind::all)
}

/// A channel of that kind, with `0..capacity` in it.
pub(super) fn full<T>(kind: Kind, make: impl Fn(usize) -> T) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = kind.open();
    for i in 0..kind.cap.expect("only a bounded channel can be full") {
        assert!(tx.try_send(make(i)).is_ok(), "message {i} did not fit");
    }
    (tx, rx)
}

/// What a select of a send and a receive has done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Done<S, R> {
    Sent(Result<(), SendError<S>>),
    Got(Result<R, RecvError>),
}

/// Receives from one of two, and says from which.
pub(super) async fn either<T>(a: &Receiver<T>, b: &Receiver<T>) -> (usize, Result<T, RecvError>) {
    select! {
        got = a.recv() => (0, got),
        got = b.recv() => (1, got),
    }
}

/// Sends or receives.
pub(super) async fn send_or_recv<S, R>(tx: &Sender<S>, message: S, rx: &Receiver<R>) -> Done<S, R> {
    select! {
        sent = tx.send(message) => Done::Sent(sent),
        got = rx.recv() => Done::Got(got),
    }
}

/// Sends from a slot or receives.
pub(super) async fn slot_or_recv<S, R>(
    tx: &Sender<S>,
    slot: &mut Option<S>,
    rx: &Receiver<R>,
) -> Done<(), R> {
    select! {
        sent = tx.send_ref(slot) => Done::Sent(sent),
        got = rx.recv() => Done::Got(got),
    }
}

/// Sends the one or the other message, each to its channel.
pub(super) async fn send_either<T>(
    a: (&Sender<T>, &mut Option<T>),
    b: (&Sender<T>, &mut Option<T>),
) -> (usize, Result<(), SendError<()>>) {
    select! {
        sent = a.0.send_ref(a.1) => (0, sent),
        sent = b.0.send_ref(b.1) => (1, sent),
    }
}
