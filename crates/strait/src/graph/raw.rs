//! Handles as plain pointers, for code in other languages that keeps them and passes them on.
//!
//! The pointer is that of the node, so nothing is allocated or copied. The node knows its type: a
//! pointer that comes back as another type is a panic, as long as the node is alive. Whether it is
//! alive is what the caller of `from_raw` vouches for; a [`StableRef`](super::StableRef) is the
//! variant that is checked.

use std::any::{TypeId, type_name};
use std::ffi::c_void;
use std::ptr::NonNull;

use super::detach::Detached;
use super::frozen::Frozen;
use super::header::{Header, State};
use super::obj::Obj;
use super::trace::{Freeze, Trace, Transfer};
use super::walk::header;

fn into_raw(node: NonNull<Header>) -> *mut c_void {
    node.as_ptr().cast()
}

/// # Safety
/// The pointer is null or that of a node that is alive and that this thread may look at.
#[track_caller]
unsafe fn from_raw<T: Trace>(raw: *mut c_void) -> NonNull<Header> {
    let Some(node) = NonNull::new(raw.cast::<Header>()) else {
        panic!("the pointer is null");
    };
    let table = header(node).table();
    if (table.type_id)() != TypeId::of::<T>() {
        let (found, expected) = ((table.type_name)(), type_name::<T>());
        panic!("the pointer leads to a `{found}`, not to a `{expected}`");
    }
    node
}

impl<T: Transfer> Detached<T> {
    /// The graph as a pointer. It is to become a [`Detached`] again by [`from_raw`](Self::from_raw),
    /// on any thread, or is never freed. The pointer is not null. O(1).
    ///
    /// # Examples
    /// ```
    /// use strait::graph::{Detached, Obj};
    ///
    /// let graph = Obj::new(String::from("on the way")).detach().unwrap();
    /// let pointer = graph.into_raw() as usize;
    /// std::thread::spawn(move || {
    ///     // SAFETY: the pointer is passed on, and used once.
    ///     let graph = unsafe { Detached::<String>::from_raw(pointer as *mut _) };
    ///     assert_eq!(*graph.attach().borrow(), "on the way");
    /// });
    /// ```
    pub fn into_raw(self) -> *mut c_void {
        into_raw(self.into_node())
    }

    /// The graph of a pointer.
    ///
    /// # Safety
    /// The pointer was given by [`into_raw`](Self::into_raw) and has not been used for this since.
    /// Whatever brought it here synchronizes, as a lock, a channel or the start of a thread does.
    ///
    /// # Panics
    /// If the pointer is null, or the root is no `T`.
    #[track_caller]
    pub unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the graph of a pointer that was not used is alive, and nobody else has it.
        let node = unsafe { from_raw::<T>(raw) };
        // SAFETY: the pointer stands for the only handle; the type was checked.
        unsafe { Self::from_node(node) }
    }
}

impl<T: Freeze> Frozen<T> {
    /// The handle as a pointer. It is to become a [`Frozen`] again by [`from_raw`](Self::from_raw),
    /// on any thread, or the node is never freed. The pointer is not null. O(1).
    pub fn into_raw(self) -> *const c_void {
        into_raw(self.into_node())
    }

    /// The handle of a pointer.
    ///
    /// # Safety
    /// The pointer was given by [`into_raw`](Self::into_raw), and is used for this once.
    ///
    /// # Panics
    /// If the pointer is null, or the node is no frozen `T`.
    #[track_caller]
    pub unsafe fn from_raw(raw: *const c_void) -> Self {
        // SAFETY: the pointer stands for a handle, which keeps the node.
        let node = unsafe { from_raw::<T>(raw.cast_mut()) };
        assert!(header(node).state() == State::Frozen, "the node is not frozen");
        // SAFETY: the handle is passed on; type and state were checked.
        unsafe { Self::from_node(node) }
    }

    /// Another handle of a pointer, which keeps its own. O(1).
    ///
    /// # Safety
    /// The pointer was given by [`into_raw`](Self::into_raw), and has not been used for
    /// [`from_raw`](Self::from_raw) before this call ends.
    ///
    /// # Panics
    /// As [`from_raw`](Self::from_raw).
    #[track_caller]
    pub unsafe fn clone_raw(raw: *const c_void) -> Self {
        // SAFETY: the pointer's handle is looked at and left where it is.
        let own = std::mem::ManuallyDrop::new(unsafe { Self::from_raw(raw) });
        Self::clone(&own)
    }
}

impl<T: Trace> Obj<T> {
    /// The handle as a pointer. It is to become an [`Obj`] again by [`from_raw`](Self::from_raw), or
    /// the node is never freed. The pointer is not null. O(1).
    pub fn into_raw(self) -> *mut c_void {
        into_raw(self.into_node())
    }

    /// The handle of a pointer.
    ///
    /// # Safety
    /// The pointer was given by [`into_raw`](Self::into_raw), on this thread or of a frozen node, and
    /// is used for this once. The pointer does not count as part of a graph: while it is out, the
    /// node is held from outside.
    ///
    /// # Panics
    /// If the pointer is null, or the node is no `T`.
    #[track_caller]
    pub unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the pointer stands for a handle, which keeps the node.
        let node = unsafe { from_raw::<T>(raw) };
        // SAFETY: the handle is passed on, of this thread's node or a frozen one; the type was
        // checked.
        unsafe { Self::from_node(node) }
    }
}
