//! What all passes over a thread's graph share.
//!
//! A pass has a list of the local nodes that it has met, each marked in its header; the list is
//! also the queue of those whose links are still to be followed. While a pass runs no code of the
//! user runs but `Trace`, so nothing is made, freed or written to.

use std::ptr::NonNull;

use super::header::Header;
use super::trace::{Namer, Tracer, Wants};
use super::weak::{self, WeakCell, WeakSlot};

/// The header of a node that a pass has met.
#[inline]
pub(super) fn header<'a>(node: NonNull<Header>) -> &'a Header {
    // SAFETY: passes meet candidates, nodes of which the caller has a handle, and what links of
    // such nodes lead to: all alive, and nothing is freed while a pass runs.
    unsafe { node.as_ref() }
}

/// Gives the links of a node to the tracer, unless it is borrowed mutably.
#[inline]
pub(super) fn follow(node: NonNull<Header>, tracer: &mut Tracer) {
    let header = header(node);
    if header.is_borrowed_mut() {
        tracer.block();
    } else {
        // SAFETY: it is alive, and nobody writes to it.
        unsafe { (header.table().trace)(node, tracer) };
    }
}

/// Gives the fields of a node to the namer, unless it is borrowed mutably.
pub(super) fn name(node: NonNull<Header>, namer: &mut Namer<'_>) {
    let header = header(node);
    if !header.is_borrowed_mut() {
        // SAFETY: it is alive, and nobody writes to it.
        unsafe { (header.table().name)(node, namer) };
    }
}

/// The nodes that a pass has met. However it ends, the marks are taken back.
#[derive(Debug, Default)]
pub(super) struct Met(pub(super) Vec<NonNull<Header>>);

impl Drop for Met {
    fn drop(&mut self) {
        for &node in &self.0 {
            header(node).set_mark(0);
        }
    }
}

impl Met {
    /// Begins with a node, whose side count is `handles`.
    pub(super) fn begin(&mut self, node: NonNull<Header>, handles: u32) {
        if header(node).mark() == 0 {
            header(node).set_mark(1 + handles);
            self.0.push(node);
        }
    }

    /// Follows all links; stops at `budget` nodes. `next` is the first whose links are still to
    /// be followed.
    pub(super) fn spread(&mut self, next: &mut usize, budget: usize, tracer: &mut Tracer) {
        while *next < self.0.len() && *next < budget {
            follow(self.0[*next], tracer);
            *next += 1;
            for &node in &tracer.links {
                let target = header(node);
                // The mark is the side count and one, so that 0 says that the node is new.
                if target.is_local() && target.add_mark(2) == 0 {
                    self.0.push(node);
                }
            }
            tracer.links.clear();
        }
    }
}

/// All local nodes that `root` leads to, with side counts; `handles` of the root are known. The
/// tracer has the weak handles, and says whether something could not be looked into.
pub(super) fn from_root(root: NonNull<Header>, handles: u32, wants: Wants) -> (Met, Tracer) {
    let mut met = Met::default();
    let mut tracer = Tracer::of(wants);
    met.begin(root, handles);
    met.spread(&mut 0, usize::MAX, &mut tracer);
    (met, tracer)
}

/// The weak handles that a pass has met.
#[derive(Debug, Default)]
pub(super) struct Weaks {
    slots: Vec<NonNull<WeakSlot>>,
    is_counted: bool,
}

impl Weaks {
    /// Not counted.
    pub(super) fn of(slots: Vec<NonNull<WeakSlot>>) -> Self {
        Self { slots, is_counted: false }
    }

    /// Counts, in each cell, the weak handles of it.
    pub(super) fn count(slots: Vec<NonNull<WeakSlot>>) -> Self {
        let weaks = Self { slots, is_counted: true };
        for cell in weaks.cells() {
            cell.set_mark(cell.mark() + 1);
        }
        weaks
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = &WeakSlot> {
        // SAFETY: they stand in nodes that the pass has met.
        self.slots.iter().map(|slot| unsafe { slot.as_ref() })
    }

    fn cells(&self) -> impl Iterator<Item = &WeakCell> {
        // SAFETY: a slot counts on its cell.
        self.slots().filter_map(WeakSlot::get).map(|cell| unsafe { &*cell.as_ptr() })
    }
}

impl Drop for Weaks {
    fn drop(&mut self) {
        if self.is_counted {
            self.cells().for_each(|cell| cell.set_mark(0));
        }
    }
}

/// Does the weak handle lead to a mutable node that the pass has not met?
pub(super) fn leads_outside(slot: &WeakSlot) -> bool {
    weak::target(slot).is_some_and(|node| header(node).mark() == 0)
}

/// How many weak handles the node has that the pass has not met.
pub(super) fn weaks_outside(node: NonNull<Header>) -> u64 {
    header(node).cell().map_or(0, |cell| {
        // SAFETY: the node counts on its cell.
        let cell = unsafe { cell.as_ref() };
        cell.handles() - u64::from(cell.mark())
    })
}
