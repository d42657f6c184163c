//! The reading handle of a state cell.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::kernel::prim::Arc;

use super::super::error::{RecvError, RecvTimeoutError};
use super::core::Core;
use super::futures::{LatestChanged, LatestWaitFor, WaitState};
use super::view::{Found, Sight, View};

/// The reading side of a state cell; clone it for another receiver.
///
/// It keeps the value that it saw last until it looks again or is dropped. So looking costs one load
/// as long as nothing has changed, and no reader ever stops a writer.
pub struct LatestReceiver<T> {
    view: View<T>,
    /// Where `poll_changed` waits. Made when it has to wait for the first time, then kept.
    state: Option<Pin<Box<WaitState>>>,
}

impl<T> LatestReceiver<T> {
    pub(super) fn new(view: View<T>) -> Self {
        Self { view, state: None }
    }

    /// The view, nobody waiting for it.
    #[inline]
    fn rested(&mut self) -> &mut View<T> {
        if let Some(state) = &mut self.state {
            state.as_mut().leave(&self.view);
        }
        &mut self.view
    }

    /// The newest value. It does not count as seen: [`changed`](Self::changed) reports it still.
    ///
    /// # Examples
    /// ```
    /// let (tx, mut rx) = strait::channel::latest("off");
    /// assert_eq!(*rx.borrow(), "off");
    /// tx.send("on").unwrap();
    /// assert_eq!(*rx.borrow(), "on");
    /// assert!(rx.has_changed());
    /// ```
    #[inline]
    pub fn borrow(&mut self) -> &T {
        self.view.renew()
    }

    /// The newest value, which counts as seen from now on.
    #[inline]
    pub fn borrow_and_update(&mut self) -> &T {
        self.view.see()
    }

    /// Whether there is a value that does not count as seen.
    #[inline]
    pub fn has_changed(&self) -> bool {
        self.view.has_news()
    }

    /// Makes the newest value count as not seen.
    pub fn mark_changed(&mut self) {
        self.view.unsee();
    }

    /// Makes the newest value count as seen.
    pub fn mark_unchanged(&mut self) {
        self.view.see();
    }

    /// Waits until there is a value that does not count as seen, and gives the newest, which counts
    /// as seen from now on.
    ///
    /// Values that were replaced before this receiver looked are not seen by it.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: a value counts as seen only when it was returned.
    ///
    /// # Errors
    /// [`RecvError`] if the channel is closed and its last value was seen.
    ///
    /// # Panics
    /// If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = strait::channel::latest(0);
    /// tx.send(1).unwrap();
    /// tx.send(2).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.changed().await, Ok(&2));
    /// assert!(rx.changed().await.is_err());
    /// assert_eq!(*rx.borrow(), 2);
    /// # });
    /// ```
    #[inline]
    pub fn changed(&mut self) -> LatestChanged<'_, T> {
        LatestChanged::new(self.rested())
    }

    /// Waits until the newest value is one that `accepts` accepts, seen or not, and gives it; it
    /// counts as seen from now on.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    ///
    /// # Errors
    /// [`RecvError`] if the channel is closed and its last value is not accepted.
    ///
    /// # Panics
    /// If `accepts` panics; nothing has changed then. If the future is polled after it was ready.
    ///
    /// # Examples
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (tx, mut rx) = strait::channel::latest(1);
    /// let wait = rx.wait_for(|value| *value > 2);
    /// let (found, ()) = tokio::join!(wait, async { tx.send(3).unwrap() });
    /// assert_eq!(found, Ok(&3));
    /// # });
    /// ```
    pub fn wait_for<F: FnMut(&T) -> bool>(&mut self, accepts: F) -> LatestWaitFor<'_, T, F> {
        LatestWaitFor::new(self.rested(), accepts)
    }

    /// [`changed`](Self::changed), blocking the thread. Not for use inside an async task.
    ///
    /// # Errors
    /// As [`changed`](Self::changed).
    pub fn changed_blocking(&mut self) -> Result<&T, RecvError> {
        self.find_until(Sight::find_news, || None).map_err(|_| RecvError)
    }

    /// [`changed`](Self::changed), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn changed_timeout(&mut self, timeout: Duration) -> Result<&T, RecvTimeoutError> {
        // A time beyond what the clock can say is as good as no limit.
        self.find_until(Sight::find_news, || Instant::now().checked_add(timeout))
    }

    /// [`changed`](Self::changed), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn changed_deadline(&mut self, deadline: Instant) -> Result<&T, RecvTimeoutError> {
        self.find_until(Sight::find_news, || Some(deadline))
    }

    /// [`wait_for`](Self::wait_for), blocking the thread.
    ///
    /// # Errors
    /// As [`wait_for`](Self::wait_for).
    pub fn wait_for_blocking(
        &mut self,
        mut accepts: impl FnMut(&T) -> bool,
    ) -> Result<&T, RecvError> {
        self.view.forget_refused();
        let find = |sight: &mut Sight<T>, core: &Core<T>| sight.find(core, &mut accepts);
        self.find_until(find, || None).map_err(|_| RecvError)
    }

    /// [`wait_for`](Self::wait_for), blocking the thread for at most `timeout`.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn wait_for_timeout(
        &mut self,
        mut accepts: impl FnMut(&T) -> bool,
        timeout: Duration,
    ) -> Result<&T, RecvTimeoutError> {
        self.view.forget_refused();
        let find = |sight: &mut Sight<T>, core: &Core<T>| sight.find(core, &mut accepts);
        self.find_until(find, || Instant::now().checked_add(timeout))
    }

    /// [`wait_for`](Self::wait_for), blocking the thread until `deadline` at the latest.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn wait_for_deadline(
        &mut self,
        mut accepts: impl FnMut(&T) -> bool,
        deadline: Instant,
    ) -> Result<&T, RecvTimeoutError> {
        self.view.forget_refused();
        let find = |sight: &mut Sight<T>, core: &Core<T>| sight.find(core, &mut accepts);
        self.find_until(find, || Some(deadline))
    }

    #[inline]
    fn find_until(
        &mut self,
        mut find: impl FnMut(&mut Sight<T>, &Core<T>) -> Found,
        deadline: impl FnOnce() -> Option<Instant>,
    ) -> Result<&T, RecvTimeoutError> {
        let view = self.rested();
        let found = match view.look(&mut find) {
            Some(found) => found,
            None => view.block(deadline(), find).ok_or(RecvTimeoutError::Timeout)?,
        };
        found.map_err(RecvTimeoutError::from).map(|()| view.value())
    }

    /// Polls for a value that does not count as seen; for hand-written futures.
    ///
    /// When this returns `Pending` the waker of `context` will be woken for a change. The place to
    /// wait is allocated when it is needed for the first time and then kept.
    ///
    /// # Cancel safety
    /// Nothing is lost by not polling again.
    ///
    /// # Errors
    /// As [`changed`](Self::changed).
    pub fn poll_changed(&mut self, context: &mut Context<'_>) -> Poll<Result<&T, RecvError>> {
        let state = self.state.get_or_insert_with(|| Box::pin(WaitState::new()));
        let found = state.as_mut().poll(&mut self.view, context, Sight::find_news);
        found.map(|found| found.map(|()| self.view.value()))
    }

    /// Whether the channel is closed. The last value may be unseen.
    pub fn is_closed(&self) -> bool {
        self.view.core().cell.is_closed()
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.view.core().senders()
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.view.core().receivers()
    }

    /// Whether both are handles of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.view.core(), other.view.core())
    }
}

/// One more receiver, which has seen as much.
impl<T> Clone for LatestReceiver<T> {
    fn clone(&self) -> Self {
        Self::new(self.view.duplicate())
    }
}

impl<T> Drop for LatestReceiver<T> {
    fn drop(&mut self) {
        self.rested();
    }
}

impl<T: fmt::Debug> fmt::Debug for LatestReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestReceiver")
            .field("value", self.view.value())
            .field("has_changed", &self.has_changed())
            .finish_non_exhaustive()
    }
}
