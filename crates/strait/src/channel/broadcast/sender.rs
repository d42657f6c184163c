//! The sending handle of a broadcast channel.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use crate::kernel::patience::give_way;
use crate::kernel::prim::Arc;
use crate::kernel::wait::block;
use crate::kernel::waiter::Waiter;

use super::super::error::{SendError, SendTimeoutError, TrySendError};
use super::core::{Core, Sent};
use super::futures::BroadcastSend;
use super::reader::Reader;
use super::receiver::{BroadcastReceiver, TOO_MANY};

/// The sending side of a broadcast channel; clone it for more senders.
///
/// When the last sender is dropped the channel closes: receivers get what is there, then the end. A
/// channel without receivers stays open; [`subscribe`](Self::subscribe) makes one.
pub struct BroadcastSender<T> {
    core: Arc<Core<T>>,
}

impl<T> BroadcastSender<T> {
    /// Takes over a sender that the core has counted already.
    pub(super) fn counted(core: Arc<Core<T>>) -> Self {
        Self { core }
    }

    /// Sends an element to all receivers that there are, waiting while one of them is `capacity`
    /// elements behind; in a [`lagging`](super::BroadcastBuilder::lagging) channel it never waits.
    /// Says how many receivers there are.
    ///
    /// Without receivers it never waits: the element is dropped, or kept for a replay. Senders that
    /// come later may overtake one that waits.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops the element, and no receiver sees it.
    ///
    /// # Errors
    /// [`SendError`] with the element if the channel is closed.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut first) = strait::channel::broadcast(1);
    /// let mut second = tx.subscribe();
    /// assert_eq!(tx.send("one").await, Ok(2));
    /// let both = async { (first.recv().await, second.recv().await) };
    /// let (sent, received) = tokio::join!(tx.send("two"), both);
    /// assert_eq!((sent, received), (Ok(2), (Ok("one"), Ok("one"))));
    /// # });
    /// ```
    #[inline]
    pub fn send(&self, element: T) -> BroadcastSend<'_, T> {
        BroadcastSend::new(&self.core, element)
    }

    /// Sends an element if that needs no waiting. Says how many receivers there are.
    ///
    /// # Errors
    /// [`TrySendError`] with the element; never `Full` in a lagging channel.
    ///
    /// # Examples
    /// ```
    /// use strait::channel::TrySendError;
    /// let (tx, rx) = strait::channel::broadcast(1);
    /// assert_eq!(tx.try_send(1), Ok(1));
    /// assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    /// drop(rx);
    /// assert_eq!(tx.try_send(3), Ok(0));
    /// ```
    #[inline]
    pub fn try_send(&self, element: T) -> Result<usize, TrySendError<T>> {
        let mut element = element;
        loop {
            match self.core.try_send(element) {
                Sent::To(n) => return Ok(n),
                Sent::Full(element) => return Err(TrySendError::Full(element)),
                Sent::Closed(element) => return Err(TrySendError::Closed(element)),
                Sent::Held(back) => element = back,
            }
            give_way();
        }
    }

    /// [`send`](Self::send), blocking the thread. Not for use inside an async task.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_blocking(&self, element: T) -> Result<usize, SendError<T>> {
        self.send_until(element, || None).map_err(|error| SendError(error.into_inner()))
    }

    /// [`send`](Self::send), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the element.
    pub fn send_timeout(
        &self,
        element: T,
        timeout: Duration,
    ) -> Result<usize, SendTimeoutError<T>> {
        // A time beyond what the clock can say is as good as no limit.
        self.send_until(element, || Instant::now().checked_add(timeout))
    }

    /// [`send`](Self::send), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the element.
    pub fn send_deadline(
        &self,
        element: T,
        deadline: Instant,
    ) -> Result<usize, SendTimeoutError<T>> {
        self.send_until(element, || Some(deadline))
    }

    #[inline]
    fn send_until(
        &self,
        element: T,
        deadline: impl FnOnce() -> Option<Instant>,
    ) -> Result<usize, SendTimeoutError<T>> {
        match self.core.try_send(element) {
            Sent::To(n) => Ok(n),
            Sent::Closed(element) => Err(SendTimeoutError::Closed(element)),
            Sent::Full(element) | Sent::Held(element) => self.wait_until(element, deadline()),
        }
    }

    #[cold]
    fn wait_until(
        &self,
        element: T,
        deadline: Option<Instant>,
    ) -> Result<usize, SendTimeoutError<T>> {
        /// Passes on what it was told, also if the destructor of an element panics.
        struct Leave<'a, T>(&'a Core<T>, Pin<&'a Waiter>);
        impl<T> Drop for Leave<'_, T> {
            fn drop(&mut self) {
                self.0.leave_send(self.1);
            }
        }
        let (core, waiter, mut element) = (&*self.core, pin!(Waiter::new()), Some(element));
        let leave = Leave(core, waiter.as_ref());
        let sent = block(&core.senders.patience, deadline, |step| {
            core.wait_send(leave.1, &mut element, step, None)
        });
        match sent {
            Some(Ok(n)) => Ok(n),
            Some(Err(element)) => Err(SendTimeoutError::Closed(element)),
            None => Err(SendTimeoutError::Timeout(element.expect("it was not sent"))),
        }
    }

    /// A new receiver: of what is sent from now on, after the replay if the channel has one.
    ///
    /// # Panics
    /// If the channel has 65,535 receivers already.
    ///
    /// # Examples
    /// ```
    /// let (tx, _) = strait::channel::broadcast(4);
    /// tx.try_send("nobody hears this").unwrap();
    /// let mut rx = tx.subscribe();
    /// tx.try_send("this somebody does").unwrap();
    /// assert_eq!(rx.try_recv(), Ok("this somebody does"));
    /// ```
    #[track_caller]
    pub fn subscribe(&self) -> BroadcastReceiver<T> {
        BroadcastReceiver::new(Reader::subscribe(&self.core).expect(TOO_MANY))
    }

    /// Closes the channel: nothing more can be sent, what is there can still be received. Says
    /// whether this call closed it.
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Whether nothing more can be sent.
    pub fn is_closed(&self) -> bool {
        self.core.ring.rear().is_closed()
    }

    /// The capacity that the channel was made with.
    pub fn capacity(&self) -> usize {
        self.core.ring.config.capacity
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.core.senders()
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.core.ring.rear().receivers() as usize
    }

    /// Whether both are handles of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

impl<T> Clone for BroadcastSender<T> {
    fn clone(&self) -> Self {
        self.core.add_sender();
        Self { core: Arc::clone(&self.core) }
    }
}

impl<T> Drop for BroadcastSender<T> {
    fn drop(&mut self) {
        self.core.drop_sender();
    }
}

impl<T> fmt::Debug for BroadcastSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastSender")
            .field("receivers", &self.receiver_count())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
