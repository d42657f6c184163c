//! Sends as arms: they try, and if they have to wait, take a place in line that does not count
//! until the select is decided for it; see `channel/choice.rs`.

#![forbid(unsafe_code)]

use std::pin::Pin;
use std::task::Waker;

use pin_project_lite::pin_project;

use crate::kernel::arm::{Arm, Operation};
use crate::kernel::ballot::{Ballot, Seat};
use crate::kernel::cell::Settled;
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::{Except, Stay, Waiter};

use super::super::core::Core;
use super::super::error::SendError;
use super::super::futures::{Send, SendAcked, SendRef};
use super::super::gate::Pending;
use super::super::send::Refused;

/// Where a send arm keeps its message while it is not in line.
pub trait Keep<T> {
    /// What a send gives back when the channel is closed.
    type Refused;

    #[doc(hidden)]
    fn slot(&mut self) -> &mut Option<T>;

    #[doc(hidden)]
    fn refused(&mut self, message: T) -> Self::Refused;
}

impl<T> Keep<T> for Option<T> {
    type Refused = T;

    fn slot(&mut self) -> &mut Option<T> {
        self
    }

    fn refused(&mut self, message: T) -> T {
        message
    }
}

impl<T> Keep<T> for &mut Option<T> {
    type Refused = ();

    fn slot(&mut self) -> &mut Option<T> {
        self
    }

    fn refused(&mut self, message: T) {
        **self = Some(message);
    }
}

pin_project! {
    /// [`Sender::send`](super::super::Sender::send) and its like in a select.
    #[derive(Debug)]
    pub struct SendArm<'a, T, K: Keep<T>> {
        core: &'a Core<T>,
        message: K,
        acked: bool,
        // Its place in line.
        place: Option<Pending<T>>,
        // Nobody was told of the place yet.
        is_new: bool,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T, K: Keep<T>> PinnedDrop for SendArm<'_, T, K> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            if this.place.is_some() {
                this.withdraw();
            }
        }
    }
}

impl<'a, T> Operation for Send<'a, T> {
    type Arm = SendArm<'a, T, Option<T>>;

    #[inline]
    fn into_arm(self) -> Self::Arm {
        let (core, message) = self.into_parts();
        SendArm { core, message, acked: false, place: None, is_new: false, waiter: None }
    }
}

impl<'a, T> Operation for SendAcked<'a, T> {
    type Arm = SendArm<'a, T, Option<T>>;

    fn into_arm(self) -> Self::Arm {
        let (core, message) = self.into_parts();
        SendArm { core, message, acked: true, place: None, is_new: false, waiter: None }
    }
}

impl<'a, T> Operation for SendRef<'a, T> {
    type Arm = SendArm<'a, T, &'a mut Option<T>>;

    fn into_arm(self) -> Self::Arm {
        let (core, message) = self.into_parts();
        SendArm { core, message, acked: false, place: None, is_new: false, waiter: None }
    }
}

type Sent<T, K> = Progress<Result<(), SendError<<K as Keep<T>>::Refused>>>;

impl<T, K: Keep<T>> SendArm<'_, T, K> {
    /// Sends if that needs no waiting.
    #[inline]
    fn try_send(self: Pin<&mut Self>) -> Sent<T, K> {
        let this = self.project();
        if *this.acked && !this.core.is_closed() {
            return Progress::Blocked;
        }
        let message = this.message.slot().take().expect("an arm is not used after it has ended");
        match this.core.try_send(message) {
            Ok(()) => Progress::Ready(Ok(())),
            Err(Refused::Closed(message)) => {
                Progress::Ready(Err(SendError(this.message.refused(message))))
            }
            Err(Refused::Full(message)) => {
                *this.message.slot() = Some(message);
                Progress::Blocked
            }
        }
    }

    /// How the message in line stands. `None`: it is not in line any more, but here.
    fn look(self: Pin<&mut Self>) -> Option<Sent<T, K>> {
        let this = self.project();
        let waiter = this.waiter.as_ref().as_pin_ref()?;
        match this.core.settle(this.place.as_ref()?, 0) {
            Settled::Pending => Some(Progress::Blocked),
            Settled::Sent => {
                *this.place = None;
                this.core.leave_place(waiter);
                // Selects may have gone to sleep on it while it was undecided.
                this.core.notify_of_rest();
                Some(Progress::Ready(Ok(())))
            }
            Settled::Returned(message) => {
                *this.place = None;
                this.core.leave_place(waiter);
                *this.message.slot() = Some(message);
                None
            }
        }
    }

    fn withdraw(self: Pin<&mut Self>) {
        let this = self.project();
        let Some(waiter) = this.waiter.as_ref().as_pin_ref() else { return };
        let Some(place) = this.place.take() else { return };
        *this.message.slot() = this.core.withdraw_choice(&place, waiter);
    }
}

impl<T, K: Keep<T>> Arm for SendArm<'_, T, K> {
    type Output = Result<(), SendError<K::Refused>>;
    const FOREIGN: bool = false;
    const PLACES: bool = true;

    #[inline]
    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Sent<T, K> {
        self.try_send()
    }

    #[inline]
    fn step(mut self: Pin<&mut Self>, step: Step<'_>, waker: &Waker, seat: Seat<'_>) -> Sent<T, K> {
        if let Step::Register(_) = step
            && let Some(place) = &self.place
            && let Some(waiter) = self.as_ref().project_ref().waiter.as_pin_ref()
        {
            if waiter.stay() == Stay::Queued {
                self.core.keep_place(place, waiter, waker, seat);
            }
            if let Some(sent) = self.as_mut().look() {
                return sent;
            }
        }
        self.try_send()
    }

    fn place(mut self: Pin<&mut Self>, waker: &Waker, seat: Seat<'_>) -> Sent<T, K> {
        loop {
            if self.place.is_some() {
                // Out of line again if it was in the way while the user's code ran.
                if let Some(sent) = self.as_mut().look() {
                    return sent;
                }
                if let sent @ Progress::Ready(_) = self.as_mut().try_send() {
                    return sent;
                }
            }
            let waker = waker.clone();
            let mut this = self.as_mut().project();
            if this.waiter.is_none() {
                this.waiter.set(Some(Waiter::new()));
            }
            let waiter = this.waiter.as_ref().as_pin_ref().expect("just made");
            let message = this.message.slot().take().expect("the message is here or in line");
            match this.core.place(message, *this.acked, waiter, waker, seat) {
                Ok(place) => {
                    *this.place = Some(place);
                    *this.is_new = true;
                }
                Err(message) => {
                    return Progress::Ready(Err(SendError(this.message.refused(message))));
                }
            }
        }
    }

    fn is_exposed(&self) -> bool {
        self.place.is_some()
    }

    fn is_meeting(&self) -> bool {
        self.core.is_rendezvous()
    }

    fn pause(self: Pin<&mut Self>) {
        self.withdraw();
    }

    fn opened(self: Pin<&mut Self>, ballot: &Ballot, missed: bool) {
        let this = self.project();
        let is_news = std::mem::take(this.is_new) || missed;
        if is_news && this.place.is_some() && this.core.has_waiting_receivers() {
            // All of them: some may be part of ourselves, through futures that are our arms.
            this.core.wake_receivers_but(Some(Except::Select(ballot)), u64::MAX);
        }
    }

    fn won(self: Pin<&mut Self>, _: &Ballot) -> Option<Self::Output> {
        let this = self.project();
        *this.place = None;
        // The decider may be in the middle of it: this waits for the lock that it holds.
        this.core.leave_place(this.waiter.as_ref().as_pin_ref()?);
        Some(Ok(()))
    }
}
