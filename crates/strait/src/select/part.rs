//! One arm of a select that is kept: of any type, with what becomes of its output.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::kernel::arm::Arm;
use crate::kernel::ballot::{Ballot, Seat};
use crate::kernel::wait::{Progress, Step};

use super::list::Round;

/// What an arm gave, and whether it has ended.
#[derive(Debug)]
pub(super) struct Fired<R> {
    pub(super) output: R,
    pub(super) ends: bool,
}

/// An arm whose type is forgotten.
pub(super) trait Part<R>: Send {
    fn step(
        self: Pin<&mut Self>,
        index: usize,
        step: Step<'_>,
        waker: &Waker,
        round: Round<'_>,
    ) -> Progress<Fired<R>>;
    fn place(
        self: Pin<&mut Self>,
        index: usize,
        waker: &Waker,
        round: Round<'_>,
    ) -> Progress<Fired<R>>;
    fn won(self: Pin<&mut Self>, ballot: &Ballot) -> Option<Fired<R>>;
    fn forfeit(self: Pin<&mut Self>) -> bool;
    fn places(&self) -> bool;
    fn is_placed(&self) -> bool;
    fn opened(self: Pin<&mut Self>, ballot: &Ballot, missed: bool);
    fn pause(self: Pin<&mut Self>);
}

pin_project! {
    /// An arm and the function that its outputs go through.
    pub(super) struct Mapped<A, F> {
        #[pin]
        arm: A,
        map: F,
    }
}

impl<A, F> Mapped<A, F> {
    pub(super) fn new(arm: A, map: F) -> Self {
        Self { arm, map }
    }
}

impl<R, A, F> Part<R> for Mapped<A, F>
where
    A: Arm + Send,
    F: FnMut(A::Output) -> Fired<R> + Send,
{
    fn step(
        self: Pin<&mut Self>,
        index: usize,
        step: Step<'_>,
        waker: &Waker,
        round: Round<'_>,
    ) -> Progress<Fired<R>> {
        let this = self.project();
        round.step(this.arm, index, step, waker).map(this.map)
    }

    fn place(
        self: Pin<&mut Self>,
        index: usize,
        waker: &Waker,
        round: Round<'_>,
    ) -> Progress<Fired<R>> {
        let this = self.project();
        this.arm.place(waker, round.seat(index)).map(this.map)
    }

    fn won(self: Pin<&mut Self>, ballot: &Ballot) -> Option<Fired<R>> {
        let this = self.project();
        this.arm.won(ballot).map(this.map)
    }

    fn forfeit(self: Pin<&mut Self>) -> bool {
        self.project().arm.forfeit()
    }

    fn places(&self) -> bool {
        A::PLACES
    }

    fn is_placed(&self) -> bool {
        self.arm.is_exposed()
    }

    fn opened(self: Pin<&mut Self>, ballot: &Ballot, missed: bool) {
        self.project().arm.opened(ballot, missed);
    }

    fn pause(self: Pin<&mut Self>) {
        self.project().arm.pause();
    }
}

pin_project! {
    /// The items of a stream, one after the other.
    #[derive(Debug)]
    pub(super) struct Items<S> {
        #[pin]
        stream: S,
    }
}

impl<S: Stream> Items<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream }
    }
}

impl<S: Stream> Arm for Items<S> {
    type Output = Option<S::Item>;
    const FOREIGN: bool = true;

    fn step(
        self: Pin<&mut Self>,
        _: Step<'_>,
        waker: &Waker,
        _: Seat<'_>,
    ) -> Progress<Self::Output> {
        self.attempt(waker)
    }

    fn attempt(self: Pin<&mut Self>, waker: &Waker) -> Progress<Self::Output> {
        match self.project().stream.poll_next(&mut Context::from_waker(waker)) {
            Poll::Ready(item) => Progress::Ready(item),
            Poll::Pending => Progress::Blocked,
        }
    }
}
