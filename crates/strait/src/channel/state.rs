//! What a waiting send or receive remembers, shared by futures, blocking calls and streams.

#![forbid(unsafe_code)]

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

use pin_project_lite::pin_project;

use crate::kernel::wait::{Progress, Step, Tries, block};
use crate::kernel::waiter::Waiter;

use super::core::Core;
use super::error::{RecvTimeoutError, SendTimeoutError};
use super::gate::Pending;
use super::recv::{Chooser, Claim, Queueing};
use super::send::{Begun, Exit};

/// Polls a send, whose state is made when it has to wait.
#[inline]
pub(super) fn poll_send<T>(
    state: Pin<&mut Option<SendState<T>>>,
    core: &Core<T>,
    message: &mut Option<T>,
    acked: bool,
    context: &mut Context<'_>,
) -> Poll<Result<(), T>> {
    if state.is_none() {
        let message = message.take().expect("a send is not polled after it has ended");
        let exit = if acked { Err(Exit::Special(message)) } else { core.send_shortly(message) };
        if let Err(exit) = exit {
            return begin_slowly(state, core, exit, acked, context);
        }
        return Poll::Ready(Ok(()));
    }
    state.as_pin_mut().expect("just made").poll(core, context)
}

/// The first poll of a send that left the short path.
#[cold]
#[inline(never)]
fn begin_slowly<T>(
    mut state: Pin<&mut Option<SendState<T>>>,
    core: &Core<T>,
    exit: Exit<T>,
    acked: bool,
    context: &mut Context<'_>,
) -> Poll<Result<(), T>> {
    let begun = match exit {
        Exit::Special(message) => core.begin_send(message, acked),
        exit => core.begin_slowly(exit),
    };
    match begun {
        Begun::Sent => return Poll::Ready(Ok(())),
        Begun::Closed(message) => return Poll::Ready(Err(message)),
        Begun::Waits(pending) => state.set(Some(SendState::new(pending))),
    }
    state.as_pin_mut().expect("just made").poll_blocked(core, context)
}

/// Ends a send that may be waiting; see [`SendState::withdraw`].
#[inline]
pub(super) fn withdraw<T>(state: Pin<&mut Option<SendState<T>>>, core: &Core<T>) -> Option<T> {
    state.as_pin_mut()?.withdraw(core)
}

/// Polls a receive, whose state is made when it has to wait.
#[inline]
pub(super) fn poll_recv<T, R>(
    state: Pin<&mut Option<RecvState>>,
    core: &Core<T>,
    context: &mut Context<'_>,
    mut claim: impl FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R>,
) -> Poll<Option<R>> {
    if state.is_some() {
        return state.as_pin_mut().expect("just looked").poll(core, context, claim);
    }
    let claimed = if core.may_claim(None) { claim(core, &mut false, None) } else { Claim::Empty };
    begin_recv(state, core, context, claimed, claim)
}

/// The same for one message.
#[inline]
pub(super) fn poll_recv_one<T>(
    state: Pin<&mut Option<RecvState>>,
    core: &Core<T>,
    context: &mut Context<'_>,
) -> Poll<Option<T>> {
    if state.is_some() {
        return state.as_pin_mut().expect("just looked").poll(core, context, Core::claim);
    }
    match core.claim_shortly() {
        Some(message) => Poll::Ready(Some(message)),
        None => begin_recv_one(state, core, context),
    }
}

#[cold]
#[inline(never)]
fn begin_recv_one<T>(
    state: Pin<&mut Option<RecvState>>,
    core: &Core<T>,
    context: &mut Context<'_>,
) -> Poll<Option<T>> {
    begin_recv(state, core, context, core.claim_after_all(), Core::claim)
}

/// The rest of the first poll of a receive, whose first claim came to `claimed`.
#[inline]
fn begin_recv<T, R>(
    mut state: Pin<&mut Option<RecvState>>,
    core: &Core<T>,
    context: &mut Context<'_>,
    claimed: Claim<R>,
    claim: impl FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R>,
) -> Poll<Option<R>> {
    match claimed {
        Claim::Received(received) => return Poll::Ready(Some(received)),
        Claim::Closed => return Poll::Ready(None),
        Claim::Stalled => return Tries::stalled(context),
        Claim::Empty | Claim::Left => {}
    }
    state.set(Some(RecvState::new()));
    state.as_pin_mut().expect("just made").poll_blocked(core, context, claim)
}

/// Ends a receive that may be waiting; see [`RecvState::leave`].
#[inline]
pub(super) fn leave<T>(state: Pin<&mut Option<RecvState>>, core: &Core<T>) {
    if let Some(state) = state.as_pin_mut() {
        state.leave(core);
    }
}

pin_project! {
    /// A send while it waits. Whoever drops it calls `withdraw` first.
    #[derive(Debug)]
    pub(super) struct SendState<T> {
        pending: Option<Pending<T>>,
        tries: Tries,
        #[pin]
        waiter: Waiter,
    }
}

impl<T> SendState<T> {
    pub(super) fn new(pending: Pending<T>) -> Self {
        Self { pending: Some(pending), tries: Tries::Fresh, waiter: Waiter::new() }
    }

    fn step(self: Pin<&mut Self>, core: &Core<T>, step: Step<'_>) -> Progress<Result<(), T>> {
        let this = self.project();
        let pending = this.pending.as_ref().expect("a send is not polled after it has ended");
        let progress = core.wait_send(pending, this.waiter.as_ref(), step);
        if let Progress::Ready(_) = progress {
            *this.pending = None;
        }
        progress
    }

    pub(super) fn poll(
        mut self: Pin<&mut Self>,
        core: &Core<T>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), T>> {
        let mut tries = self.tries;
        let poll = tries.poll(&core.rear.patience, context, |step| self.as_mut().step(core, step));
        *self.project().tries = tries;
        poll
    }

    /// The rest of the first poll, right after the try that was in vain.
    fn poll_blocked(
        mut self: Pin<&mut Self>,
        core: &Core<T>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), T>> {
        let mut tries = self.tries;
        let patience = &core.rear.patience;
        let poll = tries.blocked(patience, context, |step| self.as_mut().step(core, step));
        *self.project().tries = tries;
        poll
    }

    /// Waits on this thread until the end of a send that has started; `None`: the deadline came
    /// first.
    pub(super) fn block(
        mut self: Pin<&mut Self>,
        core: &Core<T>,
        deadline: Option<Instant>,
    ) -> Option<Result<(), T>> {
        block(&core.rear.patience, deadline, |step| self.as_mut().step(core, step))
    }

    /// Ends the send. The message comes back if it had started and nobody has it.
    pub(super) fn withdraw(self: Pin<&mut Self>, core: &Core<T>) -> Option<T> {
        let this = self.project();
        let pending = this.pending.take()?;
        core.leave_line(&pending, this.waiter.as_ref());
        core.withdraw(pending)
    }
}

pin_project! {
    /// A receive while it waits. Whoever drops it calls `leave` first.
    #[derive(Debug)]
    pub(super) struct RecvState {
        announced: bool,
        tries: Tries,
        #[pin]
        waiter: Waiter,
    }
}

impl RecvState {
    pub(super) fn new() -> Self {
        Self { announced: false, tries: Tries::Fresh, waiter: Waiter::new() }
    }

    pub(super) fn poll<T, R>(
        self: Pin<&mut Self>,
        core: &Core<T>,
        context: &mut Context<'_>,
        mut claim: impl FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R>,
    ) -> Poll<Option<R>> {
        let this = self.project();
        let mut who =
            Queueing { announced: this.announced, waiter: this.waiter.as_ref(), seat: None };
        this.tries
            .poll(&core.front.patience, context, |step| core.wait_recv(&mut who, step, &mut claim))
    }

    /// The rest of the first poll, right after the try that was in vain.
    fn poll_blocked<T, R>(
        self: Pin<&mut Self>,
        core: &Core<T>,
        context: &mut Context<'_>,
        mut claim: impl FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R>,
    ) -> Poll<Option<R>> {
        let this = self.project();
        core.announce_once(this.announced);
        let mut who =
            Queueing { announced: this.announced, waiter: this.waiter.as_ref(), seat: None };
        let patience = &core.front.patience;
        this.tries.blocked(patience, context, |step| core.wait_recv(&mut who, step, &mut claim))
    }

    /// Waits on this thread; the outer `None`: the deadline came first.
    pub(super) fn block<T, R>(
        self: Pin<&mut Self>,
        core: &Core<T>,
        deadline: Option<Instant>,
        mut claim: impl FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R>,
    ) -> Option<Option<R>> {
        let this = self.project();
        let mut who =
            Queueing { announced: this.announced, waiter: this.waiter.as_ref(), seat: None };
        block(&core.front.patience, deadline, |step| core.wait_recv(&mut who, step, &mut claim))
    }

    /// Ends the receive: out of the list, and a wake-up that was not used goes on.
    pub(super) fn leave<T>(self: Pin<&mut Self>, core: &Core<T>) {
        let this = self.project();
        core.leave_list(this.announced, this.waiter.as_ref());
    }
}

/// Waits on this thread until the message is sent, or takes it back at the deadline.
#[cold]
pub(super) fn wait_send<T>(
    core: &Core<T>,
    pending: Pending<T>,
    deadline: Option<Instant>,
) -> Result<(), SendTimeoutError<T>> {
    let mut state = pin!(SendState::new(pending));
    match state.as_mut().block(core, deadline) {
        Some(Ok(())) => Ok(()),
        Some(Err(message)) => Err(SendTimeoutError::Closed(message)),
        None => match state.withdraw(core) {
            Some(message) => Err(SendTimeoutError::Timeout(message)),
            // It was taken between the deadline and the withdrawal.
            None => Ok(()),
        },
    }
}

/// Waits on this thread for a receive.
#[cold]
pub(super) fn wait_recv<T, R>(
    core: &Core<T>,
    deadline: Option<Instant>,
    claim: impl FnMut(&Core<T>, &mut bool, Chooser<'_>) -> Claim<R>,
) -> Result<R, RecvTimeoutError> {
    let mut state = pin!(RecvState::new());
    let received = state.as_mut().block(core, deadline, claim);
    state.leave(core);
    received.ok_or(RecvTimeoutError::Timeout)?.ok_or(RecvTimeoutError::Closed)
}
