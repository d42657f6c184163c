//! The receiving handle.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;

use crate::kernel::prim::Arc;

use super::core::{Config, Core};
use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::futures::{Recv, RecvMany};
use super::iter::{Drain, IterBlocking};
use super::recv::Claim;
use super::state::{RecvState, wait_recv};
use super::weak::WeakReceiver;

/// The receiving side of a channel; clone it for more receivers. Each message goes to one of them.
///
/// Every operation but [`poll_recv`](Self::poll_recv) takes `&self` and may be used from any
/// thread and any task. When the last receiver is dropped the channel is cancelled: the messages
/// in it are dropped at once, and sends fail.
///
/// A receiver is a [`Stream`] of messages, which ends when the channel is closed and empty.
pub struct Receiver<T> {
    pub(super) core: Arc<Core<T>>,
    /// Where `poll_recv` waits. Made when it has to wait for the first time, then kept.
    state: Option<Pin<Box<RecvState>>>,
}

/// A receiver whose channel has no sender, and yet is open.
pub(super) fn never<T>() -> Receiver<T> {
    let config = Config { capacity: Some(0), fair: false, lock_free: false, displaces: false };
    Receiver::counted(Arc::new(Core::new(config)))
}

impl<T> Receiver<T> {
    /// Takes over a receiver that the core has counted already.
    pub(super) fn counted(core: Arc<Core<T>>) -> Self {
        Self { core, state: None }
    }

    /// Receives the next message, waiting until there is one.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: a message leaves the channel only in the poll that
    /// returns it. If the future had been woken for a message, the next waiting receiver is.
    /// On a rendezvous channel (and one of capacity 1) a receive that waits admits one send; if
    /// it is dropped after that send has returned, the message stays for the next receive.
    ///
    /// A future that is leaked (`mem::forget`) while it waits may swallow one wake-up: the message
    /// it was for stays in the channel for whoever looks next, or in a [`fair`] channel until the
    /// close; and it may leave a rendezvous channel with room for one message.
    ///
    /// [`fair`]: super::Builder::fair
    ///
    /// # Errors
    /// [`RecvError`] when the channel is closed and empty, or cancelled.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, rx) = strait::channel::unbounded();
    /// tx.try_send(1).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.recv().await, Ok(1));
    /// assert!(rx.recv().await.is_err());
    /// # });
    /// ```
    #[inline]
    pub fn recv(&self) -> Recv<'_, T> {
        Recv::new(&self.core)
    }

    /// Receives up to `limit` messages with one claim for each run of up to 64, waiting until
    /// there is at least one; appends them to `out` and says how many.
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv): messages enter `out` only in the poll that returns their number.
    ///
    /// # Errors
    /// [`RecvError`] when the channel is closed and empty, or cancelled.
    ///
    /// # Panics
    /// If `limit` is 0.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, rx) = strait::channel::unbounded();
    /// (0..5).for_each(|i| tx.try_send(i).unwrap());
    /// let mut out = Vec::new();
    /// assert_eq!(rx.recv_many(&mut out, 3).await, Ok(3));
    /// assert_eq!(out, [0, 1, 2]);
    /// # });
    /// ```
    #[track_caller]
    pub fn recv_many<'a>(&'a self, out: &'a mut Vec<T>, limit: usize) -> RecvMany<'a, T> {
        assert!(limit > 0, "`recv_many` with a limit of 0 would never be ready");
        RecvMany::new(&self.core, out, limit)
    }

    /// [`recv_many`](Self::recv_many), blocking the thread.
    ///
    /// # Errors
    /// As [`recv_many`](Self::recv_many).
    ///
    /// # Panics
    /// If `limit` is 0.
    #[track_caller]
    pub fn recv_many_blocking(&self, out: &mut Vec<T>, limit: usize) -> Result<usize, RecvError> {
        assert!(limit > 0, "`recv_many` with a limit of 0 would never be ready");
        wait_recv(&self.core, None, |core, announced, chooser| {
            core.claim_many(announced, chooser, out, limit)
        })
        .map_err(|_| RecvError)
    }

    /// Receives a message if one is there.
    ///
    /// If a sender is just between taking its place in line and putting its message there, this
    /// waits for those few instructions.
    ///
    /// # Errors
    /// [`TryRecvError`].
    ///
    /// # Examples
    /// ```
    /// use strait::channel::TryRecvError;
    /// let (tx, rx) = strait::channel::bounded(1);
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.try_send(1).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    /// ```
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.core.claim_shortly() {
            Some(message) => Ok(message),
            None => self.try_recv_slowly(),
        }
    }

    #[inline(never)]
    fn try_recv_slowly(&self) -> Result<T, TryRecvError> {
        match self.core.try_claim() {
            Claim::Received(message) => Ok(message),
            Claim::Closed => Err(TryRecvError::Closed),
            Claim::Empty | Claim::Left | Claim::Stalled => Err(TryRecvError::Empty),
        }
    }

    /// [`recv`](Self::recv), blocking the thread. Not for use inside an async task.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    #[inline]
    pub fn recv_blocking(&self) -> Result<T, RecvError> {
        match self.core.claim_shortly() {
            Some(message) => Ok(message),
            None => self.recv_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn recv_slowly(&self) -> Result<T, RecvError> {
        self.recv_until(|| None).map_err(|_| RecvError)
    }

    /// [`recv`](Self::recv), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        // A time beyond what the clock can say is as good as no limit.
        self.recv_until(|| Instant::now().checked_add(timeout))
    }

    /// [`recv`](Self::recv), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(|| Some(deadline))
    }

    #[inline]
    fn recv_until(
        &self,
        deadline: impl FnOnce() -> Option<Instant>,
    ) -> Result<T, RecvTimeoutError> {
        if self.core.may_claim(None)
            && let Claim::Received(message) = self.core.claim(&mut false, None)
        {
            return Ok(message);
        }
        wait_recv(&self.core, deadline(), Core::claim)
    }

    /// Polls for the next message; for hand-written futures. A [`Stream`] in other words.
    ///
    /// When this returns `Pending` the waker of `context` will be woken for a message. The place
    /// to wait is allocated when it is needed for the first time and then kept, so a receiver
    /// that was polled waits on, and may hold a wake-up, or have admitted a send to a rendezvous
    /// channel: drop it, or poll it until it is ready. In a [`fair`](super::Builder::fair) channel
    /// other receives on the same handle come after it.
    ///
    /// # Cancel safety
    /// Nothing is lost by not polling again; dropping the receiver passes a wake-up on.
    ///
    /// # Errors
    /// [`RecvError`] when the channel is closed and empty, or cancelled.
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        if self.state.is_none() {
            match self.core.try_claim() {
                Claim::Received(message) => return Poll::Ready(Ok(message)),
                Claim::Closed => return Poll::Ready(Err(RecvError)),
                Claim::Empty | Claim::Left | Claim::Stalled => {}
            }
        }
        let state = self.state.get_or_insert_with(|| Box::pin(RecvState::new()));
        let received = state.as_mut().poll(&self.core, context, Core::claim);
        received.map(|received| received.ok_or(RecvError))
    }

    /// Receives what is there, without waiting.
    ///
    /// The iterator ends when the channel is empty at that moment.
    pub fn drain(&self) -> Drain<'_, T> {
        Drain::new(self)
    }

    /// Receives until the channel is closed and empty, blocking the thread between messages.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = strait::channel::bounded(2);
    /// std::thread::scope(|s| {
    ///     s.spawn(move || (0..10).for_each(|i| tx.send_blocking(i).unwrap()));
    ///     assert_eq!(rx.iter_blocking().sum::<i32>(), 45);
    /// });
    /// ```
    pub fn iter_blocking(&self) -> IterBlocking<'_, T> {
        IterBlocking::new(self)
    }

    /// A handle that does not keep the channel from being cancelled.
    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver::new(&self.core)
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_recv(context).map(Result::ok)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.core.add_receiver();
        Self::counted(Arc::clone(&self.core))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if let Some(state) = &mut self.state {
            state.as_mut().leave(&self.core);
        }
        self.core.drop_receiver();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::describe("Receiver", &self.core, f)
    }
}

super::common!(Receiver<T>);
