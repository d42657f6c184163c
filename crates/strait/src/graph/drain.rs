//! The destruction of nodes, without recursion, whatever their values do.
//!
//! # The promise
//!
//! Each value is dropped once, and each node freed once, after its value. Dropping a value may do
//! anything: make nodes, drop handles, collect, panic. What becomes unreachable meanwhile waits its
//! turn in a list of the thread, so the stack stays flat. If drops panic, the rest is destroyed
//! all the same and then the first panic goes on.
//!
//! # The picture
//!
//! ```text
//!   destroy(node) ── a drain runs on this thread? ── yes ──▶ its list
//!                                │ no
//!                                ▼
//!                     a new drain: node, then its list until it is empty
//! ```
//!
//! A node is out of reach as soon as it comes here: its weak cell is empty, it is no candidate and,
//! if it is local, it is dead. A frozen component has a count of 0 and so gives no handles.
//! Destroying more than one node at a time has three steps, because their values hold handles of
//! each other: all are dead, all values are dropped, all memory is freed.
//!
//! The list is found by a pointer in a thread-local without a destructor, so all this works while
//! the thread-locals of a thread that ends are destroyed.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::{self, NonNull};

use super::header::{Header, Released, State};
use super::{heap, weak};
use crate::kernel::prim::{per_thread, thread};

type Panic = Box<dyn Any + Send>;

/// What a thread destroys.
struct Drain {
    nodes: RefCell<Vec<NonNull<Header>>>,
    panic: Cell<Option<Panic>>,
    freed: Cell<u64>,
}

per_thread! {
    static DRAIN: Cell<*const Drain> = Cell::new(ptr::null());
}

/// Destroys a node, or a frozen component, that nobody holds: now, or when those before it are.
#[inline(never)]
pub(super) fn destroy(node: NonNull<Header>) {
    // SAFETY: the caller brought its count to 0, so the node is the caller's.
    let header = unsafe { node.as_ref() };
    if header.is_local() {
        bury(node);
    }
    let running = DRAIN.with(Cell::get);
    if running.is_null() {
        run(Some(node), |_| {});
    } else {
        // SAFETY: the pointer is that of the drain that runs further up on this stack.
        unsafe { &*running }.nodes.borrow_mut().push(node);
    }
}

/// Destroys local nodes that only hold each other, and what they alone hold besides.
pub(super) fn destroy_all(nodes: &[NonNull<Header>]) {
    for &node in nodes {
        bury(node);
    }
    let running = DRAIN.with(Cell::get);
    if running.is_null() {
        run(None, |drain| drain.destroy_buried(nodes));
    } else {
        // SAFETY: as in `destroy`.
        unsafe { &*running }.destroy_buried(nodes);
    }
}

/// Whether a value of this thread is being dropped.
pub(super) fn is_running() -> bool {
    !DRAIN.with(Cell::get).is_null()
}

/// Takes a local node out of everyone's reach.
fn bury(node: NonNull<Header>) {
    weak::bury(node);
    // SAFETY: callers have the node.
    let header = unsafe { node.as_ref() };
    if header.slot() != 0 {
        heap::unregister(node);
    }
    header.die();
}

/// Runs `all`, destroys `one`, and then what they leave in the list.
fn run(mut one: Option<NonNull<Header>>, all: impl FnOnce(&Drain)) {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            DRAIN.with(|running| running.set(ptr::null()));
        }
    }
    let drain = Drain { nodes: RefCell::default(), panic: Cell::new(None), freed: Cell::new(0) };
    DRAIN.with(|running| running.set(&raw const drain));
    let reset = Reset;
    all(&drain);
    let next = || one.take().or_else(|| drain.nodes.borrow_mut().pop());
    drain.each(next, |node| drain.destroy_one(node));
    drop(reset);
    heap::note_freed(drain.freed.get());
    if let Some(panic) = drain.panic.take()
        && !thread::panicking()
    {
        resume_unwind(panic);
    }
}

impl Drain {
    /// Does something with each item; a panic ends that item alone.
    fn each<I>(&self, mut next: impl FnMut() -> Option<I>, mut act: impl FnMut(I)) {
        loop {
            let all = || {
                while let Some(item) = next() {
                    act(item);
                }
            };
            match catch_unwind(AssertUnwindSafe(all)) {
                Ok(()) => return,
                Err(panic) => {
                    let first = self.panic.take().unwrap_or(panic);
                    self.panic.set(Some(first));
                }
            }
        }
    }

    fn count(&self, freed: u64) {
        self.freed.set(self.freed.get() + freed);
    }

    fn destroy_one(&self, node: NonNull<Header>) {
        // SAFETY: it is in the list, so it is this thread's and not yet freed.
        let header = unsafe { node.as_ref() };
        if header.state() == State::Dead {
            self.count(1);
            // SAFETY: the node is buried, so this is done once and nobody can reach the value.
            unsafe { (header.table().destroy)(node) };
        } else {
            self.destroy_component(Header::root_of(node));
        }
    }

    /// The nodes are buried: drops the values, then frees the memory.
    fn destroy_buried(&self, nodes: &[NonNull<Header>]) {
        let mut rest = nodes.iter();
        self.each(
            || rest.next(),
            // SAFETY: buried, so once and out of reach.
            |node| unsafe { (node.as_ref().table().drop_value)(*node) },
        );
        for node in nodes {
            // SAFETY: its value is gone, and so are those that held a handle of it.
            unsafe { (node.as_ref().table().free)(*node) };
        }
        self.count(nodes.len() as u64);
    }

    /// Nobody holds the component any more, and no handle of it was given since.
    fn destroy_component(&self, root: NonNull<Header>) {
        for node in members(root) {
            weak::bury(node);
        }
        // SAFETY: as in `members`. From now on handles of the component are void.
        unsafe { root.as_ref() }.die();
        self.destroy_dead(root);
    }

    /// Drops the values of a dead component, then frees the memory.
    fn destroy_dead(&self, root: NonNull<Header>) {
        // SAFETY: as in `members`.
        if unsafe { root.as_ref() }.first_member().is_none() {
            self.count(1);
            // SAFETY: buried and dead.
            return unsafe { (root.as_ref().table().destroy)(root) };
        }
        self.drop_values(root);
        self.free(root);
    }

    fn drop_values(&self, root: NonNull<Header>) {
        let mut rest = members(root);
        // SAFETY: buried, so once and out of reach.
        let drop_value =
            |node: NonNull<Header>| unsafe { (node.as_ref().table().drop_value)(node) };
        self.each(|| rest.next(), drop_value);
    }

    fn free(&self, root: NonNull<Header>) {
        for node in members(root) {
            self.count(1);
            // SAFETY: its value is gone, and so are those that held a handle of it.
            unsafe { (node.as_ref().table().free)(node) };
        }
    }
}

/// The nodes of a component, the root first. Each may be freed as soon as it was given.
fn members(root: NonNull<Header>) -> impl Iterator<Item = NonNull<Header>> {
    // SAFETY: the caller has the component alone.
    let mut rest = unsafe { root.as_ref() }.first_member();
    let others = std::iter::from_fn(move || {
        let node = rest?;
        // SAFETY: as above.
        rest = unsafe { node.as_ref() }.next_member();
        Some(node)
    });
    std::iter::once(root).chain(others)
}

/// Destroys frozen components that are dead already, with their weak cells emptied, and what they
/// alone hold besides.
pub(super) fn destroy_components(roots: &[NonNull<Header>]) {
    let all = |drain: &Drain| {
        for &root in roots {
            members(root).for_each(weak::bury);
        }
        roots.iter().for_each(|&root| drain.drop_values(root));
        roots.iter().for_each(|&root| drain.free(root));
    };
    let running = DRAIN.with(Cell::get);
    if running.is_null() {
        run(None, all);
    } else {
        // SAFETY: as in `destroy`.
        all(unsafe { &*running });
    }
}

/// Drops a handle of a frozen node.
pub(super) fn release(node: NonNull<Header>) {
    // SAFETY: the caller has the handle.
    if unsafe { node.as_ref() }.release_frozen(1) == Released::Last {
        destroy(node);
    }
}
