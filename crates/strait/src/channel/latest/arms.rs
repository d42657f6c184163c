//! Waits for a change as arms of a select. They may drop the old value, and ask a predicate of the
//! user's, so they are foreign.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::Waker;

use pin_project_lite::pin_project;

use crate::kernel::arm::{Arm, Operation};
use crate::kernel::ballot::Seat;
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::Waiter;

use super::super::error::RecvError;
use super::core::Core;
use super::futures::{LatestChanged, LatestWaitFor};
use super::view::{Found, Sight, View};

const FIRED: &str = "an arm is not used after it has ended";

fn attempt<'a, T>(
    view: &mut Option<&'a mut View<T>>,
    f: impl FnOnce(&mut Sight<T>, &Core<T>) -> Found,
) -> Progress<Result<&'a T, RecvError>> {
    match view.as_mut().expect(FIRED).look(f) {
        Some(found) => Progress::Ready(found.map(|()| value(view))),
        None => Progress::Blocked,
    }
}

fn value<'a, T>(view: &mut Option<&'a mut View<T>>) -> &'a T {
    let view: &'a View<T> = view.take().expect(FIRED);
    view.value()
}

fn step<'a, T>(
    view: &mut Option<&'a mut View<T>>,
    mut waiter: Pin<&mut Option<Waiter>>,
    step: Step<'_>,
    seat: Seat<'_>,
    f: impl FnMut(&mut Sight<T>, &Core<T>) -> Found,
) -> Progress<Result<&'a T, RecvError>> {
    if waiter.is_none() {
        let Step::Register(_) = step else { return attempt(view, f) };
        waiter.set(Some(Waiter::new()));
    }
    let waiter = waiter.as_ref().as_pin_ref().expect("just made");
    let found = view.as_mut().expect(FIRED).wait(waiter, step, Some(seat), f);
    found.map(|found| found.map(|()| value(view)))
}

fn leave<T>(view: &Option<&mut View<T>>, waiter: Pin<&mut Option<Waiter>>) {
    if let Some(view) = view
        && let Some(waiter) = waiter.as_ref().as_pin_ref()
    {
        view.core().crowd.leave(waiter);
    }
}

pin_project! {
    /// [`LatestReceiver::changed`](super::super::LatestReceiver::changed) in a select.
    pub struct LatestChangedArm<'a, T> {
        // There until it fires.
        view: Option<&'a mut View<T>>,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T> PinnedDrop for LatestChangedArm<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave(this.view, this.waiter);
        }
    }
}

impl<'a, T> Operation for LatestChanged<'a, T> {
    type Arm = LatestChangedArm<'a, T>;

    fn into_arm(self) -> Self::Arm {
        LatestChangedArm { view: self.into_view(), waiter: None }
    }
}

impl<'a, T> Arm for LatestChangedArm<'a, T> {
    type Output = Result<&'a T, RecvError>;
    const FOREIGN: bool = true;

    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        attempt(self.project().view, Sight::find_news)
    }

    fn step(
        self: Pin<&mut Self>,
        how: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        let this = self.project();
        step(this.view, this.waiter, how, seat, Sight::find_news)
    }
}

pin_project! {
    /// [`LatestReceiver::wait_for`](super::super::LatestReceiver::wait_for) in a select.
    pub struct LatestWaitForArm<'a, T, F> {
        // There until it fires.
        view: Option<&'a mut View<T>>,
        accepts: Option<F>,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T, F> PinnedDrop for LatestWaitForArm<'_, T, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave(this.view, this.waiter);
        }
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Operation for LatestWaitFor<'a, T, F> {
    type Arm = LatestWaitForArm<'a, T, F>;

    fn into_arm(self) -> Self::Arm {
        let (view, accepts) = self.into_parts();
        LatestWaitForArm { view, accepts, waiter: None }
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Arm for LatestWaitForArm<'a, T, F> {
    type Output = Result<&'a T, RecvError>;
    const FOREIGN: bool = true;

    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        let this = self.project();
        let accepts = this.accepts.as_mut().expect(FIRED);
        attempt(this.view, |sight, core| sight.find(core, accepts))
    }

    fn step(
        self: Pin<&mut Self>,
        how: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        let this = self.project();
        let accepts = this.accepts.as_mut().expect(FIRED);
        step(this.view, this.waiter, how, seat, |sight, core| sight.find(core, accepts))
    }
}

impl<T> fmt::Debug for LatestChangedArm<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestChangedArm").finish_non_exhaustive()
    }
}

impl<T, F> fmt::Debug for LatestWaitForArm<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestWaitForArm").finish_non_exhaustive()
    }
}
