//! Moving a graph to another thread: the proof that nothing outside leads into it.
//!
//! # The promise
//!
//! A graph is detached only if every handle of every local node in it is a link from within, but
//! for the one that is given up: then no other handle can reach it, and it is as good as a value
//! that was moved. `Transfer` says that the values may go along. Otherwise nothing has changed and
//! the error names what is in the way.
//!
//! # How
//!
//! One walk counts, in the header of each node, the links that lead to it from within, and one
//! scan compares: trial deletion without touching a real count. Frozen nodes are the border; they
//! may be held by anybody. Weak handles that stand in the graph go along; each node's weak handles
//! must all be of that kind, and each of them must lead into the graph, to a frozen node or to
//! nothing. If the proof fails, garbage may be what holds a node: if there are candidates, one
//! collection is made and the proof is tried once more.
//!
//! Detached nodes are no candidates: those of the old thread were struck out, and the new one has
//! not seen any. So attaching is O(1). A detached graph that is dropped is freed where it is
//! dropped, whole if it is still isolated.
//!
//! Cost: O(nodes + links), two visits of each header.
//!
//! # Sources
//!
//! The check is that of Kotlin/Native's `transfer`, whose four passes changed the real counts;
//! here they stay, as in rust-cc. The types are Nim's `Isolated` and Pony's `iso`.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::error::{DetachError, FreezeError};
use super::explain;
use super::freeze;
use super::frozen::Frozen;
use super::header::{Header, Side};
use super::obj::Obj;
use super::trace::{Tracer, Transfer, Wants};
use super::walk::{self, Met, Weaks, header, leads_outside, weaks_outside};
use super::{Freeze, heap, trial, weak};

/// A graph that nothing outside leads into: it can be sent to another thread.
///
/// It is made by [`Obj::detach`] and becomes an [`Obj`] again by [`attach`](Self::attach), on any
/// thread. Dropped, it is freed where it is dropped.
///
/// # Examples
/// ```
/// use strait::graph::{Graph, Obj};
///
/// #[derive(Graph)]
/// struct Node {
///     name: String,
///     peer: Option<Obj<Node>>,
/// }
///
/// let a = Obj::new(Node { name: "a".into(), peer: None });
/// let b = Obj::new(Node { name: "b".into(), peer: Some(a.clone()) });
/// a.borrow_mut().peer = Some(b.clone());
///
/// // `b` leads into the graph from outside:
/// let error = a.detach().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the graph is not isolated: `Node.peer -> Node` has 1 handle outside of the graph",
/// );
/// let a = error.into_handle();
/// drop(b);
/// let graph = a.detach().unwrap();
/// std::thread::spawn(move || {
///     let a = graph.attach();
///     a.borrow_mut().name.push('!');
/// });
/// ```
#[must_use]
pub struct Detached<T: Transfer> {
    root: NonNull<Header>,
    _type: PhantomData<T>,
}

// SAFETY: the handle is the only way into the graph, and `Transfer` says that its values, and the
// links and weak handles among them, may go to another thread if they go together.
unsafe impl<T: Transfer> Send for Detached<T> {}
// SAFETY: `&Detached` gives access to nothing.
unsafe impl<T: Transfer> Sync for Detached<T> {}

impl<T: Transfer> Obj<T> {
    /// Makes the graph of this node movable, if nothing outside leads into it. O(nodes + links).
    ///
    /// Frozen nodes are not looked at. The check is described in `graph/detach.rs`.
    ///
    /// # Errors
    /// If a node has other handles, or weak handles, from outside, or is borrowed; or if a weak
    /// handle in the graph leads to a mutable node outside. The error has the handle and names
    /// what is in the way.
    pub fn detach(self) -> Result<Detached<T>, DetachError<Self>> {
        self.detach_by(check)
    }

    /// The same, but weak handles are no obstacle: those that lead into the graph from outside, and
    /// out of it to mutable nodes, lead to nothing from now on.
    ///
    /// # Errors
    /// As [`detach`](Self::detach), weak handles apart.
    pub fn detach_and_sever(self) -> Result<Detached<T>, DetachError<Self>> {
        self.detach_by(check_and_sever)
    }

    fn detach_by(
        self,
        check: impl Fn(NonNull<Header>) -> Result<(), Vec<super::Offender>>,
    ) -> Result<Detached<T>, DetachError<Self>> {
        let root = self.node();
        if header(root).is_local() {
            let proof = check(root).or_else(|offenders| {
                if heap::collect_candidates() { check(root) } else { Err(offenders) }
            });
            if let Err(offenders) = proof {
                return Err(DetachError { handle: self, offenders });
            }
        }
        Ok(Detached { root: self.into_node(), _type: PhantomData })
    }

    /// Makes the graph of this node movable without a check. It is walked once all the same, to
    /// strike its nodes from the candidates of this thread.
    ///
    /// # Safety
    /// From now on until the graph is attached again on this thread, or no more of it exists, no
    /// other handle, weak handle or borrow of a mutable node of the graph is used in any way:
    /// cloned, dropped, upgraded, read, or looked at by a [`collect`](super::collect) of this thread.
    /// Nothing in the graph is borrowed.
    pub unsafe fn detach_unchecked(self) -> Detached<T> {
        let root = self.node();
        if header(root).is_local() {
            let (met, _) = walk::from_root(root, 1, Wants::Links);
            heap::strike(met.0.iter().copied());
        }
        Detached { root: self.into_node(), _type: PhantomData }
    }
}

impl<T: Transfer> Detached<T> {
    /// # Safety
    /// The caller passes on the only handle of an isolated graph with a `T` as its root.
    #[allow(dead_code, reason = "made of raw pointers")]
    pub(super) unsafe fn from_node(root: NonNull<Header>) -> Self {
        Self { root, _type: PhantomData }
    }

    pub(super) fn into_node(self) -> NonNull<Header> {
        ManuallyDrop::new(self).root
    }

    /// Makes the graph one of this thread. O(1).
    pub fn attach(self) -> Obj<T> {
        // SAFETY: the handle is passed on, and the graph is nobody else's.
        unsafe { Obj::from_node(self.into_node()) }
    }

    /// Freezes the graph. Nothing outside is in the way, by the proof that has been made.
    ///
    /// # Errors
    /// If a node of it may never be frozen; the graph comes back.
    pub fn freeze(self) -> Result<Frozen<T>, FreezeError<Self>>
    where
        T: Freeze,
    {
        match freeze::freeze(self.root, false) {
            // SAFETY: the handle is passed on, and the graph is frozen.
            Ok(()) => Ok(unsafe { Frozen::from_node(self.into_node()) }),
            Err(offender) => Err(FreezeError { handle: self, offender }),
        }
    }
}

impl<T: Transfer> Drop for Detached<T> {
    fn drop(&mut self) {
        if header(self.root).is_local() {
            trial::release_graph(self.root);
        } else {
            super::drain::release(self.root);
        }
    }
}

impl<T: Transfer> fmt::Debug for Detached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detached").finish_non_exhaustive()
    }
}

/// Is the node held by as many links as it has handles, and not borrowed?
#[inline]
fn is_explained(node: NonNull<Header>) -> bool {
    let header = header(node);
    header.compare(header.mark() - 1) == Side::Equal && !header.is_borrowed()
}

/// Tells whether all counts are explained, weak handles apart. The side counts stay.
fn are_explained(met: &Met, tracer: &Tracer) -> bool {
    !tracer.is_blocked && met.0.iter().all(|&node| is_explained(node))
}

/// The proof. The graph's nodes are then no candidates any more.
fn check(root: NonNull<Header>) -> Result<(), Vec<super::Offender>> {
    let (met, tracer) = walk::from_root(root, 1, Wants::Weaks);
    let mut is_isolated = are_explained(&met, &tracer);
    let weaks = Weaks::count(tracer.weaks);
    is_isolated = is_isolated
        && weaks.slots().all(|slot| !leads_outside(slot))
        && met.0.iter().all(|&node| weaks_outside(node) == 0);
    drop(weaks);
    if is_isolated {
        heap::strike(met.0.iter().copied());
        return Ok(());
    }
    drop(met);
    Err(explain::detach(root, true))
}

/// The proof, weak handles left out; these are cut if it holds.
fn check_and_sever(root: NonNull<Header>) -> Result<(), Vec<super::Offender>> {
    let (met, tracer) = walk::from_root(root, 1, Wants::Weaks);
    if !are_explained(&met, &tracer) {
        drop(met);
        return Err(explain::detach(root, false));
    }
    let weaks = Weaks::count(tracer.weaks);
    let leaving: Vec<_> = weaks.slots().filter(|slot| leads_outside(slot)).collect();
    let mut severed: Vec<_> =
        met.0.iter().copied().filter(|&node| weaks_outside(node) > 0).collect();
    severed.sort_unstable();
    let mut kept: Vec<(NonNull<Header>, &weak::WeakSlot)> = weaks
        .slots()
        .filter_map(|slot| Some((weak::target(slot)?, slot)))
        .filter(|(node, _)| severed.binary_search(node).is_ok())
        .collect();
    kept.sort_unstable_by_key(|(node, _)| *node);
    let groups: Vec<(NonNull<Header>, Vec<&weak::WeakSlot>)> = severed
        .iter()
        .map(|&node| {
            let from = kept.partition_point(|(other, _)| *other < node);
            let to = kept.partition_point(|(other, _)| *other <= node);
            (node, kept[from..to].iter().map(|(_, slot)| *slot).collect())
        })
        .collect();
    // The cells are unmarked before they change hands.
    for slot in weaks.slots() {
        weak::unmark(slot);
    }
    leaving.into_iter().for_each(weak::cut);
    for (node, slots) in groups {
        weak::sever(node, &slots);
    }
    heap::strike(met.0.iter().copied());
    Ok(())
}
