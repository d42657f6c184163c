//! The arms of a select whose number is known when it is compiled.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::ops::Range;
use std::pin::Pin;
use std::task::Waker;
use std::time::Instant;

use pin_project_lite::pin_project;

use crate::kernel::arm::Arm;
use crate::kernel::ballot::{Ballot, Seat};
use crate::kernel::wait::{Progress, Step};

/// A list of arms that all end in an `R`. Arm `index` counts from the first one.
pub trait Arms<R> {
    /// How many there are.
    const COUNT: usize;
    /// Whether there is one that does not run code of the user.
    const NATIVE: bool;

    /// A try of each of these arms, in order, up to the first that is ready; before anything is
    /// registered.
    #[doc(hidden)]
    fn attempt(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        waker: &Waker,
        stalled: &mut bool,
    ) -> Option<R>;

    /// One step of each of these arms, in order, up to the first that is ready.
    #[doc(hidden)]
    fn sweep(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        step: Step<'_>,
        waker: &Waker,
        round: Round<'_>,
        stalled: &mut bool,
    ) -> Option<R>;

    /// A place in line for each of these arms that needs one, in order.
    #[doc(hidden)]
    fn place(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        waker: &Waker,
        round: Round<'_>,
    ) -> Option<R>;

    #[doc(hidden)]
    fn won(self: Pin<&mut Self>, index: usize, ballot: &Ballot) -> Option<R>;

    #[doc(hidden)]
    fn forfeit(self: Pin<&mut Self>, index: usize);

    #[doc(hidden)]
    fn is_meeting(&self) -> bool;

    #[doc(hidden)]
    fn is_exposed(&self) -> bool;

    #[doc(hidden)]
    fn opened(self: Pin<&mut Self>, ballot: &Ballot, missed: bool);

    #[doc(hidden)]
    fn deadline(&self) -> Option<Instant>;
}

/// What one pass over the arms needs.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    pub(super) ballot: Pin<&'a Ballot>,
    /// Somebody may ask the ballot, so it has to tell when code of the user runs.
    pub(super) exposed: bool,
    /// Arms that run code of the user are left out.
    pub(super) native_only: bool,
    pub(super) on_thread: bool,
    /// The number of the list's first arm.
    pub(super) base: usize,
    /// Somebody asked to be told when the ballot is open.
    pub(super) missed: &'a Cell<bool>,
}

impl<'a> Round<'a> {
    pub(super) fn seat(&self, index: usize) -> Seat<'a> {
        Seat { ballot: self.ballot, arm: (self.base + index) as u32, on_thread: self.on_thread }
    }

    /// For a list whose arms come after `count` others.
    fn after(self, count: usize) -> Self {
        Self { base: self.base + count, ..self }
    }

    /// One step of an arm, in the state of the ballot that is due to it.
    #[inline]
    pub(super) fn step<A: Arm>(
        self,
        arm: Pin<&mut A>,
        index: usize,
        step: Step<'_>,
        waker: &Waker,
    ) -> Progress<A::Output> {
        if !A::FOREIGN {
            return arm.step(step, waker, self.seat(index));
        }
        if self.native_only {
            return Progress::Blocked;
        }
        if self.exposed && self.ballot.go_away() {
            self.missed.set(true);
        }
        let progress = arm.step(step, waker, self.seat(index));
        if self.exposed {
            self.ballot.come_back();
        }
        progress
    }
}

/// No arm.
#[derive(Clone, Copy, Debug)]
pub struct Nil;

pin_project! {
    /// One arm, whose output goes through a function.
    #[derive(Debug)]
    pub struct One<A, F> {
        #[pin]
        arm: A,
        map: F,
    }
}

pin_project! {
    /// Two lists, one after the other.
    #[derive(Debug)]
    pub struct Join<L, M> {
        #[pin]
        first: L,
        #[pin]
        last: M,
    }
}

impl Nil {
    /// This arm is the first.
    #[inline]
    pub fn and<A, F>(self, arm: A, map: F) -> Join<Self, One<A, F>> {
        Join { first: self, last: One { arm, map } }
    }

    /// These arms are the first: types that are nested in 64 layers are too deep for the compiler.
    #[inline]
    pub fn join<M>(self, last: M) -> Join<Self, M> {
        Join { first: self, last }
    }
}

impl<L, M> Join<L, M> {
    /// This arm is the next.
    #[inline]
    pub fn and<A, F>(self, arm: A, map: F) -> Join<Self, One<A, F>> {
        Join { first: self, last: One { arm, map } }
    }

    /// These arms are the next.
    #[inline]
    pub fn join<N>(self, last: N) -> Join<Self, N> {
        Join { first: self, last }
    }
}

/// The part of `arms` that comes after the first `count`, counted from there.
#[inline]
fn beyond(arms: &Range<usize>, count: usize) -> Range<usize> {
    arms.start.saturating_sub(count)..arms.end.saturating_sub(count)
}

impl<R> Arms<R> for Nil {
    const COUNT: usize = 0;
    const NATIVE: bool = false;

    #[inline]
    fn attempt(self: Pin<&mut Self>, _: Range<usize>, _: &Waker, _: &mut bool) -> Option<R> {
        None
    }

    #[inline]
    fn sweep(
        self: Pin<&mut Self>,
        _: Range<usize>,
        _: Step<'_>,
        _: &Waker,
        _: Round<'_>,
        _: &mut bool,
    ) -> Option<R> {
        None
    }

    fn place(self: Pin<&mut Self>, _: Range<usize>, _: &Waker, _: Round<'_>) -> Option<R> {
        None
    }

    fn won(self: Pin<&mut Self>, _: usize, _: &Ballot) -> Option<R> {
        None
    }

    fn forfeit(self: Pin<&mut Self>, _: usize) {}

    fn is_meeting(&self) -> bool {
        false
    }

    fn is_exposed(&self) -> bool {
        false
    }

    fn opened(self: Pin<&mut Self>, _: &Ballot, _: bool) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }
}

impl<R, A: Arm, F: Fn(A::Output) -> R> Arms<R> for One<A, F> {
    const COUNT: usize = 1;
    const NATIVE: bool = !A::FOREIGN;

    #[inline]
    fn attempt(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        waker: &Waker,
        stalled: &mut bool,
    ) -> Option<R> {
        if !arms.contains(&0) {
            return None;
        }
        let this = self.project();
        one(this.arm.attempt(waker).map(this.map), stalled)
    }

    #[inline]
    fn sweep(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        step: Step<'_>,
        waker: &Waker,
        round: Round<'_>,
        stalled: &mut bool,
    ) -> Option<R> {
        if !arms.contains(&0) {
            return None;
        }
        let this = self.project();
        one(round.step(this.arm, 0, step, waker).map(this.map), stalled)
    }

    fn place(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        waker: &Waker,
        round: Round<'_>,
    ) -> Option<R> {
        if !arms.contains(&0) {
            return None;
        }
        let this = self.project();
        one(this.arm.place(waker, round.seat(0)).map(this.map), &mut false)
    }

    fn won(self: Pin<&mut Self>, _: usize, ballot: &Ballot) -> Option<R> {
        let this = self.project();
        this.arm.won(ballot).map(this.map)
    }

    fn forfeit(self: Pin<&mut Self>, _: usize) {
        self.project().arm.forfeit();
    }

    fn is_meeting(&self) -> bool {
        self.arm.is_meeting()
    }

    fn is_exposed(&self) -> bool {
        self.arm.is_exposed()
    }

    fn opened(self: Pin<&mut Self>, ballot: &Ballot, missed: bool) {
        self.project().arm.opened(ballot, missed);
    }

    fn deadline(&self) -> Option<Instant> {
        self.arm.deadline()
    }
}

#[inline]
fn one<R>(progress: Progress<R>, stalled: &mut bool) -> Option<R> {
    match progress {
        Progress::Ready(chosen) => return Some(chosen),
        Progress::Blocked => {}
        Progress::Stalled => *stalled = true,
    }
    None
}

impl<R, L: Arms<R>, M: Arms<R>> Arms<R> for Join<L, M> {
    const COUNT: usize = L::COUNT + M::COUNT;
    const NATIVE: bool = L::NATIVE || M::NATIVE;

    #[inline]
    fn attempt(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        waker: &Waker,
        stalled: &mut bool,
    ) -> Option<R> {
        let this = self.project();
        let rest = beyond(&arms, L::COUNT);
        this.first.attempt(arms, waker, stalled).or_else(|| this.last.attempt(rest, waker, stalled))
    }

    #[inline]
    fn sweep(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        step: Step<'_>,
        waker: &Waker,
        round: Round<'_>,
        stalled: &mut bool,
    ) -> Option<R> {
        let this = self.project();
        let rest = beyond(&arms, L::COUNT);
        this.first
            .sweep(arms, step, waker, round, stalled)
            .or_else(|| this.last.sweep(rest, step, waker, round.after(L::COUNT), stalled))
    }

    fn place(
        self: Pin<&mut Self>,
        arms: Range<usize>,
        waker: &Waker,
        round: Round<'_>,
    ) -> Option<R> {
        let this = self.project();
        let rest = beyond(&arms, L::COUNT);
        this.first
            .place(arms, waker, round)
            .or_else(|| this.last.place(rest, waker, round.after(L::COUNT)))
    }

    fn won(self: Pin<&mut Self>, index: usize, ballot: &Ballot) -> Option<R> {
        let this = self.project();
        match index.checked_sub(L::COUNT) {
            Some(index) => this.last.won(index, ballot),
            None => this.first.won(index, ballot),
        }
    }

    fn forfeit(self: Pin<&mut Self>, index: usize) {
        let this = self.project();
        match index.checked_sub(L::COUNT) {
            Some(index) => this.last.forfeit(index),
            None => this.first.forfeit(index),
        }
    }

    fn is_meeting(&self) -> bool {
        self.first.is_meeting() || self.last.is_meeting()
    }

    fn is_exposed(&self) -> bool {
        self.first.is_exposed() || self.last.is_exposed()
    }

    fn opened(self: Pin<&mut Self>, ballot: &Ballot, missed: bool) {
        let this = self.project();
        this.first.opened(ballot, missed);
        this.last.opened(ballot, missed);
    }

    fn deadline(&self) -> Option<Instant> {
        [self.first.deadline(), self.last.deadline()].into_iter().flatten().min()
    }
}
