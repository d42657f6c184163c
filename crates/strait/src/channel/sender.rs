//! The sending handle.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use crate::kernel::prim::Arc;

use super::core::Core;
use super::error::{SendError, SendTimeoutError, TrySendError};
use super::futures::{Closed, Send, SendAcked, SendMany, SendRef};
use super::send::{Begun, Exit, Refused};
use super::state::wait_send;
use super::weak::WeakSender;

/// The sending side of a channel; clone it for more senders.
///
/// Every operation takes `&self` and may be used from any thread and any task. When the last
/// sender is dropped the channel closes: receivers get what is there, then the end.
pub struct Sender<T> {
    pub(super) core: Arc<Core<T>>,
}

impl<T> Sender<T> {
    /// Takes over a sender that the core has counted already.
    pub(super) fn counted(core: Arc<Core<T>>) -> Self {
        Self { core }
    }

    /// Sends a message, waiting until the channel admits it.
    ///
    /// The message takes its place in line at the first poll; the future then waits until fewer
    /// than `capacity` messages are ahead of it, or until a receiver has it. On a rendezvous
    /// channel it waits until a receiver takes the message, or is there to take it: a receiver
    /// that is already waiting counts as having met the send, which then returns without waiting
    /// for that receiver to run; one that waits in a [`select`](crate::select!) has to take the
    /// message first, for it may choose otherwise. Sends are admitted in the order of their places.
    ///
    /// # Cancel safety
    /// Dropping the future withdraws the message and drops it, unless a receiver has taken it or
    /// the channel has admitted it and the future has noticed, that is, returned. A message is
    /// never lost otherwise and never received twice. Use [`send_ref`](Self::send_ref) to get it
    /// back.
    ///
    /// # Errors
    /// [`SendError`] with the message if the channel was closed before the first poll, or
    /// cancelled while the message waited. A message that waits when the channel is *closed* is
    /// still delivered.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, rx) = strait::channel::bounded(1);
    /// tx.send("first").await?;
    /// let (sent, received) = tokio::join!(tx.send("second"), rx.recv());
    /// assert_eq!((sent, received), (Ok(()), Ok("first")));
    /// # Ok::<(), strait::channel::SendError<&str>>(()) }).unwrap();
    /// ```
    #[inline]
    pub fn send(&self, message: T) -> Send<'_, T> {
        Send::new(&self.core, message)
    }

    /// Sends the message in `message`, and puts it back there if it is withdrawn.
    ///
    /// When the future is ready with `Ok`, or the send has taken effect although the future was
    /// dropped, `message` is `None`. When it fails, or was dropped before that, `message` is
    /// `Some` again. So a loop of tries can neither lose nor double a message.
    ///
    /// # Cancel safety
    /// As [`send`](Self::send), with the message given back.
    ///
    /// # Errors
    /// [`SendError`], without the message, which is back in place.
    ///
    /// # Panics
    /// If `message` is `None`, in this call. If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// let (tx, rx) = strait::channel::rendezvous();
    /// let mut message = Some(String::from("hello"));
    /// let late = tokio::time::timeout(Duration::from_millis(1), tx.send_ref(&mut message)).await;
    /// assert!(late.is_err());
    /// assert_eq!(message.as_deref(), Some("hello"));
    /// assert!(rx.try_recv().is_err());
    /// # });
    /// ```
    #[track_caller]
    pub fn send_ref<'a>(&'a self, message: &'a mut Option<T>) -> SendRef<'a, T> {
        assert!(message.is_some(), "`send_ref` needs a message to send");
        SendRef::new(&self.core, message)
    }

    /// Sends a message and waits until a receiver has taken it.
    ///
    /// The message has its place in line, and counts towards the capacity, like any other.
    ///
    /// # Cancel safety
    /// Dropping the future withdraws the message and drops it, unless a receiver has taken it.
    ///
    /// # Errors
    /// [`SendError`] with the message if the channel was closed before the first poll, or
    /// cancelled before a receiver took the message.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, rx) = strait::channel::unbounded();
    /// let receive = async { rx.recv().await };
    /// let (acked, received) = tokio::join!(tx.send_acked(7), receive);
    /// assert_eq!((acked, received), (Ok(()), Ok(7)));
    /// # });
    /// ```
    pub fn send_acked(&self, message: T) -> SendAcked<'_, T> {
        SendAcked::new(&self.core, message)
    }

    /// Sends all messages of `queue`, from the front, and says how many.
    ///
    /// Messages that fit are sent with one claim for up to 64 of them; the rest one by one, as
    /// room appears. Messages of other senders may come between those of one call.
    ///
    /// # Cancel safety
    /// What was sent before the future is dropped stays sent; everything else is in `queue`, in
    /// order.
    ///
    /// # Errors
    /// [`SendError`] if the channel was closed; what was not sent is in `queue`.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, rx) = strait::channel::unbounded();
    /// let mut queue = std::collections::VecDeque::from([1, 2, 3]);
    /// assert_eq!(tx.send_many(&mut queue).await, Ok(3));
    /// assert_eq!(rx.drain().collect::<Vec<_>>(), [1, 2, 3]);
    /// # });
    /// ```
    pub fn send_many<'a>(&'a self, queue: &'a mut VecDeque<T>) -> SendMany<'a, T> {
        SendMany::new(&self.core, queue)
    }

    /// [`send_many`](Self::send_many), blocking the thread.
    ///
    /// # Errors
    /// As [`send_many`](Self::send_many).
    pub fn send_many_blocking(&self, queue: &mut VecDeque<T>) -> Result<usize, SendError<()>> {
        pin!(SendMany::new(&self.core, queue)).block()
    }

    /// Sends a message if that needs no waiting.
    ///
    /// On a rendezvous channel that is when a receiver waits. A refused message leaves no trace.
    ///
    /// # Errors
    /// [`TrySendError`] with the message.
    ///
    /// # Examples
    /// ```
    /// use strait::channel::TrySendError;
    /// let (tx, rx) = strait::channel::bounded(1);
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// drop(rx);
    /// assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        match self.core.try_send_shortly(message) {
            Ok(()) => Ok(()),
            Err(exit) => self.try_send_slowly(exit),
        }
    }

    #[cold]
    #[inline(never)]
    fn try_send_slowly(&self, exit: Exit<T>) -> Result<(), TrySendError<T>> {
        self.core.try_send_slowly(exit).map_err(|refused| match refused {
            Refused::Full(message) => TrySendError::Full(message),
            Refused::Closed(message) => TrySendError::Closed(message),
        })
    }

    /// [`send`](Self::send), blocking the thread. Not for use inside an async task.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = strait::channel::rendezvous();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| tx.send_blocking("hello"));
    ///     assert_eq!(rx.recv_blocking(), Ok("hello"));
    /// });
    /// ```
    #[inline]
    pub fn send_blocking(&self, message: T) -> Result<(), SendError<T>> {
        match self.core.send_shortly(message) {
            Ok(()) => Ok(()),
            Err(exit) => self.send_slowly(exit),
        }
    }

    #[cold]
    #[inline(never)]
    fn send_slowly(&self, exit: Exit<T>) -> Result<(), SendError<T>> {
        match self.core.begin_slowly(exit) {
            Begun::Sent => Ok(()),
            Begun::Closed(message) => Err(SendError(message)),
            Begun::Waits(pending) => {
                wait_send(&self.core, pending, None).map_err(|error| SendError(error.into_inner()))
            }
        }
    }

    /// [`send`](Self::send), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the message.
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        // A time beyond what the clock can say is as good as no limit.
        self.send_until(message, || Instant::now().checked_add(timeout))
    }

    /// [`send`](Self::send), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the message.
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_until(message, || Some(deadline))
    }

    fn send_until(
        &self,
        message: T,
        deadline: impl FnOnce() -> Option<Instant>,
    ) -> Result<(), SendTimeoutError<T>> {
        match self.core.begin_send(message, false) {
            Begun::Sent => Ok(()),
            Begun::Closed(message) => Err(SendTimeoutError::Closed(message)),
            Begun::Waits(pending) => wait_send(&self.core, pending, deadline()),
        }
    }

    /// Waits until the channel is closed: by [`close`](Self::close) or [`cancel`](Self::cancel)
    /// on either side, or because the last receiver was dropped.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub fn closed(&self) -> Closed<'_, T> {
        Closed::new(&self.core)
    }

    /// A handle that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(&self.core)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.core.add_sender();
        Self { core: Arc::clone(&self.core) }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.core.drop_sender();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::describe("Sender", &self.core, f)
    }
}

super::common!(Sender<T>);
