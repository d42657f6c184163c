//! Weak handles, and the cell through which a node can be reached without being held.
//!
//! # The promise
//!
//! An upgrade gives a handle of a node that is alive, or `None`; never one of a node whose
//! destruction has begun. The cell is emptied before the first value of what is destroyed is
//! dropped.
//!
//! # The picture
//!
//! ```text
//!   Weak ──▶ cell { node, count } ◀── header of the node
//! ```
//!
//! A node has one cell at most, made by the first downgrade. The node and the weak handles count
//! on it; the last of them frees it. A cell is *local* as long as its node is: then only the node's
//! thread looks at `node`, without the lock. Once the node is frozen the cell is *shared*, and
//! `node` is read and emptied under the lock, so that an upgrade that has seen the node can add to
//! its count before the memory goes. Whether it is shared changes once, when the node is frozen,
//! before any other thread can have it.
//!
//! The count is always atomic: a cell that has outlived its node may be left on two threads when a
//! graph has moved.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use super::frozen::Frozen;
use super::header::{Header, Vtable};
use super::obj::Obj;
use super::trace::{Freeze, Trace, Tracer, Transfer};
use crate::kernel::prim::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Guard, Mutex, Ordering};

// A fault that the models in `loom.rs` must notice.
const MUTANT_LOCK: bool = cfg!(strait_mutant = "graph_weak_without_lock");

/// See the head of the file.
pub(super) struct WeakCell {
    node: AtomicPtr<Header>,
    /// Weak handles, and one for the node.
    count: AtomicU64,
    is_shared: AtomicBool,
    lock: Mutex<()>,
    table: &'static Vtable,
    /// Scratch of a pass: how many weak handles it has met.
    mark: AtomicU32,
}

/// Where a weak handle keeps its cell. It is written through `&mut`, or by a pass over a graph that
/// one thread has.
pub(super) type WeakSlot = Cell<Option<NonNull<WeakCell>>>;

impl WeakCell {
    pub(super) fn table(&self) -> &'static Vtable {
        self.table
    }

    /// The node, as the thread sees it that has it.
    pub(super) fn node(&self) -> Option<NonNull<Header>> {
        NonNull::new(self.node.load(Ordering::Relaxed))
    }

    /// Weak handles of the node.
    pub(super) fn handles(&self) -> u64 {
        let node = u64::from(self.node().is_some());
        self.count.load(Ordering::Relaxed) - node
    }

    pub(super) fn mark(&self) -> u32 {
        self.mark.load(Ordering::Relaxed)
    }

    pub(super) fn set_mark(&self, mark: u32) {
        self.mark.store(mark, Ordering::Relaxed);
    }

    /// The node is frozen: from now on other threads may look.
    pub(super) fn share(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    /// Keeps upgrades out.
    pub(super) fn hold(&self) -> Guard<'_, ()> {
        self.lock.lock()
    }

    /// Forgets the node. The caller keeps upgrades out, or has the node alone.
    pub(super) fn empty(&self) {
        self.node.store(ptr::null_mut(), Ordering::Relaxed);
    }

    fn retain(&self) {
        // Relaxed: the caller counts already.
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// # Safety
    /// The caller counted on the cell and does not any more.
    unsafe fn release(cell: NonNull<Self>) {
        // SAFETY: counted until the next line.
        let count = &unsafe { cell.as_ref() }.count;
        // AcqRel: uses through other handles come before the cell is freed.
        if count.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: nobody counts on it.
            drop(unsafe { Box::from_raw(cell.as_ptr()) });
        }
    }

    /// A handle of the node for the caller, if it is alive.
    fn upgrade(&self) -> Option<NonNull<Header>> {
        // Relaxed: a thread that has a weak handle of a shared cell got it after the flag was set.
        if !self.is_shared.load(Ordering::Relaxed) {
            let node = self.node()?;
            // SAFETY: a node empties its cell before it dies, and it is this thread's.
            unsafe { node.as_ref() }.retain();
            return Some(node);
        }
        let _held = (!MUTANT_LOCK).then(|| self.hold());
        let node = self.node()?;
        // SAFETY: the destroyer takes the lock before it frees the node.
        unsafe { node.as_ref() }.try_retain_frozen().then_some(node)
    }
}

/// The cell of a node, made if need be, and counted for the caller.
pub(super) fn cell_of(node: NonNull<Header>) -> NonNull<WeakCell> {
    // SAFETY: callers hold the node.
    let header = unsafe { node.as_ref() };
    let cell = header.cell().unwrap_or_else(|| {
        let new = NonNull::from(Box::leak(Box::new(WeakCell {
            node: AtomicPtr::new(node.as_ptr()),
            count: AtomicU64::new(1),
            is_shared: AtomicBool::new(!header.is_local()),
            lock: Mutex::new(()),
            table: header.table(),
            mark: AtomicU32::new(0),
        })));
        let there = header.adopt(new);
        if there != new {
            // SAFETY: it was not adopted, so nobody else has it.
            drop(unsafe { Box::from_raw(new.as_ptr()) });
        }
        there
    });
    // SAFETY: the node counts on its cell, and the caller holds the node.
    unsafe { cell.as_ref() }.retain();
    cell
}

/// Empties the cell of a node that is to be destroyed, if it has one.
pub(super) fn bury(node: NonNull<Header>) {
    // SAFETY: the caller is about to destroy the node, and has it alone but for upgrades.
    let header = unsafe { node.as_ref() };
    let Some(cell) = header.cell() else { return };
    // SAFETY: the node counts on it.
    let shared = unsafe { cell.as_ref() };
    let held = shared.is_shared.load(Ordering::Relaxed).then(|| shared.hold());
    header.disown();
    shared.empty();
    drop(held);
    // SAFETY: the node has disowned it.
    unsafe { WeakCell::release(cell) };
}

/// Cuts a node loose from its cell, and gives it a new one for the weak handles in `kept`.
pub(super) fn sever(node: NonNull<Header>, kept: &[&WeakSlot]) {
    bury(node);
    for slot in kept {
        let old = slot.replace(Some(cell_of(node)));
        if let Some(old) = old {
            // SAFETY: the slot counted on it.
            unsafe { WeakCell::release(old) };
        }
    }
}

/// Empties a weak handle.
pub(super) fn cut(slot: &WeakSlot) {
    if let Some(old) = slot.take() {
        // SAFETY: the slot counted on it.
        unsafe { WeakCell::release(old) };
    }
}

/// The local node that a weak handle of this thread leads to.
pub(super) fn target(slot: &WeakSlot) -> Option<NonNull<Header>> {
    // SAFETY: the slot counts on its cell.
    let cell = unsafe { &*slot.get()?.as_ptr() };
    // Relaxed: as in `upgrade`. A frozen node may be freed by another thread at any time.
    if cell.is_shared.load(Ordering::Relaxed) { None } else { cell.node() }
}

/// Takes back the mark of the cell.
pub(super) fn unmark(slot: &WeakSlot) {
    if let Some(cell) = slot.get() {
        // SAFETY: the slot counts on its cell.
        unsafe { cell.as_ref() }.set_mark(0);
    }
}

/// A handle that does not keep its node alive.
///
/// It can be a field of a node. What it leads to may be mutable or frozen; weak handles for use on
/// many threads are [`WeakFrozen`].
///
/// # Examples
/// ```
/// use strait::graph::Obj;
///
/// let node = Obj::new(7);
/// let weak = node.downgrade();
/// assert_eq!(weak.upgrade().map(|node| *node.borrow()), Some(7));
/// drop(node);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct Weak<T> {
    /// Because of the pointer in it, it is neither `Send` nor `Sync`, whatever `T` is.
    slot: WeakSlot,
    _type: PhantomData<T>,
}

impl<T> Weak<T> {
    /// A weak handle of nothing.
    pub const fn new() -> Self {
        Self { slot: Cell::new(None), _type: PhantomData }
    }

    pub(super) fn of(node: NonNull<Header>) -> Self {
        Self { slot: Cell::new(Some(cell_of(node))), _type: PhantomData }
    }

    fn cell(&self) -> Option<&WeakCell> {
        // SAFETY: the handle counts on its cell.
        self.slot.get().map(|cell| unsafe { &*cell.as_ptr() })
    }
}

impl<T: Trace> Weak<T> {
    /// The node, if it is alive.
    pub fn upgrade(&self) -> Option<Obj<T>> {
        // SAFETY: the handle that `upgrade` counted is passed on, and the node is of type `T`.
        self.cell()?.upgrade().map(|node| unsafe { Obj::from_node(node) })
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        if let Some(cell) = self.cell() {
            cell.retain();
        }
        Self { slot: Cell::new(self.slot.get()), _type: PhantomData }
    }
}

impl<T> Drop for Weak<T> {
    fn drop(&mut self) {
        cut(&self.slot);
    }
}

impl<T> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}

// SAFETY: a weak handle keeps nothing alive, so it is no link; it is passed on for those who move.
unsafe impl<T: Trace> Trace for Weak<T> {
    fn trace(&self, tracer: &mut Tracer) {
        if self.slot.get().is_some() {
            tracer.weak(&self.slot);
        }
    }

    fn has_links() -> bool {
        false
    }
}

// SAFETY: a graph moves only if its weak handles lead into it, to frozen nodes, or to nothing; the
// count of a cell is atomic.
unsafe impl<T: Transfer> Transfer for Weak<T> {}

// SAFETY: a graph is frozen only if its weak handles lead to frozen nodes or to nothing; then the
// slot is read alone, and upgrades are made under the lock.
unsafe impl<T: Freeze> Freeze for Weak<T> {}

/// A weak handle of a frozen node, for use on any thread.
pub struct WeakFrozen<T: Freeze> {
    cell: NonNull<WeakCell>,
    _type: PhantomData<Frozen<T>>,
}

// SAFETY: the cell of a frozen node is shared, and what an upgrade gives may be sent and shared.
unsafe impl<T: Freeze> Send for WeakFrozen<T> {}
// SAFETY: as above.
unsafe impl<T: Freeze> Sync for WeakFrozen<T> {}

impl<T: Freeze> WeakFrozen<T> {
    pub(super) fn of(node: NonNull<Header>) -> Self {
        Self { cell: cell_of(node), _type: PhantomData }
    }

    fn cell(&self) -> &WeakCell {
        // SAFETY: the handle counts on its cell.
        unsafe { self.cell.as_ref() }
    }

    /// The frozen node, if it is alive.
    pub fn upgrade(&self) -> Option<Frozen<T>> {
        // SAFETY: the handle that `upgrade` counted is passed on; the node is frozen, of type `T`.
        self.cell().upgrade().map(|node| unsafe { Frozen::from_node(node) })
    }
}

impl<T: Freeze> Clone for WeakFrozen<T> {
    fn clone(&self) -> Self {
        self.cell().retain();
        Self { cell: self.cell, _type: PhantomData }
    }
}

impl<T: Freeze> Drop for WeakFrozen<T> {
    fn drop(&mut self) {
        // SAFETY: the handle counted on it.
        unsafe { WeakCell::release(self.cell) };
    }
}

impl<T: Freeze> fmt::Debug for WeakFrozen<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(WeakFrozen)")
    }
}
