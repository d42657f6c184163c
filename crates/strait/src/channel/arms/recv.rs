//! Receives as arms: they wait like any other receive, and take a message in the step that gives
//! it.

#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::Waker;

use pin_project_lite::pin_project;

use crate::kernel::arm::{Arm, Operation};
use crate::kernel::ballot::{Ballot, Seat};
use crate::kernel::patience::give_way;
use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::Waiter;

use super::super::core::Core;
use super::super::error::RecvError;
use super::super::futures::{Recv, RecvMany};
use super::super::receiver::Receiver;
use super::super::recv::{Chooser, Claim, Queueing};

/// A try to receive.
trait Try<T, R>: FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R> {}
impl<T, R, F: FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R>> Try<T, R> for F {}

#[inline]
fn attempt_recv<T, R>(core: &Core<T>, mut claim: impl Try<T, R>) -> Progress<Result<R, RecvError>> {
    if !core.may_claim(None) {
        return Progress::Blocked;
    }
    match claim(core, &mut false, None) {
        Claim::Received(received) => Progress::Ready(Ok(received)),
        Claim::Closed => Progress::Ready(Err(RecvError)),
        Claim::Stalled => Progress::Stalled,
        Claim::Empty | Claim::Left => Progress::Blocked,
    }
}

/// The same for one message, which most often is there or not by a look at one cell.
#[inline]
fn attempt_one<T>(core: &Core<T>) -> Progress<Result<T, RecvError>> {
    match core.claim_shortly() {
        Some(message) => Progress::Ready(Ok(message)),
        None if core.is_plainly_empty() => Progress::Blocked,
        None => attempt_slowly(core),
    }
}

#[cold]
#[inline(never)]
fn attempt_slowly<T>(core: &Core<T>) -> Progress<Result<T, RecvError>> {
    attempt_recv(core, Core::claim)
}

#[inline]
fn step_recv<T, R>(
    core: &Core<T>,
    mut waiter: Pin<&mut Option<Waiter>>,
    step: Step<'_>,
    seat: Seat<'_>,
    mut claim: impl Try<T, R>,
) -> Progress<Result<R, RecvError>> {
    if waiter.is_none() {
        if core.is_worth_while(step)
            && let done @ (Progress::Ready(_) | Progress::Stalled) = attempt_recv(core, &mut claim)
        {
            return done;
        }
        let Step::Register(_) = step else { return Progress::Blocked };
        waiter.set(Some(Waiter::new()));
    }
    wait_recv(core, waiter, step, seat, claim)
}

#[cold]
fn wait_recv<T, R>(
    core: &Core<T>,
    waiter: Pin<&mut Option<Waiter>>,
    step: Step<'_>,
    seat: Seat<'_>,
    claim: impl Try<T, R>,
) -> Progress<Result<R, RecvError>> {
    let waiter = waiter.as_ref().as_pin_ref().expect("just made");
    let mut who = Queueing { announced: &mut false, waiter, seat: Some(seat) };
    core.wait_recv(&mut who, step, claim).map(|received| received.ok_or(RecvError))
}

/// A sender counts on this receive: its message is there, or about to be, unless another receiver
/// was faster.
fn won_recv<T, R>(
    core: &Core<T>,
    waiter: Pin<&mut Option<Waiter>>,
    ballot: &Ballot,
    mut claim: impl Try<T, R>,
) -> Option<Result<R, RecvError>> {
    core.end_offer();
    loop {
        match claim(core, &mut false, Some(ballot)) {
            Claim::Received(received) => {
                leave_recv(core, waiter);
                return Some(Ok(received));
            }
            Claim::Stalled => give_way(),
            Claim::Empty | Claim::Left | Claim::Closed => return None,
        }
    }
}

fn leave_recv<T>(core: &Core<T>, waiter: Pin<&mut Option<Waiter>>) {
    if let Some(waiter) = waiter.as_ref().as_pin_ref() {
        core.leave_list(&mut false, waiter);
    }
}

pin_project! {
    /// [`Receiver::recv`](super::super::Receiver::recv) in a select.
    #[derive(Debug)]
    pub struct RecvArm<'a, T> {
        core: &'a Core<T>,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T> PinnedDrop for RecvArm<'_, T> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave_recv(this.core, this.waiter);
        }
    }
}

impl<'a, T> Operation for Recv<'a, T> {
    type Arm = RecvArm<'a, T>;

    #[inline]
    fn into_arm(self) -> RecvArm<'a, T> {
        RecvArm { core: self.core(), waiter: None }
    }
}

impl<T> Arm for RecvArm<'_, T> {
    type Output = Result<T, RecvError>;
    const FOREIGN: bool = false;

    #[inline]
    fn step(
        self: Pin<&mut Self>,
        step: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        let this = self.project();
        step_recv(this.core, this.waiter, step, seat, Core::claim)
    }

    #[inline]
    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        attempt_one(self.core)
    }

    fn is_exposed(&self) -> bool {
        self.waiter.is_some() && self.core.is_rendezvous()
    }

    fn won(self: Pin<&mut Self>, ballot: &Ballot) -> Option<Self::Output> {
        let this = self.project();
        won_recv(this.core, this.waiter, ballot, Core::claim)
    }

    fn forfeit(self: Pin<&mut Self>) -> bool {
        self.core.end_offer();
        true
    }

    fn is_meeting(&self) -> bool {
        self.core.is_rendezvous()
    }
}

pin_project! {
    /// [`Receiver::recv_many`](super::super::Receiver::recv_many) in a select.
    #[derive(Debug)]
    pub struct RecvManyArm<'a, T> {
        core: &'a Core<T>,
        out: &'a mut Vec<T>,
        limit: usize,
        #[pin]
        waiter: Option<Waiter>,
    }

    impl<T> PinnedDrop for RecvManyArm<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave_recv(this.core, this.waiter);
        }
    }
}

impl<'a, T> Operation for RecvMany<'a, T> {
    type Arm = RecvManyArm<'a, T>;

    fn into_arm(self) -> RecvManyArm<'a, T> {
        let (core, out, limit) = self.into_parts();
        RecvManyArm { core, out, limit, waiter: None }
    }
}

pin_project! {
    /// The receives of a channel, one after the other, in a select that is kept.
    #[derive(Debug)]
    pub struct RecvEach<B: Borrow<Receiver<T>>, T> {
        receiver: B,
        #[pin]
        waiter: Option<Waiter>,
        message: PhantomData<fn() -> T>,
    }

    impl<B: Borrow<Receiver<T>>, T> PinnedDrop for RecvEach<B, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave_recv(core_of(this.receiver), this.waiter);
        }
    }
}

fn core_of<T, B: Borrow<Receiver<T>>>(receiver: &B) -> &Core<T> {
    &receiver.borrow().core
}

impl<B: Borrow<Receiver<T>>, T> RecvEach<B, T> {
    /// The receives of this channel.
    pub fn new(receiver: B) -> Self {
        Self { receiver, waiter: None, message: PhantomData }
    }
}

impl<B: Borrow<Receiver<T>>, T> Arm for RecvEach<B, T> {
    type Output = Result<T, RecvError>;
    const FOREIGN: bool = false;

    fn step(
        self: Pin<&mut Self>,
        step: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        let this = self.project();
        step_recv(core_of(this.receiver), this.waiter, step, seat, Core::claim)
    }

    #[inline]
    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        let this = self.project();
        attempt_one(core_of(this.receiver))
    }

    fn won(self: Pin<&mut Self>, ballot: &Ballot) -> Option<Self::Output> {
        let this = self.project();
        won_recv(core_of(this.receiver), this.waiter, ballot, Core::claim)
    }

    fn forfeit(self: Pin<&mut Self>) -> bool {
        core_of(&self.receiver).end_offer();
        true
    }

    fn pause(self: Pin<&mut Self>) {
        let this = self.project();
        // What it was told others must hear of.
        leave_recv(core_of(this.receiver), this.waiter);
    }
}

fn claim_many<T>(out: &mut Vec<T>, limit: usize) -> impl Try<T, usize> {
    move |core: &Core<T>, announced: &mut bool, chooser: Chooser<'_>| {
        core.claim_many(announced, chooser, out, limit)
    }
}

impl<T> Arm for RecvManyArm<'_, T> {
    type Output = Result<usize, RecvError>;
    const FOREIGN: bool = false;

    fn step(
        self: Pin<&mut Self>,
        step: Step<'_>,
        _: &Waker,
        seat: Seat<'_>,
    ) -> Progress<Self::Output> {
        let this = self.project();
        step_recv(this.core, this.waiter, step, seat, claim_many(this.out, *this.limit))
    }

    #[inline]
    fn attempt(self: Pin<&mut Self>, _: &Waker) -> Progress<Self::Output> {
        let this = self.project();
        attempt_recv(this.core, claim_many(this.out, *this.limit))
    }

    fn is_exposed(&self) -> bool {
        self.waiter.is_some() && self.core.is_rendezvous()
    }

    fn won(self: Pin<&mut Self>, ballot: &Ballot) -> Option<Self::Output> {
        let this = self.project();
        won_recv(this.core, this.waiter, ballot, claim_many(this.out, *this.limit))
    }

    fn forfeit(self: Pin<&mut Self>) -> bool {
        self.core.end_offer();
        true
    }

    fn is_meeting(&self) -> bool {
        self.core.is_rendezvous()
    }
}
