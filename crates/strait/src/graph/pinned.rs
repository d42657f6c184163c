//! Bytes of a node at an address that stays, for code in other languages that reads or fills them.
//!
//! Nodes never move. A pin keeps the node, and keeps it as it is: a frozen node cannot be changed
//! anyway, and a mutable one is borrowed for as long as the pin lives.

use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::error::BorrowMutError;
use super::frozen::Frozen;
use super::obj::Obj;
use super::trace::{Freeze, Trace};

/// The bytes of a frozen node, at an address that stays as long as this does.
///
/// # Examples
/// ```
/// use strait::graph::{Obj, Pinned};
///
/// let frozen = Obj::new(b"for C".to_vec()).freeze().unwrap();
/// let pinned = Pinned::new(frozen);
/// let (address, length) = (pinned.as_ptr(), pinned.len());
/// // SAFETY: the bytes stay there until `pinned` is dropped.
/// assert_eq!(unsafe { std::slice::from_raw_parts(address, length) }, b"for C");
/// ```
pub struct Pinned<T: Freeze + AsRef<[u8]>> {
    bytes: NonNull<[u8]>,
    /// Keeps the bytes.
    owner: Frozen<T>,
}

// SAFETY: it is a `Frozen<T>` and a shared reference to bytes.
unsafe impl<T: Freeze + AsRef<[u8]>> Send for Pinned<T> {}
// SAFETY: as above.
unsafe impl<T: Freeze + AsRef<[u8]>> Sync for Pinned<T> {}

impl<T: Freeze + AsRef<[u8]>> Pinned<T> {
    /// Pins the bytes of the node.
    pub fn new(owner: Frozen<T>) -> Self {
        let bytes = NonNull::from((*owner).as_ref());
        Self { bytes, owner }
    }

    /// Where the bytes begin.
    pub fn as_ptr(&self) -> *const u8 {
        self.bytes.cast().as_ptr()
    }

    /// The node.
    pub fn into_frozen(self) -> Frozen<T> {
        self.owner
    }
}

impl<T: Freeze + AsRef<[u8]>> Deref for Pinned<T> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: they were borrowed from the value, which is only ever borrowed shared, and lives
        // until the owner is dropped; so the borrow may last as long.
        unsafe { self.bytes.as_ref() }
    }
}

impl<T: Freeze + AsRef<[u8]>> fmt::Debug for Pinned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned({} bytes)", self.len())
    }
}

/// The bytes of a mutable node, at an address that stays as long as this does. The node is borrowed
/// meanwhile: others get [`Borrowed`](BorrowMutError::Borrowed), and it is neither moved nor frozen.
///
/// # Examples
/// ```
/// use strait::graph::{Obj, PinnedMut};
///
/// let buffer = Obj::new(vec![0; 4]);
/// let mut pinned = PinnedMut::new(buffer.clone()).unwrap();
/// // SAFETY: the bytes are nobody else's until `pinned` is dropped.
/// unsafe { pinned.as_mut_ptr().write_bytes(7, pinned.len()) };
/// assert!(buffer.try_borrow().is_err());
/// drop(pinned);
/// assert_eq!(*buffer.borrow(), [7; 4]);
/// ```
pub struct PinnedMut<T: Trace + AsMut<[u8]>> {
    bytes: NonNull<[u8]>,
    /// Keeps the bytes, and is borrowed mutably.
    owner: Obj<T>,
}

impl<T: Trace + AsMut<[u8]>> PinnedMut<T> {
    /// Pins the bytes of the node.
    ///
    /// # Errors
    /// If the node is frozen, or borrowed at all.
    pub fn new(owner: Obj<T>) -> Result<Self, BorrowMutError> {
        let mut value = owner.try_borrow_mut()?;
        let bytes = NonNull::from((*value).as_mut());
        // The node stays borrowed until the pin is dropped.
        mem::forget(value);
        Ok(Self { bytes, owner })
    }

    /// Where the bytes begin.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.bytes.cast().as_ptr()
    }
}

impl<T: Trace + AsMut<[u8]>> Deref for PinnedMut<T> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: they were borrowed from the value, which nobody else borrows until the drop, and
        // which lives as long; so the borrow may last as long.
        unsafe { self.bytes.as_ref() }
    }
}

impl<T: Trace + AsMut<[u8]>> DerefMut for PinnedMut<T> {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`; `&mut self` makes it the only access.
        unsafe { self.bytes.as_mut() }
    }
}

impl<T: Trace + AsMut<[u8]>> Drop for PinnedMut<T> {
    fn drop(&mut self) {
        self.owner.header().unborrow_mut();
    }
}

impl<T: Trace + AsMut<[u8]>> fmt::Debug for PinnedMut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PinnedMut({} bytes)", self.len())
    }
}
