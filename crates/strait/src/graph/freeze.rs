//! Freezing: a graph becomes immutable, and each strongly connected component of it one count.
//!
//! # The promise
//!
//! All of it or nothing. If a node is borrowed, or may never be frozen, or a weak handle leads to
//! a mutable node that would not be frozen, then nothing has changed. Handles from outside are no
//! obstacle: they become handles of frozen nodes.
//!
//! # How
//!
//! 1. One walk in depth (Tarjan's, with stacks of its own in place of recursion) finds the
//!    components, children before parents. A link is *inner* if both its ends are in one
//!    component: that is known as soon as it is followed, for its target is then on the stack of
//!    open nodes, or, when it is a link of the tree, still is when the target has been left. So
//!    the count of a component, which is the sum of the counts less the inner links, needs no
//!    second look at the links. What a `FreezableLink` leads to is walked afterwards, as a root of
//!    its own, so that it never joins components.
//! 2. Until here headers hold marks alone, and a guard takes them back. Now the words of all nodes
//!    are rewritten, children first, under the lock by which a [`Bound`](super::Bound) of another
//!    thread looks at them. Nothing here can fail.
//!
//! Whatever has no link from outside into it, the collector's garbage, stays mutable and keeps its
//! links into the graph.
//!
//! Cost: O(nodes + links), two visits of each header. The lists take some 40 bytes a node; a thread
//! keeps those of its last freeze, if it was not too large, until it ends.
//!
//! # Tried and rejected
//!
//! Union-find by rank in the headers, as in Verona: the same visits, but the edges of a component
//! must be counted in a pass of their own, because here inner nodes may be held from outside.
//!
//! # Sources
//!
//! Tarjan, *Depth-first search and linear graph algorithms* (1972); for one count for each
//! component see `header.rs`.

use std::cell::RefCell;
use std::ptr::NonNull;

use super::error::{FreezeError, Offender, Reason};
use super::explain;
use super::frozen::Frozen;
use super::header::Header;
use super::heap;
use super::obj::Obj;
use super::slot::Slot;
use super::trace::{Freeze, Tracer, Wants};
use super::walk::{Weaks, header, leads_outside};
use super::weak::{self, WeakCell};
use crate::kernel::prim::per_thread;

/// The mark of a node whose component is complete.
const DONE: u32 = u32::MAX;

impl<T: Freeze> Obj<T> {
    /// Makes this node and all that it leads to immutable, for ever, and gives a handle for all
    /// threads. O(nodes + links).
    ///
    /// Other handles stay valid, and read what they read before. The algorithm is described in
    /// `graph/freeze.rs`.
    ///
    /// # Errors
    /// If a node is borrowed, or [may never be frozen](Self::forbid_freeze), or a weak handle in the
    /// graph leads to a mutable node outside of it. Then nothing is frozen; the error has the
    /// handle and names what is in the way.
    ///
    /// # Examples
    /// ```
    /// use strait::graph::{BorrowMutError, Obj};
    ///
    /// let local = Obj::new(vec![1, 2, 3]);
    /// let shared = local.clone().freeze().unwrap();
    /// assert_eq!(local.try_borrow_mut().unwrap_err(), BorrowMutError::Frozen);
    /// let sum = std::thread::spawn(move || shared.iter().sum::<i32>());
    /// assert_eq!(sum.join().unwrap(), 6);
    /// ```
    pub fn freeze(self) -> Result<Frozen<T>, FreezeError<Self>> {
        self.freeze_by(false)
    }

    /// The same, but weak handles in the graph that lead to mutable nodes outside of it are no
    /// obstacle: they lead to nothing from now on.
    ///
    /// # Errors
    /// As [`freeze`](Self::freeze), weak handles apart.
    pub fn freeze_and_sever(self) -> Result<Frozen<T>, FreezeError<Self>> {
        self.freeze_by(true)
    }

    fn freeze_by(self, severs: bool) -> Result<Frozen<T>, FreezeError<Self>> {
        match freeze(self.node(), severs) {
            // SAFETY: the handle is passed on, and the node is frozen.
            Ok(()) => Ok(unsafe { Frozen::from_node(self.into_node()) }),
            Err(offender) => Err(FreezeError { handle: self, offender }),
        }
    }
}

/// A node that the walk has met.
struct Entry {
    node: NonNull<Header>,
    /// The earliest open node that it is known to lead to.
    low: u32,
    /// Inner links that begin in it, so far.
    inner: u32,
}

/// The walk of step 1.
struct Walk {
    entries: Vec<Entry>,
    /// Met, and their component is not complete.
    open: Vec<u32>,
    /// On the way from the root: the node, and where its links begin in the tracer's list.
    path: Vec<(u32, u32)>,
    /// By component, children first; in each the one that was met first comes last.
    order: Vec<u32>,
    /// Where each component ends, and its inner links.
    ends: Vec<(u32, u64)>,
    tracer: Tracer,
    weaks: Weaks,
    slots: Vec<NonNull<Slot>>,
}

/// Why the walk stopped: a node, and what is wrong with it.
struct Stop(NonNull<Header>, Reason);

/// Freezes what a local node leads to; a frozen node is frozen already.
pub(super) fn freeze(root: NonNull<Header>, severs: bool) -> Result<(), Offender> {
    if !header(root).is_local() {
        return Ok(());
    }
    let mut walk = Walk::take();
    if let Err(Stop(node, reason)) = walk.all(root, severs) {
        drop(walk);
        return Err(explain::offender(root, node, reason));
    }
    walk.publish();
    walk.keep();
    Ok(())
}

impl Drop for Walk {
    /// The marks are taken back.
    fn drop(&mut self) {
        for entry in &self.entries {
            header(entry.node).set_mark(0);
        }
    }
}

per_thread! {
    /// The lists of the last walk, empty: fresh ones would cost as much as the walk itself.
    static KEPT: RefCell<Option<Walk>> = RefCell::new(None);
}

/// A thread keeps the lists of walks over at most so many nodes: some 4 MiB.
const KEPT_NODES: usize = 1 << 17;

impl Walk {
    fn new() -> Self {
        Self {
            entries: Vec::new(),
            open: Vec::new(),
            path: Vec::new(),
            order: Vec::new(),
            ends: Vec::new(),
            tracer: Tracer::of(Wants::WeaksAndSlots),
            weaks: Weaks::default(),
            slots: Vec::new(),
        }
    }

    fn take() -> Self {
        let kept = KEPT.try_with(|kept| kept.take()).ok().flatten();
        kept.unwrap_or_else(Self::new)
    }

    /// The nodes are frozen: they have no marks.
    fn keep(mut self) {
        self.entries.clear();
        self.order.clear();
        self.ends.clear();
        self.tracer.clear();
        self.weaks = Weaks::default();
        self.slots.clear();
        if self.entries.capacity() <= KEPT_NODES {
            let _ = KEPT.try_with(|kept| kept.replace(Some(self)));
        }
    }

    /// Walks from the root, and then from what freezable links lead to.
    fn all(&mut self, root: NonNull<Header>, severs: bool) -> Result<(), Stop> {
        self.from(root)?;
        while let Some(slot) = self.tracer.slots.pop() {
            // SAFETY: it stands in a node of the graph.
            if let Some(node) = unsafe { slot.as_ref() }.local()
                && header(node).is_local()
                && header(node).mark() == 0
            {
                self.from(node)?;
            }
            self.slots.push(slot);
        }
        self.weaks = Weaks::of(std::mem::take(&mut self.tracer.weaks));
        if severs {
            self.weaks.slots().filter(|slot| leads_outside(slot)).for_each(weak::cut);
        } else if let Some(slot) = self.weaks.slots().find(|slot| leads_outside(slot)) {
            let holder = explain::holder(self.entries.iter().map(|entry| entry.node), slot);
            return Err(Stop(holder, Reason::WeakOutside));
        }
        Ok(())
    }

    fn from(&mut self, root: NonNull<Header>) -> Result<(), Stop> {
        self.enter(root)?;
        while let Some(&(index, base)) = self.path.last() {
            if self.tracer.links.len() == base as usize {
                self.leave(index);
                continue;
            }
            let Some(node) = self.tracer.links.pop() else { continue };
            let target = header(node);
            if !target.is_local() {
                continue;
            }
            match target.mark() {
                0 => self.enter(node)?,
                DONE => {}
                mark => {
                    let entry = &mut self.entries[index as usize];
                    entry.low = entry.low.min(mark - 1);
                    entry.inner += 1;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn enter(&mut self, node: NonNull<Header>) -> Result<(), Stop> {
        let header = header(node);
        if header.is_borrowed() || header.never_freezes() {
            return Err(Stop(node, reason(header)));
        }
        let index = self.entries.len();
        let Some(index) = u32::try_from(index).ok().filter(|&index| index < DONE - 1) else {
            too_large()
        };
        header.set_mark(index + 1);
        self.entries.push(Entry { node, low: index, inner: 0 });
        self.open.push(index);
        let Ok(base) = u32::try_from(self.tracer.links.len()) else { too_large() };
        self.path.push((index, base));
        // SAFETY: it is alive, and nobody writes to it.
        unsafe { (header.table().trace)(node, &mut self.tracer) };
        if self.tracer.is_blocked {
            return Err(Stop(node, Reason::BorrowedMut));
        }
        Ok(())
    }

    #[inline]
    fn leave(&mut self, index: u32) {
        self.path.pop();
        let low = self.entries[index as usize].low;
        if low != index {
            // It is in the component of the node by which it was met.
            if let Some(&(parent, _)) = self.path.last() {
                let parent = &mut self.entries[parent as usize];
                parent.low = parent.low.min(low);
                parent.inner += 1;
            }
            return;
        }
        let mut inner = 0;
        while let Some(member) = self.open.pop() {
            let entry = &self.entries[member as usize];
            inner += u64::from(entry.inner);
            header(entry.node).set_mark(DONE);
            self.order.push(member);
            if member == index {
                break;
            }
        }
        self.ends.push((self.order.len() as u32, inner));
    }

    /// Step 2.
    fn publish(&mut self) {
        heap::strike(self.entries.iter().map(|entry| entry.node));
        let owner = heap::owner_if_any();
        let held = owner.as_ref().map(|owner| owner.hold());
        let mut start = 0;
        for &(end, inner) in &self.ends {
            let nodes = &self.order[start as usize..end as usize];
            freeze_component(&self.entries, nodes, inner);
            start = end;
        }
        for slot in &self.slots {
            // SAFETY: it stands in a node of the graph.
            unsafe { slot.as_ref() }.share();
        }
        drop(held);
    }
}

#[cold]
fn reason(header: &Header) -> Reason {
    if header.never_freezes() {
        Reason::NeverFreezes
    } else if header.is_borrowed_mut() {
        Reason::BorrowedMut
    } else {
        Reason::Borrowed
    }
}

#[inline]
fn freeze_component(entries: &[Entry], nodes: &[u32], inner: u64) {
    let Some((&root, members)) = nodes.split_last() else { return };
    let node = |index: u32| entries[index as usize].node;
    let root = node(root);
    let mut count = 0;
    let mut next = None;
    for node in members.iter().map(|&index| node(index)) {
        count += u64::from(header(node).local_count());
        share_cell(node);
        header(node).become_member(root, next);
        next = Some(node);
    }
    count += u64::from(header(root).local_count());
    share_cell(root);
    header(root).become_root(count - inner, next);
}

#[cold]
fn too_large() -> ! {
    panic!("the graph has more than 2^32 nodes or open links")
}

#[inline]
fn share_cell(node: NonNull<Header>) {
    if let Some(cell) = header(node).cell() {
        // SAFETY: the node counts on its cell.
        WeakCell::share(unsafe { cell.as_ref() });
    }
}
