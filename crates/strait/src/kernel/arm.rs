//! What a select needs of the things that it waits for.
//!
//! The rooms implement [`Arm`] for their operations (`channel/arms.rs`), the select room drives
//! them and knows nothing of channels. Every method but the first is called by the select that
//! the arm belongs to, in this order:
//!
//! ```text
//! attempt, step(Try) ...        nothing of it remains
//! step(Register) -> place       it waits; the ballot is BUSY, or AWAY if the arm is FOREIGN
//!   -> opened                   the ballot is OPEN
//!   -> won | step(Register)     at the next poll
//! pause                         of a select that is kept: nobody waits for now
//! drop                          it lost, or is done: nothing of it remains
//! ```

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::Waker;
use std::time::Instant;

use super::ballot::{Ballot, Seat};
use super::wait::{Progress, Step};

/// One thing that a select can wait for.
pub trait Arm {
    /// What it gives if it is chosen.
    type Output;

    /// Whether a step runs code of the user, which may take long and do anything.
    const FOREIGN: bool;

    /// Whether it takes a place in line while it waits.
    const PLACES: bool = false;

    /// Takes effect if it can, and leaves no trace otherwise; before anything of the select is
    /// registered.
    fn attempt(self: Pin<&mut Self>, waker: &Waker) -> Progress<Self::Output>;

    /// Takes effect if it can. To register, it takes care that `waker` hears of any change.
    fn step(
        self: Pin<&mut Self>,
        step: Step<'_>,
        waker: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output>;

    /// For arms that must be seen by counterparts while they wait: takes a place in line.
    fn place(self: Pin<&mut Self>, _: &Waker, _: Seat<'_>) -> Progress<Self::Output> {
        Progress::Blocked
    }

    /// Whether a counterpart may decide the select for this arm.
    fn is_exposed(&self) -> bool {
        false
    }

    /// Tells those who wait for this arm that they may decide the select now. `missed`: one of them
    /// has asked.
    fn opened(self: Pin<&mut Self>, _: &Ballot, _missed: bool) {}

    /// The select was decided for this arm. `None`: it came to nothing after all.
    fn won(self: Pin<&mut Self>, _: &Ballot) -> Option<Self::Output> {
        None
    }

    /// The select was decided for this arm, but stops waiting. Says whether that makes the decision
    /// void; otherwise `won` is still to be called, or the arm dropped.
    fn forfeit(self: Pin<&mut Self>) -> bool {
        false
    }

    /// Whether two such arms can meet only if one of them is registered, so that trying for a while
    /// before does not help.
    fn is_meeting(&self) -> bool {
        false
    }

    /// The select stops waiting for a while: gives back what others may need meanwhile. It is looked
    /// at again before the select waits again.
    fn pause(self: Pin<&mut Self>) {}

    /// The time from which on it can take effect, if it knows.
    fn deadline(&self) -> Option<Instant> {
        None
    }
}

/// An operation that a select knows how to wait for, and how not to do.
///
/// The operations of channels are such. Any other future can be an arm too; it is polled in place.
pub trait Operation {
    /// What the select drives.
    type Arm: Arm;

    #[doc(hidden)]
    fn into_arm(self) -> Self::Arm;
}

impl<O: Operation> Operation for Option<O> {
    type Arm = Option<O::Arm>;

    #[inline]
    fn into_arm(self) -> Option<O::Arm> {
        self.map(O::into_arm)
    }
}

/// An arm that is switched off never takes effect.
impl<A: Arm> Arm for Option<A> {
    type Output = A::Output;
    const FOREIGN: bool = A::FOREIGN;
    const PLACES: bool = A::PLACES;

    #[inline]
    fn attempt(self: Pin<&mut Self>, waker: &Waker) -> Progress<A::Output> {
        match self.as_pin_mut() {
            Some(arm) => arm.attempt(waker),
            None => Progress::Blocked,
        }
    }

    #[inline]
    fn step(
        self: Pin<&mut Self>,
        step: Step<'_>,
        waker: &Waker,
        seat: Seat<'_>,
    ) -> Progress<A::Output> {
        match self.as_pin_mut() {
            Some(arm) => arm.step(step, waker, seat),
            None => Progress::Blocked,
        }
    }

    fn place(self: Pin<&mut Self>, waker: &Waker, seat: Seat<'_>) -> Progress<A::Output> {
        match self.as_pin_mut() {
            Some(arm) => arm.place(waker, seat),
            None => Progress::Blocked,
        }
    }

    fn is_exposed(&self) -> bool {
        self.as_ref().is_some_and(A::is_exposed)
    }

    fn opened(self: Pin<&mut Self>, ballot: &Ballot, missed: bool) {
        if let Some(arm) = self.as_pin_mut() {
            arm.opened(ballot, missed);
        }
    }

    fn won(self: Pin<&mut Self>, ballot: &Ballot) -> Option<A::Output> {
        self.as_pin_mut()?.won(ballot)
    }

    fn forfeit(self: Pin<&mut Self>) -> bool {
        self.as_pin_mut().is_some_and(A::forfeit)
    }

    fn is_meeting(&self) -> bool {
        self.as_ref().is_some_and(A::is_meeting)
    }

    fn pause(self: Pin<&mut Self>) {
        if let Some(arm) = self.as_pin_mut() {
            arm.pause();
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.as_ref()?.deadline()
    }
}
