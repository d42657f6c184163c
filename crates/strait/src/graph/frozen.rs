//! The handle of a frozen node.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::ptr::NonNull;

use super::drain;
use super::header::{Header, Released};
use super::node::Node;
use super::obj::Obj;
use super::trace::{Freeze, Trace, Tracer, Transfer};
use super::weak::WeakFrozen;

/// A handle of a frozen node: its graph can be read by all threads and changed by none.
///
/// It dereferences to the value. From there [`Obj::get`] leads along the links by plain
/// references, which neither count nor check. Cloning and dropping count atomically, once for the
/// strongly connected component of the node, so that cycles are dropped with their last handle.
///
/// # Examples
/// ```
/// use strait::graph::{Graph, Obj};
///
/// #[derive(Graph)]
/// struct Page {
///     title: String,
///     next: Option<Obj<Page>>,
/// }
///
/// let last = Obj::new(Page { title: "last".into(), next: None });
/// let first = Obj::new(Page { title: "first".into(), next: Some(last) });
/// let book = first.freeze().unwrap();
/// std::thread::scope(|s| {
///     for _ in 0..2 {
///         s.spawn(|| {
///             let second = book.next.as_ref().and_then(|next| next.get()).unwrap();
///             assert_eq!(second.title, "last");
///         });
///     }
/// });
/// ```
pub struct Frozen<T: Freeze> {
    node: NonNull<Header>,
    _type: PhantomData<T>,
}

// SAFETY: the value and all that it leads to is frozen: `Freeze` says that it may then be read, and
// in the end dropped, by any thread, and counts are atomic.
unsafe impl<T: Freeze> Send for Frozen<T> {}
// SAFETY: as above.
unsafe impl<T: Freeze> Sync for Frozen<T> {}

impl<T: Freeze> Frozen<T> {
    /// # Safety
    /// The caller passes on a handle of a frozen node with a `T`.
    #[inline]
    pub(super) unsafe fn from_node(node: NonNull<Header>) -> Self {
        Self { node, _type: PhantomData }
    }

    #[inline]
    pub(super) fn node(&self) -> NonNull<Header> {
        self.node
    }

    #[inline]
    pub(super) fn into_node(self) -> NonNull<Header> {
        let node = self.node;
        mem::forget(self);
        node
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        // SAFETY: the handle keeps the node.
        unsafe { self.node.as_ref() }
    }

    /// The same node as an [`Obj`], as which it can be a link of nodes.
    pub fn as_obj(&self) -> Obj<T> {
        self.clone().into()
    }

    /// A handle that does not keep the node alive.
    pub fn downgrade(&self) -> WeakFrozen<T> {
        WeakFrozen::of(self.node)
    }

    /// Whether both handles are of the same node.
    #[inline]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.node == other.node
    }

    /// A number that no other living node has.
    pub fn id(&self) -> usize {
        self.node.addr().get()
    }

    /// How many handles lead into the strongly connected component of the node from outside. Other
    /// threads may change it at any time. Each [`AtomicRef`](super::AtomicRef) that holds it counts
    /// for many.
    pub fn strong_count(&self) -> u64 {
        self.header().count()
    }
}

impl<T: Freeze> Deref for Frozen<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the handle keeps the node, and nobody writes to a frozen one.
        unsafe { Node::read(self.node) }
    }
}

impl<T: Freeze> Clone for Frozen<T> {
    #[inline]
    fn clone(&self) -> Self {
        self.header().retain_frozen(1);
        Self { node: self.node, _type: PhantomData }
    }
}

impl<T: Freeze> Drop for Frozen<T> {
    #[inline]
    fn drop(&mut self) {
        if self.header().release_frozen(1) == Released::Last {
            drain::destroy(self.node);
        }
    }
}

impl<T: Freeze + fmt::Debug> fmt::Debug for Frozen<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

// SAFETY: a frozen node leads to frozen nodes alone, which are counted on their own: no pass of a
// thread goes there.
unsafe impl<T: Freeze> Trace for Frozen<T> {
    fn trace(&self, tracer: &mut Tracer) {
        tracer.link(self.node);
    }

    fn has_links() -> bool {
        false
    }
}

// SAFETY: it is `Send`.
unsafe impl<T: Freeze> Transfer for Frozen<T> {}
// SAFETY: it is `Send` and `Sync`, and not changed through `&`.
unsafe impl<T: Freeze> Freeze for Frozen<T> {}
