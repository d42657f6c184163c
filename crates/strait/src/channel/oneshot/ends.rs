//! The two handles. Each is a thin cover over its end of the shared state; a thread that blocks is
//! a task that parks.

#![forbid(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::super::error::{RecvError, RecvTimeoutError, SendError, TryRecvError};
use super::state::{self, Listen, Rx, Tx};
use crate::kernel::parker;

/// The two ends of a new channel.
pub(super) fn pair<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    let (tx, rx) = state::pair();
    (OneshotSender { tx }, OneshotReceiver { rx })
}

/// The sending end of a [`oneshot`](crate::channel::oneshot()) channel.
///
/// Sending takes the handle and never waits. A sender dropped without a message closes the
/// channel, and the receiver learns that none will come.
///
/// # Examples
///
/// ```
/// use strait::channel::oneshot;
///
/// let (reply, answer) = oneshot();
/// std::thread::spawn(move || reply.send(6 * 7));
/// assert_eq!(answer.recv_blocking(), Ok(42));
/// ```
#[must_use = "a sender dropped at once closes the channel"]
pub struct OneshotSender<T> {
    tx: Tx<T>,
}

/// The receiving end of a [`oneshot`](crate::channel::oneshot()) channel: a future of the message.
///
/// Awaiting it yields the message, or [`RecvError`] if the sender was dropped without sending.
/// After the message was received, or the channel found closed, every further receive reports
/// [`RecvError`]; polling again never panics.
///
/// Dropping the receiver closes the channel: a later [`send`](OneshotSender::send) gets its message
/// back, and a message that had been sent is dropped with the receiver.
///
/// # Cancel safety
///
/// Nothing is lost as long as the receiver is kept: await `&mut receiver` in an arm of a select or
/// under a timeout, and a message that comes later is received by the next await. Awaiting the
/// receiver itself hands it over, so dropping that future closes the channel.
///
/// # Examples
///
/// ```
/// use strait::channel::{RecvError, oneshot};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (reply, answer) = oneshot();
/// reply.send("done").unwrap();
/// assert_eq!(answer.await, Ok("done"));
///
/// let (reply, answer) = oneshot::<()>();
/// drop(reply);
/// assert_eq!(answer.await, Err(RecvError));
/// # });
/// ```
#[must_use = "a receiver dropped at once closes the channel"]
pub struct OneshotReceiver<T> {
    rx: Rx<T>,
}

/// The future of [`OneshotSender::closed`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct OneshotClosed<'a, T> {
    tx: &'a mut Tx<T>,
}

impl<T> OneshotSender<T> {
    /// Sends the message. Never waits.
    ///
    /// `Ok` says that the message was in the channel before the receiver closed it; a receiver
    /// that is dropped later drops the message unread.
    ///
    /// # Errors
    ///
    /// The message comes back if the receiver was dropped or has closed the channel.
    ///
    /// # Panics
    ///
    /// Only if the waker of the receiver's task panics; the message has been sent by then.
    ///
    /// # Examples
    ///
    /// ```
    /// use strait::channel::{SendError, oneshot};
    ///
    /// let (reply, answer) = oneshot();
    /// drop(answer);
    /// assert!(matches!(reply.send(1), Err(SendError(1))));
    /// ```
    pub fn send(self, message: T) -> Result<(), SendError<T>> {
        self.tx.send(message).map_err(SendError)
    }

    /// Whether the receiver was dropped or has closed the channel, so that a send would give its
    /// message back.
    ///
    /// `false` is true only at the moment of asking: [`send`](Self::send) is the reliable test.
    ///
    /// # Examples
    ///
    /// ```
    /// let (reply, mut answer) = strait::channel::oneshot::<u8>();
    /// assert!(!reply.is_closed());
    /// answer.close();
    /// assert!(reply.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.tx.is_closed()
    }

    /// Waits until the receiver is dropped or closes the channel: the moment from which the work
    /// for the answer is in vain.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future forgets that somebody waited, and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (mut reply, answer) = strait::channel::oneshot::<u8>();
    /// drop(answer);
    /// reply.closed().await;
    /// assert!(reply.send(1).is_err());
    /// # });
    /// ```
    pub fn closed(&mut self) -> OneshotClosed<'_, T> {
        OneshotClosed { tx: &mut self.tx }
    }
}

impl<T> OneshotReceiver<T> {
    /// Receives the message if it is there. Never waits.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) while the message may still come,
    /// [`Closed`](TryRecvError::Closed) if it was received already or none will come.
    ///
    /// # Examples
    ///
    /// ```
    /// use strait::channel::{TryRecvError, oneshot};
    ///
    /// let (reply, mut answer) = oneshot();
    /// assert_eq!(answer.try_recv(), Err(TryRecvError::Empty));
    /// reply.send(1).unwrap();
    /// assert_eq!(answer.try_recv(), Ok(1));
    /// assert_eq!(answer.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.rx.settle() {
            Some(answer) => answer.map_err(TryRecvError::from),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Blocks the thread until the message comes.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the sender was dropped without sending, or the message was received
    /// already.
    ///
    /// # Examples
    ///
    /// ```
    /// let (reply, answer) = strait::channel::oneshot();
    /// std::thread::spawn(move || reply.send("done"));
    /// assert_eq!(answer.recv_blocking(), Ok("done"));
    /// ```
    pub fn recv_blocking(self) -> Result<T, RecvError> {
        parker::block_on(self, None).unwrap_or(Err(RecvError))
    }

    /// Blocks the thread until the message comes, for at most `timeout`.
    ///
    /// After a timeout the receiver is as good as before: the message can still come. A timeout
    /// too long for the clock waits without one.
    ///
    /// # Errors
    ///
    /// [`Timeout`](RecvTimeoutError::Timeout) if the time ran out,
    /// [`Closed`](RecvTimeoutError::Closed) if none will come or it was received already.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use strait::channel::{RecvTimeoutError, oneshot};
    ///
    /// let (reply, mut answer) = oneshot();
    /// let timeout = Duration::from_millis(5);
    /// assert_eq!(answer.recv_timeout(timeout), Err(RecvTimeoutError::Timeout));
    /// reply.send(1).unwrap();
    /// assert_eq!(answer.recv_timeout(timeout), Ok(1));
    /// ```
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(Instant::now().checked_add(timeout))
    }

    /// Blocks the thread until the message comes, or `deadline` has passed.
    ///
    /// A message that is there is received even if the deadline lies in the past.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Self::recv_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let (reply, mut answer) = strait::channel::oneshot();
    /// reply.send(1).unwrap();
    /// assert_eq!(answer.recv_deadline(Instant::now()), Ok(1));
    /// ```
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(Some(deadline))
    }

    fn recv_until(&mut self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        if let Some(answer) = parker::block_on(&mut *self, deadline) {
            return answer.map_err(RecvTimeoutError::from);
        }
        self.rx.withdraw();
        match self.rx.settle() {
            Some(answer) => answer.map_err(RecvTimeoutError::from),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Closes the channel: a send from now on gets its message back.
    ///
    /// A message that was sent before can still be received, so `close` followed by
    /// [`try_recv`](Self::try_recv) settles whether there is one. Closing twice changes nothing.
    ///
    /// # Panics
    ///
    /// Only if the waker of a task that awaits [`closed`](OneshotSender::closed) panics; the
    /// channel has been closed by then.
    ///
    /// # Examples
    ///
    /// ```
    /// use strait::channel::{TryRecvError, oneshot};
    ///
    /// let (reply, mut answer) = oneshot();
    /// answer.close();
    /// assert!(reply.send(1).is_err());
    /// assert_eq!(answer.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn close(&mut self) {
        self.rx.close();
    }
}

impl<T> Future for OneshotReceiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Twice at most: after news there is an answer.
        loop {
            if let Some(answer) = self.rx.settle() {
                return Poll::Ready(answer);
            }
            if self.rx.listen(cx.waker()) == Listen::Registered {
                return Poll::Pending;
            }
        }
    }
}

impl<T> Future for OneshotClosed<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.tx.listen(cx.waker()) {
            Listen::Registered => Poll::Pending,
            Listen::News => Poll::Ready(()),
        }
    }
}

impl<T> Drop for OneshotClosed<'_, T> {
    fn drop(&mut self) {
        self.tx.withdraw();
    }
}

impl<T> fmt::Debug for OneshotSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotSender").field("closed", &self.is_closed()).finish()
    }
}

impl<T> fmt::Debug for OneshotReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotReceiver").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for OneshotClosed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneshotClosed").finish_non_exhaustive()
    }
}
