//! The writing handle of a state cell, and the guard of the newest value.

use std::fmt;
use std::ops::Deref;

use crate::kernel::prim::Arc;

use super::super::error::SendError;
use super::cell::Pinned;
use super::core::Core;
use super::receiver::LatestReceiver;
use super::view::View;

/// The writing side of a state cell; clone it for more writers.
///
/// Nothing here ever waits for a reader. When the last sender is dropped the channel closes:
/// receivers see the newest value, then the end.
pub struct LatestSender<T> {
    core: Arc<Core<T>>,
}

impl<T> LatestSender<T> {
    /// Takes over a sender that the core has counted already.
    pub(super) fn counted(core: Arc<Core<T>>) -> Self {
        Self { core }
    }

    /// Makes `value` the newest, also if there is no receiver. The old value is dropped when the
    /// last receiver that has it in sight looks again, or is dropped.
    ///
    /// # Errors
    /// [`SendError`] with the value if the channel is closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, mut rx) = strait::channel::latest(1);
    /// tx.send(2).unwrap();
    /// tx.send(3).unwrap();
    /// assert_eq!(*rx.borrow(), 3);
    /// ```
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let Some(writing) = self.core.cell.write() else { return Err(SendError(value)) };
        drop(self.core.publish(writing, value));
        Ok(())
    }

    /// Makes `value` the newest and gives the old one back: moved if nobody has it in sight, cloned
    /// otherwise.
    ///
    /// # Errors
    /// [`SendError`] with the value if the channel is closed.
    ///
    /// # Panics
    /// If `clone` panics; `value` is the newest then.
    ///
    /// # Examples
    /// ```
    /// let (tx, _) = strait::channel::latest(1);
    /// assert_eq!(tx.send_replace(2), Ok(1));
    /// ```
    pub fn send_replace(&self, value: T) -> Result<T, SendError<T>>
    where
        T: Clone,
    {
        let Some(writing) = self.core.cell.write() else { return Err(SendError(value)) };
        let old = writing.pin();
        let unread = self.core.publish(writing, value);
        debug_assert!(unread.is_none(), "we have pinned it");
        self.core.cell.reclaim(old).or_else(|old| Ok((*LatestRef::new(&self.core, old)).clone()))
    }

    /// Makes what `next` makes of the newest value the newest.
    ///
    /// No other value comes between the two: if another sender is faster, `next` is called again
    /// with its value. No lock is held meanwhile, so `next` may take long and use the channel.
    ///
    /// # Errors
    /// [`SendError`] if the channel is closed.
    ///
    /// # Panics
    /// If `next` panics; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// let (tx, mut rx) = strait::channel::latest(String::from("a"));
    /// tx.send_with(|old| format!("{old}b")).unwrap();
    /// assert_eq!(rx.borrow(), "ab");
    /// ```
    pub fn send_with(&self, mut next: impl FnMut(&T) -> T) -> Result<(), SendError<()>> {
        self.update(|old| Some(next(old))).map(drop)
    }

    /// Changes a clone of the newest value, and makes it the newest; see
    /// [`send_with`](Self::send_with).
    ///
    /// # Errors
    /// [`SendError`] if the channel is closed.
    ///
    /// # Panics
    /// If `modify` or `clone` panics; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// let (tx, mut rx) = strait::channel::latest(vec![1]);
    /// tx.send_modify(|list| list.push(2)).unwrap();
    /// assert_eq!(rx.borrow(), &[1, 2]);
    /// ```
    pub fn send_modify(&self, mut modify: impl FnMut(&mut T)) -> Result<(), SendError<()>>
    where
        T: Clone,
    {
        self.send_with(|old| {
            let mut value = old.clone();
            modify(&mut value);
            value
        })
    }

    /// [`send_modify`](Self::send_modify), if `modify` says that there is a change. Says whether
    /// there was.
    ///
    /// # Errors
    /// [`SendError`] if the channel is closed.
    ///
    /// # Panics
    /// If `modify` or `clone` panics; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = strait::channel::latest(1);
    /// let raise = |to| move |value: &mut i32| *value < to && { *value = to; true };
    /// assert_eq!(tx.send_if_modified(raise(1)), Ok(false));
    /// assert!(!rx.has_changed());
    /// assert_eq!(tx.send_if_modified(raise(2)), Ok(true));
    /// assert!(rx.has_changed());
    /// ```
    pub fn send_if_modified(
        &self,
        mut modify: impl FnMut(&mut T) -> bool,
    ) -> Result<bool, SendError<()>>
    where
        T: Clone,
    {
        self.update(|old| {
            let mut value = old.clone();
            modify(&mut value).then_some(value)
        })
    }

    fn update(&self, mut next: impl FnMut(&T) -> Option<T>) -> Result<bool, SendError<()>> {
        loop {
            if self.is_closed() {
                return Err(SendError(()));
            }
            let old = self.borrow();
            let Some(value) = next(&old) else { return Ok(false) };
            let writing = self.core.cell.write().ok_or(SendError(()))?;
            if writing.follows(&old.pinned) {
                drop(self.core.publish(writing, value));
                return Ok(true);
            }
            drop(writing);
        }
    }

    /// The newest value, for as long as the guard is kept; it stops nobody.
    ///
    /// # Examples
    /// ```
    /// let (tx, _) = strait::channel::latest(1);
    /// let one = tx.borrow();
    /// tx.send(2).unwrap();
    /// assert_eq!((*one, *tx.borrow()), (1, 2));
    /// ```
    #[inline]
    pub fn borrow(&self) -> LatestRef<'_, T> {
        LatestRef::new(&self.core, self.core.cell.pin())
    }

    /// A new receiver, to which the newest value counts as seen.
    pub fn subscribe(&self) -> LatestReceiver<T> {
        LatestReceiver::new(View::new(Arc::clone(&self.core)))
    }

    /// Closes the channel: no value comes after the newest. Says whether this call closed it.
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Whether the channel is closed.
    pub fn is_closed(&self) -> bool {
        self.core.cell.is_closed()
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.core.senders()
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.core.receivers()
    }

    /// Whether both are handles of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

impl<T> Clone for LatestSender<T> {
    fn clone(&self) -> Self {
        self.core.add_sender();
        Self { core: Arc::clone(&self.core) }
    }
}

impl<T> Drop for LatestSender<T> {
    fn drop(&mut self) {
        self.core.drop_sender();
    }
}

impl<T: fmt::Debug> fmt::Debug for LatestSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestSender").field("value", &*self.borrow()).finish_non_exhaustive()
    }
}

/// A value of a state cell that is kept for reading.
#[must_use]
pub struct LatestRef<'a, T> {
    core: &'a Core<T>,
    pinned: Pinned<T>,
}

// SAFETY: it reads a value that other threads read, and may drop it: `T` must be Sync and Send.
unsafe impl<T: Send + Sync> Send for LatestRef<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for LatestRef<'_, T> {}

impl<'a, T> LatestRef<'a, T> {
    /// Of a pin of this core.
    fn new(core: &'a Core<T>, pinned: Pinned<T>) -> Self {
        Self { core, pinned }
    }
}

impl<T> Deref for LatestRef<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: given back when `self` is dropped.
        unsafe { self.pinned.get() }
    }
}

impl<T> Drop for LatestRef<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // The one that is left does nothing.
        drop(self.core.cell.unpin(self.pinned.alias()));
    }
}

impl<T: fmt::Debug> fmt::Debug for LatestRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
