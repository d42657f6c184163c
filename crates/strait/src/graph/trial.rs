//! Trial deletion: which local nodes are held by nobody but each other?
//!
//! # The promise
//!
//! A node is freed only if, at that moment, every handle of it is a link from nodes that are freed
//! with it. Real counts are not touched until that is certain.
//!
//! # How
//!
//! 1. From the candidates, in breadth, each node is visited once and its links are followed. A
//!    *side count* in the header, the mark, counts how many links lead to the node from visited
//!    ones.
//! 2. A node whose count is above its side count is held from elsewhere: it lives. So does what
//!    living nodes lead to. If there is none, all that was visited is garbage and this step ends.
//! 3. The rest is garbage. All of it is put out of reach, then all values are dropped, then all
//!    memory is freed (`drain.rs`). What their links hold besides loses a handle as usual.
//!
//! A node whose links are not followed makes the result smaller, never wrong: what it leads to has
//! handles that no side count explains, and lives. So a node that is borrowed mutably is not
//! looked into, a cell that is borrowed is passed over, and a walk can stop anywhere: that is how
//! a budget is kept. Frozen nodes are the border: they are counted on their own.
//!
//! A side count above the real count means that a `Trace` lies; the process ends then, for what
//! else it breaks is unknown.
//!
//! Cost: O(nodes + links) of what the candidates lead to, three visits of each header: one of them
//! by following links, two if the node lives.
//!
//! # Sources
//!
//! Bacon, Rajan, *Concurrent Cycle Collection in Reference Counted Systems* (2001); side counts as
//! in rust-cc; the shortcut of step 2 as in Nim's ORC.

#![forbid(unsafe_code)]

use std::mem;
use std::process;
use std::ptr::NonNull;

use super::drain;
use super::header::{Header, Side};
use super::heap::{self, Collected, Heap};
use super::trace::{Tracer, Wants};
use super::walk::{self, Met, follow, header};

/// Visits what the candidates lead to, about `budget` nodes at most, and frees the garbage.
pub(super) fn round(heap: &Heap, budget: usize) -> Collected {
    let mut met = Met::default();
    let mut tracer = Tracer::default();
    let mut roots = Vec::new();
    let mut next = 0;
    while met.0.len() < budget {
        let Some(root) = heap.next_candidate() else { break };
        if budget != usize::MAX {
            roots.push(root);
        }
        met.begin(root, 0);
        met.spread(&mut next, budget, &mut tracer);
    }
    let is_cut = next < met.0.len();
    let seen = met.0.len();
    let alive = living(&met.0, &mut tracer);
    if is_cut {
        // What was not seen whole may be garbage all the same.
        for root in roots.into_iter().filter(|&root| is_alive(root)) {
            heap.add_candidate(root);
        }
    }
    let garbage = dead(met, alive);
    drain::destroy_all(&garbage);
    Collected { visited: seen, freed: garbage.len(), is_unfinished: false }
}

/// Whether a node that was visited has been found to live: its mark is gone.
#[inline]
fn is_alive(node: NonNull<Header>) -> bool {
    header(node).mark() == 0
}

/// Takes the marks from the nodes that live, and says how many they are.
fn living(visited: &[NonNull<Header>], tracer: &mut Tracer) -> usize {
    let mut queue = Vec::new();
    for &node in visited {
        let header = header(node);
        match header.compare(header.mark() - 1) {
            Side::Equal => {}
            Side::Below => {
                header.set_mark(0);
                queue.push(node);
            }
            Side::Above => process::abort(),
        }
    }
    let mut alive = 0;
    while let Some(node) = queue.pop() {
        alive += 1;
        follow(node, tracer);
        for &node in &tracer.links {
            let target = header(node);
            if target.is_local() && target.mark() != 0 {
                target.set_mark(0);
                queue.push(node);
            }
        }
        tracer.links.clear();
    }
    alive
}

/// The nodes that were not found to live. They keep their marks.
fn dead(mut met: Met, alive: usize) -> Vec<NonNull<Header>> {
    let mut nodes = mem::take(&mut met.0);
    if alive == nodes.len() {
        return Vec::new();
    }
    if alive > 0 {
        nodes.retain(|&node| !is_alive(node));
    }
    nodes
}

/// Drops a handle of a local node, and with it whatever of its graph nobody else holds, at once.
pub(super) fn release_graph(root: NonNull<Header>) {
    // The handle that is dropped is as good as a link from within.
    let (met, mut tracer) = walk::from_root(root, 1, Wants::Links);
    let alive = living(&met.0, &mut tracer);
    let root_lives = is_alive(root);
    drain::destroy_all(&dead(met, alive));
    if root_lives {
        heap::release(root);
    }
}
