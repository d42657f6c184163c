//! The futures that the operations of a channel return, for those who have to name them.
//!
//! None of them does anything until it is polled. Each may be dropped at any moment; what that
//! does is said at the operation that makes it.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::kernel::wait::{Progress, Step};
use crate::kernel::waiter::Waiter;

pub use super::broadcast::{BroadcastRecv, BroadcastRecvRef, BroadcastSend};
pub use super::latest::{LatestChanged, LatestWaitFor};
pub use super::oneshot::OneshotClosed;

use super::core::Core;
use super::error::{RecvError, SendError};
use super::recv::Chooser;
use super::send::Begun;
use super::state::{
    RecvState, SendState, leave, poll_recv, poll_recv_one, poll_send, wait_send, withdraw,
};

pin_project! {
    /// The future of [`Sender::send`](super::Sender::send).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Send<'a, T> {
        core: &'a Core<T>,
        message: Option<T>,
        #[pin]
        state: Option<SendState<T>>,
    }

    impl<T> PinnedDrop for Send<'_, T> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            drop(withdraw(this.state, this.core));
        }
    }
}

impl<'a, T> Send<'a, T> {
    pub(super) fn new(core: &'a Core<T>, message: T) -> Self {
        Self { core, message: Some(message), state: None }
    }

    /// Takes it apart before the first poll.
    #[inline]
    pub(super) fn into_parts(mut self) -> (&'a Core<T>, Option<T>) {
        (self.core, self.message.take())
    }
}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll_send(this.state, this.core, this.message, false, context).map_err(SendError)
    }
}

pin_project! {
    /// The future of [`Sender::send_acked`](super::Sender::send_acked).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SendAcked<'a, T> {
        core: &'a Core<T>,
        message: Option<T>,
        #[pin]
        state: Option<SendState<T>>,
    }

    impl<T> PinnedDrop for SendAcked<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            drop(withdraw(this.state, this.core));
        }
    }
}

impl<'a, T> SendAcked<'a, T> {
    pub(super) fn new(core: &'a Core<T>, message: T) -> Self {
        Self { core, message: Some(message), state: None }
    }

    /// Takes it apart before the first poll.
    #[inline]
    pub(super) fn into_parts(mut self) -> (&'a Core<T>, Option<T>) {
        (self.core, self.message.take())
    }
}

impl<T> Future for SendAcked<'_, T> {
    type Output = Result<(), SendError<T>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll_send(this.state, this.core, this.message, true, context).map_err(SendError)
    }
}

pin_project! {
    /// The future of [`Sender::send_ref`](super::Sender::send_ref).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SendRef<'a, T> {
        core: &'a Core<T>,
        // Always there, but for one that was taken apart.
        message: Option<&'a mut Option<T>>,
        #[pin]
        state: Option<SendState<T>>,
    }

    impl<T> PinnedDrop for SendRef<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(message) = withdraw(this.state, this.core)
                && let Some(slot) = this.message
            {
                **slot = Some(message);
            }
        }
    }
}

impl<'a, T> SendRef<'a, T> {
    pub(super) fn new(core: &'a Core<T>, message: &'a mut Option<T>) -> Self {
        Self { core, message: Some(message), state: None }
    }

    /// Takes it apart before the first poll.
    pub(super) fn into_parts(mut self) -> (&'a Core<T>, &'a mut Option<T>) {
        (self.core, self.message.take().expect("it is whole"))
    }
}

impl<T> Future for SendRef<'_, T> {
    type Output = Result<(), SendError<()>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let slot = this.message.as_mut().expect("it is whole");
        poll_send(this.state, this.core, slot, false, context).map_err(|message| {
            **slot = Some(message);
            SendError(())
        })
    }
}

pin_project! {
    /// The future of [`Sender::send_many`](super::Sender::send_many).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SendMany<'a, T> {
        core: &'a Core<T>,
        queue: &'a mut VecDeque<T>,
        sent: usize,
        waits: bool,
        #[pin]
        state: Option<SendState<T>>,
    }

    impl<T> PinnedDrop for SendMany<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(message) = withdraw(this.state, this.core) {
                this.queue.push_front(message);
            }
        }
    }
}

impl<'a, T> SendMany<'a, T> {
    pub(super) fn new(core: &'a Core<T>, queue: &'a mut VecDeque<T>) -> Self {
        Self { core, queue, sent: 0, waits: false, state: None }
    }

    /// Sends what fits, and leaves the next message to `one`, which may wait.
    fn drive(
        self: Pin<&mut Self>,
        mut one: impl FnMut(
            Pin<&mut Option<SendState<T>>>,
            &Core<T>,
            &mut Option<T>,
        ) -> Poll<Result<(), T>>,
    ) -> Poll<Result<usize, SendError<()>>> {
        let mut this = self.project();
        loop {
            let mut message = None;
            if !*this.waits {
                let (sent, closed) = this.core.send_run(this.queue);
                *this.sent += sent;
                if closed {
                    return Poll::Ready(Err(SendError(())));
                }
                message = this.queue.pop_front();
                if message.is_none() {
                    return Poll::Ready(Ok(std::mem::take(this.sent)));
                }
                *this.waits = true;
            }
            let Poll::Ready(sent) = one(this.state.as_mut(), this.core, &mut message) else {
                return Poll::Pending;
            };
            // It has ended, so it is in no list.
            this.state.set(None);
            *this.waits = false;
            if let Err(message) = sent {
                this.queue.push_front(message);
                return Poll::Ready(Err(SendError(())));
            }
            *this.sent += 1;
        }
    }

    pub(super) fn block(self: Pin<&mut Self>) -> Result<usize, SendError<()>> {
        let done = self.drive(|_, core, message| {
            let message = message.take().expect("a thread waits until the message is sent");
            let sent = match core.begin_send(message, false) {
                Begun::Sent => Ok(()),
                Begun::Closed(message) => Err(message),
                Begun::Waits(pending) => wait_send(core, pending, None).map_err(|e| e.into_inner()),
            };
            Poll::Ready(sent)
        });
        match done {
            Poll::Ready(done) => done,
            Poll::Pending => unreachable!("without a deadline a thread waits until the end"),
        }
    }
}

impl<T> Future for SendMany<'_, T> {
    type Output = Result<usize, SendError<()>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.drive(|state, core, message| poll_send(state, core, message, false, context))
    }
}

pin_project! {
    /// The future of [`Receiver::recv`](super::Receiver::recv).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Recv<'a, T> {
        core: &'a Core<T>,
        #[pin]
        state: Option<RecvState>,
    }

    impl<T> PinnedDrop for Recv<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave(this.state, this.core);
        }
    }
}

impl<'a, T> Recv<'a, T> {
    pub(super) fn new(core: &'a Core<T>) -> Self {
        Self { core, state: None }
    }

    #[inline]
    pub(super) fn core(&self) -> &'a Core<T> {
        self.core
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll_recv_one(this.state, this.core, context).map(|received| received.ok_or(RecvError))
    }
}

pin_project! {
    /// The future of [`Receiver::recv_many`](super::Receiver::recv_many).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct RecvMany<'a, T> {
        core: &'a Core<T>,
        // Always there, but for one that was taken apart.
        out: Option<&'a mut Vec<T>>,
        limit: usize,
        #[pin]
        state: Option<RecvState>,
    }

    impl<T> PinnedDrop for RecvMany<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave(this.state, this.core);
        }
    }
}

impl<'a, T> RecvMany<'a, T> {
    pub(super) fn new(core: &'a Core<T>, out: &'a mut Vec<T>, limit: usize) -> Self {
        Self { core, out: Some(out), limit, state: None }
    }

    /// Takes it apart before the first poll.
    pub(super) fn into_parts(mut self) -> (&'a Core<T>, &'a mut Vec<T>, usize) {
        (self.core, self.out.take().expect("it is whole"), self.limit)
    }
}

impl<T> Future for RecvMany<'_, T> {
    type Output = Result<usize, RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (out, limit) = (this.out.as_mut().expect("it is whole"), *this.limit);
        let claim = |core: &Core<T>, announced: &mut bool, chooser: Chooser<'_>| {
            core.claim_many(announced, chooser, out, limit)
        };
        poll_recv(this.state, this.core, context, claim).map(|received| received.ok_or(RecvError))
    }
}

pin_project! {
    /// The future of [`Sender::closed`](super::Sender::closed).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Closed<'a, T> {
        core: &'a Core<T>,
        #[pin]
        waiter: Waiter,
    }

    impl<T> PinnedDrop for Closed<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.core.leave_end(this.waiter.as_ref());
        }
    }
}

impl<'a, T> Closed<'a, T> {
    pub(super) fn new(core: &'a Core<T>) -> Self {
        Self { core, waiter: Waiter::new() }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        match this.core.wait_end(this.waiter.as_ref(), Step::Register(context.waker())) {
            Progress::Ready(()) => Poll::Ready(()),
            Progress::Blocked | Progress::Stalled => Poll::Pending,
        }
    }
}
