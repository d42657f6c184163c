//! Handles that other threads may keep and drop, but not use.
//!
//! # The promise
//!
//! A [`Bound`] gives its node to the thread that made it, and to every thread once the node is
//! frozen; elsewhere it gives a typed error. It may be dropped anywhere: a handle of a mutable
//! node that is dropped on another thread is put in a list, and the owner takes it back the next
//! time it collects, makes or opens a `Bound`, or ends. If the owner has ended, the node stays:
//! nobody may touch it. That is counted.
//!
//! # The picture
//!
//! The record of the owner has one lock. Under it are the list and whether the owner is there;
//! under it a freeze rewrites the headers of nodes, and other threads look at them. So nobody sees
//! half of a frozen graph.
//!
//! | who             | finds            | does                                             |
//! |-----------------|------------------|--------------------------------------------------|
//! | another thread  | frozen           | counts atomically                                |
//! | another thread  | local, owner in  | leaves the handle in the list                    |
//! | another thread  | local, owner out | leaves the node, adds to [`stranded`](super::stranded) |
//! | the owner       |                  | as any handle                                    |

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ptr::NonNull;

use super::frozen::Frozen;
use super::header::Header;
use super::obj::Obj;
use super::trace::{Freeze, Trace, Tracer, Transfer};
use super::{drain, heap, walk};
use crate::kernel::prim::{Arc, Guard, Mutex, thread};

// A fault that the models in `loom.rs` must notice.
const MUTANT_LEAVE: bool = cfg!(strait_mutant = "graph_owner_leaves_its_list");

/// What other threads know of a thread that has bound handles.
pub(super) struct Owner {
    releases: Mutex<Releases>,
    name: String,
}

/// Under the lock.
pub(super) struct Releases {
    handles: Vec<Handle>,
    is_there: bool,
}

/// A handle on its way back.
struct Handle(NonNull<Header>);

// SAFETY: it is only counted down, by its thread.
unsafe impl Send for Handle {}

/// A thread's name, or what stands for one.
pub(super) fn thread_name() -> String {
    let thread = thread::current();
    thread.name().map_or_else(|| format!("{:?}", thread.id()), str::to_owned)
}

impl Owner {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            releases: Mutex::new(Releases { handles: Vec::new(), is_there: true }),
            name: thread_name(),
        })
    }

    /// Keeps other threads from looking at headers.
    pub(super) fn hold(&self) -> Guard<'_, Releases> {
        self.releases.lock()
    }

    /// Drops what other threads have left. Called by the owner.
    pub(super) fn take_back(&self) {
        let handles = mem::take(&mut self.hold().handles);
        for Handle(node) in handles {
            // SAFETY: the handle was left for this thread.
            drop(unsafe { ErasedObj::new(node) });
        }
    }

    /// The owner ends.
    pub(super) fn leave(&self) {
        let mut releases = self.hold();
        releases.is_there = false;
        let handles = mem::take(&mut releases.handles);
        drop(releases);
        if MUTANT_LEAVE {
            mem::forget(handles);
            return;
        }
        for Handle(node) in handles {
            // SAFETY: as in `take_back`.
            drop(unsafe { ErasedObj::new(node) });
        }
    }
}

/// An `Obj` of some type.
struct ErasedObj(NonNull<Header>);

impl ErasedObj {
    /// # Safety
    /// The caller passes on a handle of a node that is this thread's or frozen.
    unsafe fn new(node: NonNull<Header>) -> Self {
        Self(node)
    }
}

impl Drop for ErasedObj {
    fn drop(&mut self) {
        heap::release(self.0);
    }
}

/// A handle of a node that stays with its thread: any thread may keep it, clone it and drop it.
///
/// # Examples
/// ```
/// use strait::graph::{Bound, Obj};
///
/// let bound = Bound::new(Obj::new(7));
/// std::thread::scope(|s| {
///     s.spawn(|| assert!(bound.get().is_err()));
/// });
/// assert_eq!(*bound.get().unwrap().borrow(), 7);
/// ```
pub struct Bound<T: Trace> {
    /// One handle for all clones: other threads cannot count the node.
    shared: Arc<Held>,
    _type: PhantomData<fn() -> T>,
}

struct Held {
    node: NonNull<Header>,
    owner: Arc<Owner>,
}

// SAFETY: other threads get at the node only when it is frozen; otherwise they keep the handle, and
// leave it to the owner.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

/// The node belongs to another thread.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongThread {
    /// The name of its type.
    pub type_name: &'static str,
    /// The name of the thread that it belongs to, or its number.
    pub owner: String,
    /// The name of the thread that asked, or its number.
    pub current: String,
}

impl WrongThread {
    pub(super) fn new(type_name: &'static str, owner: String) -> Self {
        Self { type_name, owner, current: thread_name() }
    }
}

impl fmt::Display for WrongThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { type_name, owner, current } = self;
        let name = super::error::short(type_name);
        write!(f, "`{name}` belongs to thread `{owner}` and was asked for by thread `{current}`")
    }
}

impl std::error::Error for WrongThread {}

impl<T: Trace> Bound<T> {
    /// Binds a node to this thread.
    ///
    /// # Panics
    /// If the thread is ending, and its thread-locals are gone.
    pub fn new(obj: Obj<T>) -> Self {
        let owner = heap::owner().expect("the thread has not ended");
        owner.take_back();
        let shared = Arc::new(Held { node: obj.into_node(), owner });
        Self { shared, _type: PhantomData }
    }

    /// A handle of the node.
    ///
    /// # Errors
    /// On another thread than the node's, if the node is not frozen.
    pub fn get(&self) -> Result<Obj<T>, WrongThread> {
        let Held { node, owner } = &*self.shared;
        if heap::is_owner(owner) {
            owner.take_back();
            walk::header(*node).retain();
            // SAFETY: the handle that was just counted, of this thread's node.
            return Ok(unsafe { Obj::from_node(*node) });
        }
        let held = owner.hold();
        if walk::header(*node).is_local() {
            drop(held);
            return Err(self.wrong_thread());
        }
        walk::header(*node).retain_frozen(1);
        // SAFETY: the handle that was just counted, of a frozen node.
        Ok(unsafe { Obj::from_node(*node) })
    }

    /// A handle for all threads, if the node is frozen.
    ///
    /// # Errors
    /// If it is not frozen, wherever it is asked for.
    pub fn get_frozen(&self) -> Result<Frozen<T>, WrongThread>
    where
        T: Freeze,
    {
        self.get()?.as_frozen().ok_or_else(|| self.wrong_thread())
    }

    /// The name of the node's thread, or its number.
    pub fn owner(&self) -> &str {
        &self.shared.owner.name
    }

    fn wrong_thread(&self) -> WrongThread {
        WrongThread::new(std::any::type_name::<T>(), self.owner().to_owned())
    }
}

impl<T: Trace> Clone for Bound<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), _type: PhantomData }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if heap::is_owner(&self.owner) {
            return heap::release(self.node);
        }
        let mut releases = self.owner.hold();
        if !walk::header(self.node).is_local() {
            drop(releases);
            drain::release(self.node);
        } else if releases.is_there {
            releases.handles.push(Handle(self.node));
        } else {
            super::watch::strand();
        }
    }
}

impl<T: Trace> fmt::Debug for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bound({:#x}, thread `{}`)", self.shared.node.addr(), self.owner())
    }
}

// SAFETY: it is no link: what it holds is held from outside, as far as any pass is concerned.
unsafe impl<T: Trace> Trace for Bound<T> {
    fn trace(&self, _: &mut Tracer) {}

    fn has_links() -> bool {
        false
    }
}

// SAFETY: it is `Send`.
unsafe impl<T: Trace> Transfer for Bound<T> {}
// SAFETY: it is `Send` and `Sync`, and is not changed through `&`.
unsafe impl<T: Trace> Freeze for Bound<T> {}
