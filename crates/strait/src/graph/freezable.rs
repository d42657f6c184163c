//! A link that can be changed through a shared reference, before and after its node is frozen.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::header::Header;
use super::obj::Obj;
use super::slot::Slot;
use super::trace::{Freeze, Trace, Tracer, Transfer};

/// A link to a node, or to none, that is set through `&`: a plain cell until the node in which it
/// stands is frozen, and an [`AtomicRef`](super::AtomicRef) from then on.
///
/// Freezing the node freezes what the link leads to, but the link does not make the two one
/// component: each keeps its own count, so that clearing the link drops the other. A frozen cycle
/// through such a link is dropped when a link of it is cleared, or on request by
/// [`Cycles`](super::Cycles).
///
/// # Examples
/// ```
/// use strait::graph::{FreezableLink, Graph, Obj};
///
/// #[derive(Graph)]
/// struct Cache {
///     latest: FreezableLink<String>,
/// }
///
/// let cache = Obj::new(Cache { latest: FreezableLink::empty() });
/// cache.borrow().latest.set(Obj::new("one".to_owned())).unwrap();
/// let cache = cache.freeze().unwrap();
/// // The owner is frozen: what is set now must be frozen too.
/// assert!(cache.latest.set(Obj::new("two".to_owned())).is_err());
/// let two = Obj::new("two".to_owned()).freeze().unwrap();
/// cache.latest.set(two.as_obj()).unwrap();
/// assert_eq!(cache.latest.get().unwrap().get().unwrap(), "two");
/// ```
pub struct FreezableLink<T: Freeze> {
    slot: Slot,
    /// Neither `Send` nor `Sync` by itself: before it is frozen it is a cell with an `Obj`.
    _type: PhantomData<Obj<T>>,
}

/// The owner of the link is frozen and the node is not; it comes back.
pub struct NotFrozen<T: Freeze>(pub Obj<T>);

impl<T: Freeze> FreezableLink<T> {
    /// A link to `target`, which is an `Obj<T>` or an `Option` of one.
    pub fn new(target: impl Into<Option<Obj<T>>>) -> Self {
        let node = target.into().map(Obj::into_node);
        Self { slot: Slot::new_local(node), _type: PhantomData }
    }

    /// A link to nothing.
    pub fn empty() -> Self {
        Self::new(None)
    }

    /// Whether the node in which the link stands is frozen.
    pub fn is_frozen(&self) -> bool {
        self.slot.is_shared()
    }

    /// A handle of what it leads to.
    pub fn get(&self) -> Option<Obj<T>> {
        if self.slot.is_shared() {
            // SAFETY: `load` gives the handle to the caller, of a frozen node with a `T`.
            return self.slot.load().map(|node| unsafe { Obj::from_node(node) });
        }
        self.slot.local().map(|node| {
            // SAFETY: the link holds the node, which is this thread's or frozen.
            unsafe { node.as_ref() }.retain();
            // SAFETY: the handle that was just counted, of a node with a `T`.
            unsafe { Obj::from_node(node) }
        })
    }

    /// Makes it lead to `target`, and gives what it led to.
    ///
    /// # Errors
    /// If the link is frozen and `target` is not; it comes back.
    pub fn set(&self, target: impl Into<Option<Obj<T>>>) -> Result<Option<Obj<T>>, NotFrozen<T>> {
        let node = self.admit(target.into())?;
        let old = if self.slot.is_shared() {
            self.slot.swap(node)
        } else {
            self.slot.replace_local(node)
        };
        // SAFETY: the handle that was there is taken over, of a node with a `T`.
        Ok(old.map(|node| unsafe { Obj::from_node(node) }))
    }

    /// Makes it lead to nothing, and gives what it led to.
    pub fn take(&self) -> Option<Obj<T>> {
        self.set(None).unwrap_or_default()
    }

    /// Makes it lead to `new` if it leads to `current` now, by identity; tells whether it did.
    ///
    /// # Errors
    /// If the link is frozen and `new` is not; it comes back.
    pub fn compare_and_set(
        &self,
        current: Option<&Obj<T>>,
        new: impl Into<Option<Obj<T>>>,
    ) -> Result<bool, NotFrozen<T>> {
        let node = self.admit(new.into())?;
        let current = current.map(Obj::node);
        // SAFETY: each handle is taken over once, of a node with a `T`.
        let take = |node: Option<NonNull<Header>>| unsafe {
            drop(node.map(|node| Obj::<T>::from_node(node)));
        };
        if !self.slot.is_shared() {
            let is_there = self.slot.local() == current;
            take(if is_there { self.slot.replace_local(node) } else { node });
            return Ok(is_there);
        }
        match self.slot.compare_exchange(current, node) {
            Ok(old) => {
                take(old);
                Ok(true)
            }
            Err(found) => {
                take(found.current);
                take(found.new);
                Ok(false)
            }
        }
    }

    /// Passes on a handle that may stand here.
    fn admit(&self, target: Option<Obj<T>>) -> Result<Option<NonNull<Header>>, NotFrozen<T>> {
        match target {
            Some(target) if self.slot.is_shared() && !target.is_frozen() => Err(NotFrozen(target)),
            target => Ok(target.map(Obj::into_node)),
        }
    }
}

impl<T: Freeze> Drop for FreezableLink<T> {
    fn drop(&mut self) {
        // SAFETY: the slot's handle is taken over, once, of a node with a `T`.
        drop(self.slot.take().map(|node| unsafe { Obj::<T>::from_node(node) }));
    }
}

impl<T: Freeze> Default for FreezableLink<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: Freeze> fmt::Debug for FreezableLink<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FreezableLink({:#x})", self.slot.address())
    }
}

impl<T: Freeze> fmt::Debug for NotFrozen<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NotFrozen").field(&self.0.id()).finish()
    }
}

impl<T: Freeze> fmt::Display for NotFrozen<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the node is not frozen, and the link is")
    }
}

impl<T: Freeze> std::error::Error for NotFrozen<T> {}

// SAFETY: before it is frozen it visits its one link; then it has none of a thread's graph.
unsafe impl<T: Freeze> Trace for FreezableLink<T> {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.slot(&self.slot);
    }
}

// SAFETY: it is visited, and what it leads to is `Transfer`.
unsafe impl<T: Freeze> Transfer for FreezableLink<T> {}
// SAFETY: a freeze makes it shared, before any other thread can have it; from then on all of its
// operations are atomic and it holds frozen nodes alone.
unsafe impl<T: Freeze> Freeze for FreezableLink<T> {}
