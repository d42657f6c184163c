//! The handle of a node, and the link from one node to another.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ptr::NonNull;

use super::borrow::{Ref, RefMut};
use super::error::{BorrowError, BorrowMutError};
use super::frozen::Frozen;
use super::header::{Access, Header, Released, State};
use super::node::Node;
use super::trace::{Freeze, Trace, Tracer, Transfer};
use super::weak::Weak;
use super::{drain, heap};

/// A counted handle of a node, and the link that nodes hold of each other.
///
/// A node belongs to one thread, which counts its handles without atomic read-modify-writes, until
/// its graph is [frozen](Self::freeze) or [moved](Self::detach). Its value is reached by
/// [`borrow`](Self::borrow) and [`borrow_mut`](Self::borrow_mut), whose rules are checked at run
/// time as those of `RefCell`.
///
/// The last handle that is dropped drops the value. Nodes that only hold each other are found and
/// dropped by [`collect`](super::collect), which runs by itself from time to time. Neither ever
/// recurses, however long the chain of nodes.
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
/// let a = Obj::new(Page { title: "a".into(), next: None });
/// let b = Obj::new(Page { title: "b".into(), next: Some(a.clone()) });
/// a.borrow_mut().next = Some(b.clone());
/// assert_eq!(b.borrow().next.as_ref().unwrap().borrow().title, "a");
/// drop((a, b));
/// // The two hold each other, and nobody else does.
/// assert_eq!(strait::graph::collect().freed, 2);
/// ```
pub struct Obj<T> {
    /// Because of this pointer it is neither `Send` nor `Sync`, whatever `T` is.
    node: NonNull<Header>,
    _type: PhantomData<T>,
}

impl<T> Obj<T> {
    /// # Safety
    /// The caller passes on a handle of a node with a `T`, which is this thread's or frozen.
    #[inline]
    pub(super) unsafe fn from_node(node: NonNull<Header>) -> Self {
        Self { node, _type: PhantomData }
    }

    #[inline]
    pub(super) fn node(&self) -> NonNull<Header> {
        self.node
    }

    /// The node, with this handle still counted.
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

    /// Whether the node is frozen.
    #[inline]
    pub fn is_frozen(&self) -> bool {
        self.header().state() == State::Frozen
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

    /// How many handles the node has, links of other nodes included; of a frozen node, how many
    /// lead into its strongly connected component from outside.
    pub fn strong_count(&self) -> u64 {
        self.header().count()
    }
}

impl<T: Trace> Obj<T> {
    /// A new node, with this handle alone.
    ///
    /// May run [`collect`](super::collect) first, if much may have become garbage since the last
    /// time.
    #[inline]
    pub fn new(value: T) -> Self {
        heap::before_new();
        // SAFETY: the handle that `allocate` counts.
        unsafe { Self::from_node(Node::allocate(value)) }
    }

    /// Reads the value.
    ///
    /// # Panics
    /// If it is borrowed mutably.
    #[inline]
    #[track_caller]
    pub fn borrow(&self) -> Ref<'_, T> {
        match self.try_borrow() {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// Reads the value, if nobody writes.
    ///
    /// # Errors
    /// If it is borrowed mutably.
    #[inline]
    pub fn try_borrow(&self) -> Result<Ref<'_, T>, BorrowError> {
        match self.header().borrow() {
            // SAFETY: the handle keeps the node for the lifetime, and the borrow is counted.
            Access::Local => Ok(unsafe { Ref::new(Node::read(self.node), Some(self.header())) }),
            // SAFETY: the same, and nobody writes to a frozen node.
            Access::Frozen => Ok(unsafe { Ref::new(Node::read(self.node), None) }),
            Access::Refused => Err(BorrowError),
        }
    }

    /// Writes the value, and with it the links of the node.
    ///
    /// # Panics
    /// If the node is frozen, or borrowed at all.
    #[inline]
    #[track_caller]
    pub fn borrow_mut(&self) -> RefMut<'_, T> {
        match self.try_borrow_mut() {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// Writes the value, if nobody reads or writes and nobody ever froze it.
    ///
    /// # Errors
    /// If the node is frozen, or borrowed at all.
    #[inline]
    pub fn try_borrow_mut(&self) -> Result<RefMut<'_, T>, BorrowMutError> {
        match self.header().borrow_mut() {
            // SAFETY: the handle keeps the node for the lifetime, and the borrow is noted.
            Access::Local => Ok(unsafe { RefMut::new(Node::write(self.node), self.header()) }),
            Access::Frozen => Err(BorrowMutError::Frozen),
            Access::Refused => Err(BorrowMutError::Borrowed),
        }
    }

    /// The value of a frozen node, by a plain reference: no count, no flag. `None` if the node is
    /// not frozen.
    ///
    /// This is how a frozen graph is walked from link to link.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // SAFETY: the handle keeps the node for the lifetime, and nobody writes to a frozen node.
        self.is_frozen().then(|| unsafe { Node::read(self.node) })
    }

    /// A handle for all threads, if the node is frozen.
    pub fn as_frozen(&self) -> Option<Frozen<T>>
    where
        T: Freeze,
    {
        self.is_frozen().then(|| {
            self.header().retain_frozen(1);
            // SAFETY: the handle that was just counted; the node is frozen, of type `T`.
            unsafe { Frozen::from_node(self.node) }
        })
    }

    /// Makes every later attempt to freeze the node fail.
    ///
    /// # Errors
    /// If it is frozen already.
    pub fn forbid_freeze(&self) -> Result<(), super::AlreadyFrozen> {
        if self.is_frozen() {
            return Err(super::AlreadyFrozen);
        }
        self.header().forbid_freeze();
        Ok(())
    }

    /// A handle that does not keep the node alive.
    pub fn downgrade(&self) -> Weak<T> {
        Weak::of(self.node)
    }

    /// How many weak handles the node has.
    pub fn weak_count(&self) -> u64 {
        // SAFETY: the node counts on its cell.
        self.header().cell().map_or(0, |cell| unsafe { cell.as_ref() }.handles())
    }
}

impl<T> Clone for Obj<T> {
    #[inline]
    fn clone(&self) -> Self {
        self.header().retain();
        Self { node: self.node, _type: PhantomData }
    }
}

impl<T> Drop for Obj<T> {
    #[inline]
    fn drop(&mut self) {
        match self.header().release() {
            Released::Left => {}
            Released::Candidate => heap::register(self.node),
            Released::Last => drain::destroy(self.node),
        }
    }
}

impl<T> fmt::Debug for Obj<T> {
    /// Its number alone: graphs have cycles.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Obj({:#x})", self.id())
    }
}

impl<T: Freeze> From<Frozen<T>> for Obj<T> {
    fn from(frozen: Frozen<T>) -> Self {
        // SAFETY: the handle is passed on.
        unsafe { Self::from_node(frozen.into_node()) }
    }
}

// SAFETY: it visits itself, once.
unsafe impl<T: Trace> Trace for Obj<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        tracer.link(self.node);
    }
}

// SAFETY: it is visited, and `T` is `Transfer`.
unsafe impl<T: Transfer> Transfer for Obj<T> {}
// SAFETY: a link in a frozen node leads to a frozen node, which is counted atomically; `&Obj` gives
// no more than reading then.
unsafe impl<T: Freeze> Freeze for Obj<T> {}
