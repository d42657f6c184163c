//! The futures of a broadcast channel.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::kernel::wait::Tries;
use crate::kernel::waiter::Waiter;

use super::super::error::SendError;
use super::core::{Core, Sent};
use super::error::BroadcastRecvError;
use super::reader::{Look, Place, Reader};
use super::receiver::BroadcastRef;

/// What a receive says of what it has found.
pub(super) fn outcome<R>(found: Look<R>) -> Result<R, BroadcastRecvError> {
    match found {
        Look::Ready(element) => Ok(element),
        Look::Missed(n) => Err(BroadcastRecvError::Lagged(n)),
        Look::Closed => Err(BroadcastRecvError::Closed),
        Look::Empty | Look::Stalled => unreachable!("it would have waited"),
    }
}

pin_project! {
    /// A receive while it waits. Whoever drops it calls `leave` first.
    #[derive(Debug)]
    pub(super) struct RecvState {
        tries: Tries,
        #[pin]
        waiter: Waiter,
    }
}

impl RecvState {
    pub(super) fn new() -> Self {
        Self { tries: Tries::Fresh, waiter: Waiter::new() }
    }

    pub(super) fn poll<T, R>(
        self: Pin<&mut Self>,
        reader: &mut Reader<T>,
        context: &mut Context<'_>,
        find: impl FnMut(&mut Place<T>, &Core<T>) -> Look<R>,
    ) -> Poll<Look<R>> {
        let this = self.project();
        reader.poll(this.waiter.as_ref(), this.tries, context, find)
    }

    pub(super) fn leave<T>(self: Pin<&mut Self>, reader: &Reader<T>) {
        let this = self.project();
        reader.core().receivers.leave(this.waiter.as_ref());
        *this.tries = Tries::Fresh;
    }
}

/// Polls a receive, whose state is made when it has to wait.
#[inline]
fn poll_recv<T, R>(
    mut state: Pin<&mut Option<RecvState>>,
    reader: &mut Reader<T>,
    context: &mut Context<'_>,
    mut find: impl FnMut(&mut Place<T>, &Core<T>) -> Look<R>,
) -> Poll<Look<R>> {
    if state.is_none() {
        match reader.look(&mut find) {
            Look::Empty | Look::Stalled => state.set(Some(RecvState::new())),
            found => return Poll::Ready(found),
        }
    }
    let state = state.as_pin_mut().expect("just made");
    state.poll(reader, context, find)
}

pin_project! {
    /// The future of [`BroadcastReceiver::recv`](super::super::BroadcastReceiver::recv).
    #[must_use = "futures do nothing unless polled"]
    pub struct BroadcastRecv<'a, T> {
        // Always there, but for one that was taken apart.
        reader: Option<&'a mut Reader<T>>,
        #[pin]
        state: Option<RecvState>,
    }

    impl<T> PinnedDrop for BroadcastRecv<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(state) = this.state.as_pin_mut()
                && let Some(reader) = this.reader
            {
                state.leave(reader);
            }
        }
    }
}

impl<'a, T> BroadcastRecv<'a, T> {
    pub(super) fn new(reader: &'a mut Reader<T>) -> Self {
        Self { reader: Some(reader), state: None }
    }

    /// Takes it apart before the first poll.
    pub(super) fn into_reader(mut self) -> &'a mut Reader<T> {
        self.reader.take().expect("it is whole")
    }
}

impl<T: Clone> Future for BroadcastRecv<'_, T> {
    type Output = Result<T, BroadcastRecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let reader = this.reader.as_mut().expect("it is whole");
        poll_recv(this.state, reader, context, Place::take).map(outcome)
    }
}

pin_project! {
    /// The future of [`BroadcastReceiver::recv_ref`](super::super::BroadcastReceiver::recv_ref).
    #[must_use = "futures do nothing unless polled"]
    pub struct BroadcastRecvRef<'a, T> {
        // There until it is ready.
        reader: Option<&'a mut Reader<T>>,
        #[pin]
        state: Option<RecvState>,
    }

    impl<T> PinnedDrop for BroadcastRecvRef<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(state) = this.state.as_pin_mut()
                && let Some(reader) = this.reader
            {
                state.leave(reader);
            }
        }
    }
}

impl<'a, T> BroadcastRecvRef<'a, T> {
    pub(super) fn new(reader: &'a mut Reader<T>) -> Self {
        Self { reader: Some(reader), state: None }
    }

    /// Takes it apart before the first poll.
    pub(super) fn into_reader(mut self) -> Option<&'a mut Reader<T>> {
        self.reader.take()
    }
}

impl<'a, T> Future for BroadcastRecvRef<'a, T> {
    type Output = Result<BroadcastRef<'a, T>, BroadcastRecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let reader = this.reader.as_mut().expect("it is not polled after it was ready");
        poll_recv(this.state, reader, context, Place::hold).map(|found| {
            // What has ended a wait has left the list.
            let reader = this.reader.take().expect("just used");
            outcome(found).map(|()| BroadcastRef::new(reader))
        })
    }
}

pin_project! {
    /// A send while it waits.
    #[derive(Debug)]
    struct SendState {
        tries: Tries,
        #[pin]
        waiter: Waiter,
    }
}

pin_project! {
    /// The future of [`BroadcastSender::send`](super::super::BroadcastSender::send).
    #[must_use = "futures do nothing unless polled"]
    pub struct BroadcastSend<'a, T> {
        core: &'a Core<T>,
        element: Option<T>,
        #[pin]
        state: Option<SendState>,
    }

    impl<T> PinnedDrop for BroadcastSend<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(state) = this.state.as_pin_mut() {
                this.core.leave_send(state.project().waiter.as_ref());
            }
        }
    }
}

impl<'a, T> BroadcastSend<'a, T> {
    pub(super) fn new(core: &'a Core<T>, element: T) -> Self {
        Self { core, element: Some(element), state: None }
    }

    /// Takes it apart before the first poll.
    pub(super) fn into_parts(mut self) -> (&'a Core<T>, Option<T>) {
        (self.core, self.element.take())
    }
}

impl<T> Future for BroadcastSend<'_, T> {
    type Output = Result<usize, SendError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.state.is_none() {
            let element = this.element.take().expect("a send is not polled after it has ended");
            match this.core.try_send(element) {
                Sent::To(n) => return Poll::Ready(Ok(n)),
                Sent::Closed(element) => return Poll::Ready(Err(SendError(element))),
                Sent::Full(element) | Sent::Held(element) => *this.element = Some(element),
            }
            this.state.set(Some(SendState { tries: Tries::Fresh, waiter: Waiter::new() }));
        }
        let (core, element) = (*this.core, this.element);
        let state = this.state.as_pin_mut().expect("just made").project();
        let waiter = state.waiter.as_ref();
        let sent = state.tries.poll(&core.senders.patience, context, |step| {
            core.wait_send(waiter, element, step, None)
        });
        sent.map(|sent| sent.map_err(SendError))
    }
}

impl<T> fmt::Debug for BroadcastRecv<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastRecv").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for BroadcastRecvRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastRecvRef").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for BroadcastSend<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastSend").finish_non_exhaustive()
    }
}
