//! What a thread knows of its nodes: the candidates for a collection, when the next one is due,
//! and statistics.
//!
//! A *candidate* is a node of which a handle was dropped that was not the last: it may be part of
//! a cycle that nobody holds any more. Each node knows its place in the list, so it is struck out
//! in O(1) when it dies, is frozen or moves. When the thread ends, a last collection is made;
//! nodes that other thread-locals still hold are then counted as ever, but no longer listed.
//!
//! The threshold follows the rule of Nim's ORC: a collection that frees at least half of what it
//! looked at makes the next one come sooner, one that does not makes it come later.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use super::bound::Owner;
use super::header::{Header, Released};
use super::{drain, spot, trial, walk};
use crate::kernel::prim::{Arc, per_thread};

/// The threshold is never below this, nor above `MOST` by itself.
const LEAST: usize = 1 << 10;
const MOST: usize = 1 << 26;
const USUAL: usize = 1 << 13;

/// The nodes of one thread in figures, from [`heap_stats`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeapStats {
    /// Nodes that this thread has made.
    pub created: u64,
    /// Nodes that this thread has freed, whoever made them.
    pub freed: u64,
    /// Nodes that the next collection begins with.
    pub candidates: usize,
    /// With so many candidates a collection begins by itself.
    pub threshold: usize,
    /// Collections, those that found nothing included.
    pub collections: u64,
    /// Nodes that collections have looked at.
    pub visited: u64,
    /// Nodes that collections have freed.
    pub collected: u64,
}

pub(super) struct Heap {
    candidates: RefCell<Vec<NonNull<Header>>>,
    threshold: Cell<usize>,
    is_automatic: Cell<bool>,
    is_collecting: Cell<bool>,
    /// What `collect_budget` may exceed its budget by, after calls in vain.
    carried: Cell<usize>,
    created: Cell<u64>,
    freed: Cell<u64>,
    collections: Cell<u64>,
    visited: Cell<u64>,
    collected: Cell<u64>,
    owner: RefCell<Option<Arc<Owner>>>,
}

per_thread! {
    static HEAP: Heap = Heap::new();
}

/// Makes and drops of nodes may happen while the thread ends and the heap is gone.
fn with<R>(f: impl FnOnce(&Heap) -> R) -> Option<R> {
    HEAP.try_with(f).ok()
}

impl Heap {
    const fn new() -> Self {
        Self {
            candidates: RefCell::new(Vec::new()),
            threshold: Cell::new(USUAL),
            is_automatic: Cell::new(true),
            is_collecting: Cell::new(false),
            carried: Cell::new(0),
            created: Cell::new(0),
            freed: Cell::new(0),
            collections: Cell::new(0),
            visited: Cell::new(0),
            collected: Cell::new(0),
            owner: RefCell::new(None),
        }
    }

    fn stats(&self) -> HeapStats {
        HeapStats {
            created: self.created.get(),
            freed: self.freed.get(),
            candidates: self.candidates.borrow().len(),
            threshold: self.threshold.get(),
            collections: self.collections.get(),
            visited: self.visited.get(),
            collected: self.collected.get(),
        }
    }

    /// The next candidate, struck from the list.
    pub(super) fn next_candidate(&self) -> Option<NonNull<Header>> {
        let node = self.candidates.borrow_mut().pop()?;
        spot::clear(node);
        Some(node)
    }

    pub(super) fn has_candidates(&self) -> bool {
        !self.candidates.borrow().is_empty()
    }

    pub(super) fn add_candidate(&self, node: NonNull<Header>) {
        let mut candidates = self.candidates.borrow_mut();
        if spot::set(node, candidates.len()) {
            candidates.push(node);
        }
    }

    /// Runs `f` unless a collection runs already.
    fn collecting<R: Default>(&self, f: impl FnOnce() -> R) -> R {
        if self.is_collecting.replace(true) {
            return R::default();
        }
        struct Reset<'a>(&'a Cell<bool>);
        impl Drop for Reset<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        let _reset = Reset(&self.is_collecting);
        f()
    }

    fn note(&self, collected: Collected) {
        let Collected { visited, freed, .. } = collected;
        self.collections.set(self.collections.get() + 1);
        self.visited.set(self.visited.get() + visited as u64);
        self.collected.set(self.collected.get() + freed as u64);
    }

    /// After a collection that looked at everything.
    fn adapt(&self, Collected { visited, freed, .. }: Collected) {
        let now = self.threshold.get();
        let next = if freed * 2 >= visited { now - now / 3 } else { now + now / 2 };
        self.threshold.set(next.clamp(LEAST.min(now), MOST.max(now)));
    }

    /// Until no candidate is left, or a round frees nothing.
    fn collect_all(&self) -> Collected {
        self.take_back_foreign();
        self.collecting(|| {
            let mut all = Collected::default();
            while self.has_candidates() {
                let round = trial::round(self, usize::MAX);
                all.visited += round.visited;
                all.freed += round.freed;
                if round.freed == 0 {
                    break;
                }
            }
            self.carried.set(0);
            self.note(all);
            self.adapt(all);
            all
        })
    }

    fn take_back_foreign(&self) {
        let owner = self.owner.borrow().clone();
        if let Some(owner) = owner {
            owner.take_back();
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // A panic here would end the process, and there is nobody to tell: the drops have been
        // made all the same.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.collect_all();
        }));
        while self.next_candidate().is_some() {}
        if let Some(owner) = self.owner.take() {
            owner.leave();
        }
    }
}

/// What a collection has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collected {
    /// Nodes that were looked at.
    pub visited: usize,
    /// Nodes that were found to be garbage and freed, but for those that went with them because
    /// nobody else held them.
    pub freed: usize,
    /// Whether candidates are left: the budget was used up, or drops have made new ones.
    pub is_unfinished: bool,
}

/// Finds and drops the nodes of this thread that only hold each other.
///
/// It looks at what can be reached from the candidates, the nodes of which a handle was dropped
/// since the last time; the cost is linear in that. Nodes that are borrowed mutably, and what they
/// lead to, are left alone. Called from the drop of a value while a collection runs, it does
/// nothing. The algorithm, trial deletion with side counts, is described in `graph/trial.rs`.
///
/// # Panics
/// If a value panics when it is dropped, after all the others have been dropped too.
pub fn collect() -> Collected {
    with(Heap::collect_all).unwrap_or_default()
}

/// Collects, but looks at no more than about `nodes` nodes.
///
/// For bounded pauses. Garbage of which each cycle has no more than `nodes` nodes is found by
/// calling this again and again. For larger cycles, each call that frees nothing and leaves
/// candidates doubles what the next one may look at.
///
/// # Panics
/// As [`collect`].
pub fn collect_budget(nodes: usize) -> Collected {
    with(|heap| {
        heap.take_back_foreign();
        heap.collecting(|| {
            let budget = nodes.max(1).max(heap.carried.get());
            let mut round = trial::round(heap, budget);
            round.is_unfinished = heap.has_candidates();
            let is_vain = round.is_unfinished && round.freed == 0;
            heap.carried.set(if is_vain { budget.saturating_mul(2) } else { 0 });
            heap.note(round);
            round
        })
    })
    .unwrap_or_default()
}

/// Sets how many candidates make a collection begin by itself, when a node is made; `None` for
/// never. The number is adapted after each collection.
pub fn set_collect_threshold(candidates: Option<usize>) {
    with(|heap| {
        heap.is_automatic.set(candidates.is_some());
        if let Some(candidates) = candidates {
            heap.threshold.set(candidates.max(1));
        }
    });
}

/// This thread's nodes in figures.
pub fn heap_stats() -> HeapStats {
    with(Heap::stats).unwrap_or_default()
}

/// A node is about to be made.
#[inline]
pub(super) fn before_new() {
    let is_due = with(|heap| {
        heap.created.set(heap.created.get() + 1);
        heap.is_automatic.get() && heap.candidates.borrow().len() >= heap.threshold.get()
    });
    if is_due == Some(true) && !drain::is_running() {
        collect();
    }
}

/// A node may have become part of a cycle that nobody holds.
#[inline]
pub(super) fn register(node: NonNull<Header>) {
    with(|heap| heap.add_candidate(node));
}

/// A candidate dies, is frozen or moves.
pub(super) fn unregister(node: NonNull<Header>) {
    with(|heap| {
        let mut candidates = heap.candidates.borrow_mut();
        let index = spot::take(node);
        candidates.swap_remove(index);
        if let Some(&moved) = candidates.get(index) {
            spot::set(moved, index);
        }
    });
}

/// Strikes nodes from the candidates: the graph is frozen or moves.
pub(super) fn strike(nodes: impl ExactSizeIterator<Item = NonNull<Header>>) {
    with(|heap| {
        let mut candidates = heap.candidates.borrow_mut();
        if candidates.is_empty() {
            return;
        }
        if nodes.len() < candidates.len() / 8 {
            drop(candidates);
            nodes.filter(|&node| spot::is_set(node)).for_each(unregister);
            return;
        }
        nodes.for_each(spot::clear);
        let mut rest = 0;
        candidates.retain(|&node| {
            let stays = spot::is_set(node);
            if stays {
                spot::set(node, rest);
                rest += 1;
            }
            stays
        });
    });
}

/// The candidates, as they are now.
pub(super) fn candidates() -> Vec<NonNull<Header>> {
    with(|heap| heap.candidates.borrow().clone()).unwrap_or_default()
}

/// Collects, if there is a candidate; tells whether there was.
pub(super) fn collect_candidates() -> bool {
    let is_due = with(Heap::has_candidates) == Some(true);
    if is_due {
        collect();
    }
    is_due
}

pub(super) fn note_freed(nodes: u64) {
    with(|heap| heap.freed.set(heap.freed.get() + nodes));
}

/// Drops a handle of a node that is this thread's or frozen.
pub(super) fn release(node: NonNull<Header>) {
    match walk::header(node).release() {
        Released::Left => {}
        Released::Candidate => register(node),
        Released::Last => drain::destroy(node),
    }
}

/// The record of this thread, if it has one.
pub(super) fn owner_if_any() -> Option<Arc<Owner>> {
    with(|heap| heap.owner.borrow().clone()).flatten()
}

/// The record by which other threads give handles back to this one.
pub(super) fn owner() -> Option<Arc<Owner>> {
    with(|heap| heap.owner.borrow_mut().get_or_insert_with(Owner::new).clone())
}

/// Is the record this thread's?
pub(super) fn is_owner(owner: &Arc<Owner>) -> bool {
    with(|heap| heap.owner.borrow().as_ref().is_some_and(|own| Arc::ptr_eq(own, owner)))
        .unwrap_or(false)
}
