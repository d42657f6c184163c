//! Sends and receives of a broadcast channel as arms of a select: they wait like any others, and take
//! effect in the step that reports it.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::Waker;

use pin_project_lite::pin_project;

use crate::kernel::arm::{Arm, Operation};
use crate::kernel::ballot::Seat;
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::Waiter;

use super::super::error::SendError;
use super::core::{Core, Sent};
use super::error::BroadcastRecvError;
use super::futures::{BroadcastRecv, BroadcastRecvRef, BroadcastSend, outcome};
use super::reader::{Look, Place, Reader};
use super::receiver::BroadcastRef;

type Find<T, R> = fn(&mut Place<T>, &Core<T>) -> Look<R>;

fn attempt<T, R>(reader: &mut Reader<T>, find: Find<T, R>) -> Progress<Look<R>> {
    match reader.look(find) {
        Look::Empty => Progress::Blocked,
        Look::Stalled => Progress::Stalled,
        found => Progress::Ready(found),
    }
}

fn step<T, R>(
    reader: &mut Reader<T>,
    mut waiter: Pin<&mut Option<Waiter>>,
    step: Step<'_>,
    seat: Seat<'_>,
    find: Find<T, R>,
) -> Progress<Look<R>> {
    if waiter.is_none() {
        let Step::Register(_) = step else { return attempt(reader, find) };
        waiter.set(Some(Waiter::new()));
    }
    let waiter = waiter.as_ref().as_pin_ref().expect("just made");
    reader.wait(waiter, step, Some(seat), find)
}

fn leave<T>(reader: &Reader<T>, waiter: Pin<&mut Option<Waiter>>) {
    if let Some(waiter) = waiter.as_ref().as_pin_ref() {
        reader.core().receivers.leave(waiter);
    }
}

pin_project! {
    /// [`BroadcastReceiver::recv`](super::super::BroadcastReceiver::recv) in a select.
    pub struct BroadcastRecvArm<'a, T> {
        reader: &'a mut Reader<T>,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T> PinnedDrop for BroadcastRecvArm<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave(this.reader, this.waiter);
        }
    }
}

impl<'a, T: Clone> Operation for BroadcastRecv<'a, T> {
    type Arm = BroadcastRecvArm<'a, T>;

    fn into_arm(self) -> Self::Arm {
        BroadcastRecvArm { reader: self.into_reader(), waiter: None }
    }
}

impl<T: Clone> Arm for BroadcastRecvArm<'_, T> {
    type Output = Result<T, BroadcastRecvError>;
    // It clones.
    const FOREIGN: bool = true;

    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        attempt(self.project().reader, Place::take).map(outcome)
    }

    fn step(
        self: Pin<&mut Self>,
        how: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        let this = self.project();
        step(this.reader, this.waiter, how, seat, Place::take).map(outcome)
    }
}

pin_project! {
    /// [`BroadcastReceiver::recv_ref`](super::super::BroadcastReceiver::recv_ref) in a select.
    pub struct BroadcastRecvRefArm<'a, T> {
        // There until it fires.
        reader: Option<&'a mut Reader<T>>,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T> PinnedDrop for BroadcastRecvRefArm<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(reader) = this.reader {
                leave(reader, this.waiter);
            }
        }
    }
}

impl<'a, T> Operation for BroadcastRecvRef<'a, T> {
    type Arm = BroadcastRecvRefArm<'a, T>;

    fn into_arm(self) -> Self::Arm {
        BroadcastRecvRefArm { reader: self.into_reader(), waiter: None }
    }
}

const FIRED: &str = "an arm is not used after it has ended";

impl<'a, T> Arm for BroadcastRecvRefArm<'a, T> {
    type Output = Result<BroadcastRef<'a, T>, BroadcastRecvError>;
    const FOREIGN: bool = false;

    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        let this = self.project();
        let found = attempt(this.reader.as_mut().expect(FIRED), Place::hold);
        found.map(|found| guard(this.reader, found))
    }

    fn step(
        self: Pin<&mut Self>,
        how: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        let this = self.project();
        let reader = this.reader.as_mut().expect(FIRED);
        let found = step(reader, this.waiter, how, seat, Place::hold);
        found.map(|found| guard(this.reader, found))
    }
}

fn guard<'a, T>(
    reader: &mut Option<&'a mut Reader<T>>,
    found: Look<()>,
) -> Result<BroadcastRef<'a, T>, BroadcastRecvError> {
    let reader = reader.take().expect(FIRED);
    outcome(found).map(|()| BroadcastRef::new(reader))
}

pin_project! {
    /// [`BroadcastSender::send`](super::super::BroadcastSender::send) in a select.
    pub struct BroadcastSendArm<'a, T> {
        core: &'a Core<T>,
        element: Option<T>,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T> PinnedDrop for BroadcastSendArm<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            this.leave();
        }
    }
}

impl<'a, T> Operation for BroadcastSend<'a, T> {
    type Arm = BroadcastSendArm<'a, T>;

    fn into_arm(self) -> Self::Arm {
        let (core, element) = self.into_parts();
        BroadcastSendArm { core, element, waiter: None }
    }
}

impl<T> BroadcastSendArm<'_, T> {
    fn leave(self: Pin<&mut Self>) {
        let this = self.project();
        if let Some(waiter) = this.waiter.as_ref().as_pin_ref() {
            this.core.leave_send(waiter);
        }
    }
}

impl<T> Arm for BroadcastSendArm<'_, T> {
    type Output = Result<usize, SendError<T>>;
    // It may drop what it displaces.
    const FOREIGN: bool = true;

    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        let this = self.project();
        match this.core.try_send(this.element.take().expect(FIRED)) {
            Sent::To(n) => Progress::Ready(Ok(n)),
            Sent::Closed(element) => Progress::Ready(Err(SendError(element))),
            Sent::Full(element) => {
                *this.element = Some(element);
                Progress::Blocked
            }
            Sent::Held(element) => {
                *this.element = Some(element);
                Progress::Stalled
            }
        }
    }

    fn step(
        mut self: Pin<&mut Self>,
        step: Step<'_>,
        waker: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        if self.waiter.is_none() {
            let Step::Register(_) = step else { return self.attempt(waker) };
            self.as_mut().project().waiter.set(Some(Waiter::new()));
        }
        let this = self.project();
        let waiter = this.waiter.as_ref().as_pin_ref().expect("just made");
        let sent = this.core.wait_send(waiter, this.element, step, Some(seat));
        sent.map(|sent| sent.map_err(SendError))
    }

    fn pause(self: Pin<&mut Self>) {
        // What it was told others must hear of.
        self.leave();
    }
}

macro_rules! opaque {
    ($($name:ident)*) => {
        $(impl<T> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })*
    };
}
opaque!(BroadcastRecvArm BroadcastRecvRefArm BroadcastSendArm);
