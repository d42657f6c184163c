//! What the macros expand to. Not for direct use.
//!
//! An arm is any expression: an operation that a select knows ([`Operation`]), an `Option` of one,
//! or any future, also in an `Option`. Which of these it is, method resolution finds out: it tries
//! the traits below on a probe, from the one that takes the most references to the one that takes
//! none.

#![forbid(unsafe_code)]

use std::future::Pending;
use std::marker::PhantomData;

use crate::kernel::arm::Operation;

pub use crate::kernel::arm::Arm;
pub use crate::kernel::ballot::{Ballot, Seat};
pub use crate::kernel::wait::{Progress, Step};

pub use super::foreign::Foreign;
pub use super::list::{Arms, Join, Nil, One, Round};
pub use super::order::Order;
pub use super::selection::Selection;

/// Stands for a type in method resolution.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// The probe for the type of a value.
    #[inline]
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

/// Makes arms of operations.
#[derive(Clone, Copy, Debug)]
pub struct ByOperation;

/// Makes arms of futures that may be absent.
#[derive(Clone, Copy, Debug)]
pub struct ByOption;

/// Makes arms of futures.
#[derive(Clone, Copy, Debug)]
pub struct ByFuture;

/// Says what is wrong with everything else.
#[derive(Clone, Copy, Debug)]
pub struct ByNothing;

/// The first guess.
pub trait GuessOperation {
    /// How to make the arm.
    #[inline]
    fn kind(&self) -> ByOperation {
        ByOperation
    }
}

/// The second guess.
pub trait GuessOption {
    /// How to make the arm.
    #[inline]
    fn kind(&self) -> ByOption {
        ByOption
    }
}

/// The third guess.
pub trait GuessFuture {
    /// How to make the arm.
    #[inline]
    fn kind(&self) -> ByFuture {
        ByFuture
    }
}

/// The last resort.
pub trait GuessNothing {
    /// Why there is no arm.
    fn kind(&self) -> ByNothing {
        ByNothing
    }
}

impl<T: Operation> GuessOperation for &&&Probe<T> {}
impl<F: IntoFuture> GuessOption for &&Probe<Option<F>> {}
impl<F: IntoFuture> GuessFuture for &Probe<F> {}
impl<T> GuessNothing for Probe<T> {}

/// Nothing is such; for the text of the error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an arm of a select",
    label = "`{Self}` is neither an operation nor a future",
    note = "an arm is an operation that has not begun, like `rx.recv()` or `tx.send(value)`, or any future, or an `Option` of these"
)]
pub trait Waits {}

impl ByOperation {
    /// Makes the arm.
    #[inline]
    pub fn arm<O: Operation>(self, operation: O) -> O::Arm {
        operation.into_arm()
    }
}

impl ByOption {
    /// Makes the arm.
    #[inline]
    pub fn arm<F: IntoFuture>(self, future: Option<F>) -> Option<Foreign<F::IntoFuture>> {
        future.map(|future| Foreign::new(future.into_future()))
    }
}

impl ByFuture {
    /// Makes the arm.
    #[inline]
    pub fn arm<F: IntoFuture>(self, future: F) -> Foreign<F::IntoFuture> {
        Foreign::new(future.into_future())
    }
}

impl ByNothing {
    /// Makes no arm: it cannot be called.
    pub fn arm<T: Waits>(self, _: T) -> Foreign<Pending<()>> {
        unreachable!("nothing is such")
    }
}
