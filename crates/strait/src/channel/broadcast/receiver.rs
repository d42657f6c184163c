//! The receiving handle of a broadcast channel, and the guard of an element that is read in place.

#![forbid(unsafe_code)]

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::kernel::patience::give_way;
use crate::kernel::prim::Arc;

use super::core::Core;
use super::error::{BroadcastRecvError, BroadcastRecvTimeoutError, BroadcastTryRecvError};
use super::futures::{BroadcastRecv, BroadcastRecvRef, RecvState, outcome};
use super::reader::{Look, Place, Reader};

pub(super) const TOO_MANY: &str = "a broadcast channel has up to 65,535 receivers";

/// The receiving side of a broadcast channel.
///
/// It gets every element that is sent while it is there, in the order that is the same for all
/// receivers. Clone it for another receiver at the same place; [`resubscribe`](Self::resubscribe)
/// makes one that begins now.
///
/// Elements are shared: [`recv_ref`](Self::recv_ref) reads one where it is, [`recv`](Self::recv)
/// clones it, and the last receiver to receive it gets it without a clone.
pub struct BroadcastReceiver<T> {
    reader: Reader<T>,
    /// Where `poll_recv` waits. Made when it has to wait for the first time, then kept.
    state: Option<Pin<Box<RecvState>>>,
}

type Find<T, R> = fn(&mut Place<T>, &Core<T>) -> Look<R>;

impl<T> BroadcastReceiver<T> {
    pub(super) fn new(reader: Reader<T>) -> Self {
        Self { reader, state: None }
    }

    /// Receives the next element, waiting until there is one.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: the receiver moves on only in the poll that returns an
    /// element.
    ///
    /// # Errors
    /// [`BroadcastRecvError`].
    ///
    /// # Panics
    /// If `clone` panics; the element then comes again.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = strait::channel::broadcast(4);
    /// let mut other = rx.clone();
    /// tx.send("to all").await.unwrap();
    /// drop(tx);
    /// assert_eq!(rx.recv().await, Ok("to all"));
    /// assert_eq!(other.recv().await, Ok("to all"));
    /// assert!(rx.recv().await.is_err());
    /// # });
    /// ```
    #[inline]
    pub fn recv(&mut self) -> BroadcastRecv<'_, T>
    where
        T: Clone,
    {
        BroadcastRecv::new(self.rested())
    }

    /// Receives the next element where it is, waiting until there is one.
    ///
    /// The element counts as received when the guard is dropped. In a lossless channel it takes up
    /// its place until then; in a lagging one it may be displaced meanwhile, and lives on for the
    /// guard.
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    ///
    /// # Errors
    /// [`BroadcastRecvError`].
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// struct NoClone(u8);
    /// let (tx, mut rx) = strait::channel::broadcast(4);
    /// let mut other = tx.subscribe();
    /// tx.send(NoClone(7)).await.unwrap();
    /// assert_eq!(rx.recv_ref().await.unwrap().0, 7);
    /// assert_eq!(other.recv_ref().await.unwrap().0, 7);
    /// # });
    /// ```
    #[inline]
    pub fn recv_ref(&mut self) -> BroadcastRecvRef<'_, T> {
        BroadcastRecvRef::new(self.rested())
    }

    /// Receives the next element if there is one.
    ///
    /// # Errors
    /// [`BroadcastTryRecvError`].
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, BroadcastTryRecvError>
    where
        T: Clone,
    {
        self.try_find(Place::take)
    }

    /// Receives the next element where it is if there is one; see [`recv_ref`](Self::recv_ref).
    ///
    /// # Errors
    /// [`BroadcastTryRecvError`].
    pub fn try_recv_ref(&mut self) -> Result<BroadcastRef<'_, T>, BroadcastTryRecvError> {
        self.try_find(Place::hold)?;
        Ok(BroadcastRef::new(&mut self.reader))
    }

    #[inline]
    fn try_find<R>(&mut self, find: Find<T, R>) -> Result<R, BroadcastTryRecvError> {
        let reader = self.rested();
        loop {
            match reader.look(find) {
                Look::Ready(found) => return Ok(found),
                Look::Empty => return Err(BroadcastTryRecvError::Empty),
                Look::Closed => return Err(BroadcastTryRecvError::Closed),
                Look::Missed(n) => return Err(BroadcastTryRecvError::Lagged(n)),
                Look::Stalled => give_way(),
            }
        }
    }

    /// [`recv`](Self::recv), blocking the thread. Not for use inside an async task.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// let (tx, mut rx) = strait::channel::broadcast(1);
    /// std::thread::scope(|s| {
    ///     s.spawn(move || (0..3).for_each(|i| drop(tx.send_blocking(i))));
    ///     assert_eq!(std::iter::from_fn(|| rx.recv_blocking().ok()).sum::<i32>(), 3);
    /// });
    /// ```
    #[inline]
    pub fn recv_blocking(&mut self) -> Result<T, BroadcastRecvError>
    where
        T: Clone,
    {
        self.find_blocking(Place::take)
    }

    /// [`recv_ref`](Self::recv_ref), blocking the thread.
    ///
    /// # Errors
    /// As [`recv_ref`](Self::recv_ref).
    pub fn recv_ref_blocking(&mut self) -> Result<BroadcastRef<'_, T>, BroadcastRecvError> {
        self.find_blocking(Place::hold)?;
        Ok(BroadcastRef::new(&mut self.reader))
    }

    /// [`recv`](Self::recv), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`BroadcastRecvTimeoutError`].
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, BroadcastRecvTimeoutError>
    where
        T: Clone,
    {
        // A time beyond what the clock can say is as good as no limit.
        self.find_until(Place::take, || Instant::now().checked_add(timeout))
    }

    /// [`recv`](Self::recv), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`BroadcastRecvTimeoutError`].
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, BroadcastRecvTimeoutError>
    where
        T: Clone,
    {
        self.find_until(Place::take, || Some(deadline))
    }

    #[inline]
    fn find_blocking<R>(&mut self, find: Find<T, R>) -> Result<R, BroadcastRecvError> {
        self.find_until(find, || None).map_err(|error| match error {
            BroadcastRecvTimeoutError::Lagged(n) => BroadcastRecvError::Lagged(n),
            BroadcastRecvTimeoutError::Closed => BroadcastRecvError::Closed,
            BroadcastRecvTimeoutError::Timeout => unreachable!("there was no deadline"),
        })
    }

    #[inline]
    fn find_until<R>(
        &mut self,
        find: Find<T, R>,
        deadline: impl FnOnce() -> Option<Instant>,
    ) -> Result<R, BroadcastRecvTimeoutError> {
        let reader = self.rested();
        match reader.look(find) {
            Look::Ready(found) => Ok(found),
            Look::Missed(n) => Err(BroadcastRecvTimeoutError::Lagged(n)),
            Look::Closed => Err(BroadcastRecvTimeoutError::Closed),
            Look::Empty | Look::Stalled => wait_until(reader, find, deadline()),
        }
    }

    /// Polls for the next element; for hand-written futures.
    ///
    /// When this returns `Pending` the waker of `context` will be woken for an element. The place to
    /// wait is allocated when it is needed for the first time and then kept.
    ///
    /// # Cancel safety
    /// Nothing is lost by not polling again.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Result<T, BroadcastRecvError>>
    where
        T: Clone,
    {
        let state = self.state.get_or_insert_with(|| Box::pin(RecvState::new()));
        state.as_mut().poll(&mut self.reader, context, Place::take).map(outcome)
    }

    /// The reader, nobody waiting for it.
    #[inline]
    fn rested(&mut self) -> &mut Reader<T> {
        if let Some(state) = &mut self.state {
            state.as_mut().leave(&self.reader);
        }
        &mut self.reader
    }

    /// A new receiver: of what is sent from now on, after the replay if the channel has one.
    ///
    /// # Panics
    /// If the channel has 65,535 receivers already.
    #[track_caller]
    pub fn resubscribe(&self) -> Self {
        Self::new(Reader::subscribe(self.reader.core()).expect(TOO_MANY))
    }

    /// How many elements were sent that this receiver has not received, those that it has lost by
    /// now included. Outdated at once if others are at work.
    pub fn len(&self) -> usize {
        self.reader.behind() as usize
    }

    /// Whether [`len`](Self::len) is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Closes the channel: nothing more can be sent, what is there can still be received. Says
    /// whether this call closed it.
    pub fn close(&self) -> bool {
        self.reader.core().close()
    }

    /// Whether nothing more can be sent. Elements may be left to receive.
    pub fn is_closed(&self) -> bool {
        self.reader.core().ring.rear().is_closed()
    }

    /// The capacity that the channel was made with.
    pub fn capacity(&self) -> usize {
        self.reader.core().ring.config.capacity
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.reader.core().senders()
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.reader.core().ring.rear().receivers() as usize
    }

    /// Whether both are handles of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.reader.core(), other.reader.core())
    }
}

#[cold]
fn wait_until<T, R>(
    reader: &mut Reader<T>,
    find: Find<T, R>,
    deadline: Option<Instant>,
) -> Result<R, BroadcastRecvTimeoutError> {
    match reader.block(deadline, find) {
        Some(found) => outcome(found).map_err(BroadcastRecvTimeoutError::from),
        None => Err(BroadcastRecvTimeoutError::Timeout),
    }
}

/// One more receiver at the same place.
///
/// # Panics
/// If the channel has 65,535 receivers already.
impl<T> Clone for BroadcastReceiver<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self::new(self.reader.duplicate().expect(TOO_MANY))
    }
}

impl<T> Drop for BroadcastReceiver<T> {
    fn drop(&mut self) {
        self.rested();
    }
}

impl<T> fmt::Debug for BroadcastReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastReceiver")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// An element that is read in place. When it is dropped the element counts as received.
///
/// If it is leaked the receiver gets the element again.
#[must_use = "the element counts as received when this is dropped"]
pub struct BroadcastRef<'a, T> {
    reader: &'a mut Reader<T>,
}

impl<'a, T> BroadcastRef<'a, T> {
    /// Of what the reader holds.
    pub(super) fn new(reader: &'a mut Reader<T>) -> Self {
        Self { reader }
    }
}

impl<T> Deref for BroadcastRef<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.reader.held()
    }
}

impl<T> Drop for BroadcastRef<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.reader.end();
    }
}

impl<T: fmt::Debug> fmt::Debug for BroadcastRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
