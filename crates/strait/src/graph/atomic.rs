//! Atomic references to frozen nodes, which may stand in frozen nodes and in statics.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::frozen::Frozen;
use super::header::Header;
use super::slot::Slot;
use super::trace::{Freeze, Trace, Tracer, Transfer};

/// A reference to a frozen node, or to none, that threads load and change at any time.
///
/// It is the one mutable thing inside of frozen graphs. A [`load`](Self::load) is one atomic
/// addition and never waits. A cycle of frozen nodes that runs through an `AtomicRef` is not
/// dropped with its last handle: take the reference away, or ask
/// [`Cycles`](super::Cycles) to find it.
///
/// # Examples
/// ```
/// use strait::graph::{AtomicRef, Obj};
///
/// let config = AtomicRef::new(Obj::new(String::from("old")).freeze().unwrap());
/// std::thread::scope(|s| {
///     s.spawn(|| config.store(Obj::new(String::from("new")).freeze().unwrap()));
///     let seen = config.load().unwrap();
///     assert!(*seen == "old" || *seen == "new");
/// });
/// ```
pub struct AtomicRef<T: Freeze> {
    slot: Slot,
    _type: PhantomData<Frozen<T>>,
}

/// The reference was not the expected one.
pub struct CompareExchangeError<T: Freeze> {
    /// What is there instead.
    pub current: Option<Frozen<T>>,
    /// What was to be stored.
    pub new: Option<Frozen<T>>,
}

// SAFETY: what a shared slot gives and takes are handles of frozen nodes, which may be sent and
// shared; its operations are atomic.
unsafe impl<T: Freeze> Send for AtomicRef<T> {}
// SAFETY: as above.
unsafe impl<T: Freeze> Sync for AtomicRef<T> {}

fn into_node<T: Freeze>(value: Option<Frozen<T>>) -> Option<NonNull<Header>> {
    value.map(Frozen::into_node)
}

/// # Safety
/// The handle is the caller's, of a frozen node with a `T`.
unsafe fn from_node<T: Freeze>(node: Option<NonNull<Header>>) -> Option<Frozen<T>> {
    // SAFETY: promised by the caller.
    node.map(|node| unsafe { Frozen::from_node(node) })
}

impl<T: Freeze> AtomicRef<T> {
    /// A reference to `value`, which is a `Frozen<T>` or an `Option` of one.
    pub fn new(value: impl Into<Option<Frozen<T>>>) -> Self {
        Self { slot: Slot::new_shared(into_node(value.into())), _type: PhantomData }
    }

    /// A reference to nothing.
    pub fn empty() -> Self {
        Self::new(None)
    }

    /// A handle of what is there.
    #[inline]
    pub fn load(&self) -> Option<Frozen<T>> {
        // SAFETY: `load` gives the handle to the caller; only `Frozen<T>` is stored.
        unsafe { from_node(self.slot.load()) }
    }

    /// Puts `value` in the place of what is there.
    pub fn store(&self, value: impl Into<Option<Frozen<T>>>) {
        drop(self.swap(value));
    }

    /// Puts `value` in the place of what is there, and gives that.
    pub fn swap(&self, value: impl Into<Option<Frozen<T>>>) -> Option<Frozen<T>> {
        // SAFETY: as in `load`.
        unsafe { from_node(self.slot.swap(into_node(value.into()))) }
    }

    /// Takes what is there.
    pub fn take(&self) -> Option<Frozen<T>> {
        self.swap(None)
    }

    /// Puts `new` in the place of `current`, if that is there: the same node, not one with an equal
    /// value. Gives what was there.
    ///
    /// # Errors
    /// If something else is there; the error has it, and `new`.
    pub fn compare_exchange(
        &self,
        current: Option<&Frozen<T>>,
        new: impl Into<Option<Frozen<T>>>,
    ) -> Result<Option<Frozen<T>>, CompareExchangeError<T>> {
        let result = self.slot.compare_exchange(current.map(Frozen::node), into_node(new.into()));
        match result {
            // SAFETY: as in `load`.
            Ok(old) => Ok(unsafe { from_node(old) }),
            Err(found) => Err(CompareExchangeError {
                // SAFETY: as in `load`.
                current: unsafe { from_node(found.current) },
                // SAFETY: the handle comes back.
                new: unsafe { from_node(found.new) },
            }),
        }
    }
}

impl<T: Freeze> Drop for AtomicRef<T> {
    fn drop(&mut self) {
        // SAFETY: the slot's handle is taken over, once.
        drop(unsafe { from_node::<T>(self.slot.take()) });
    }
}

impl<T: Freeze> Default for AtomicRef<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: Freeze> fmt::Debug for AtomicRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AtomicRef({:#x})", self.slot.address())
    }
}

impl<T: Freeze> fmt::Debug for CompareExchangeError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompareExchangeError").finish_non_exhaustive()
    }
}

// SAFETY: it holds frozen nodes alone, which are no links of a thread's graph; it is passed on for
// those who walk frozen graphs.
unsafe impl<T: Freeze> Trace for AtomicRef<T> {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.slot(&self.slot);
    }

    fn has_links() -> bool {
        false
    }
}

// SAFETY: it is `Send`.
unsafe impl<T: Freeze> Transfer for AtomicRef<T> {}
// SAFETY: it is `Send` and `Sync`; that it changes is what it is for, and it is no link.
unsafe impl<T: Freeze> Freeze for AtomicRef<T> {}
