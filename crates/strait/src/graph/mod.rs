//! Object graphs with cycles that are collected, moved to other threads, and frozen to be shared.
//!
//! # Which one
//! | type | who has it | what it allows |
//! |---|---|---|
//! | [`Obj`] | one thread | reading and writing under borrows; it is the link between nodes too |
//! | [`Weak`], [`WeakFrozen`] | one thread; any | finding a node that is still alive |
//! | [`Detached`] | whoever it is sent to | becoming an [`Obj`] there, or [`Frozen`] |
//! | [`Frozen`] | all threads | reading, by plain references and without counts |
//! | [`AtomicRef`], [`FreezableLink`] | all threads | changing which frozen node it leads to |
//! | [`Bound`] | all threads | keeping a handle that only its own thread may use |
//! | [`Region`] | whoever it is sent to | a graph whose moves need no check, by its type |
//!
//! Types of nodes derive [`Graph`](derive@Graph), which finds their links and checks, field by
//! field, that a graph with them may move and be frozen. A type that hides a link from it does not
//! compile.
//!
//! # What is promised
//! * **One owner, or no writer.** A mutable node belongs to one thread. It gets to another only by
//!   [`Obj::detach`], which proves that nothing else leads into its graph, and to many only by
//!   [`Obj::freeze`], after which nobody writes to it, ever.
//! * **Memory** is freed with the last handle; cycles by [`collect`], which also runs by itself;
//!   frozen cycles with the last handle again, for a frozen component has one count. What alone is
//!   not: frozen cycles that run through an [`AtomicRef`]; ask [`collect_cycle`].
//! * **All or nothing.** A move or a freeze that fails changes nothing, gives the handle back, and
//!   names what is in the way and how it is reached.
//! * **No recursion**, however long the chains, and values may do anything when they are dropped:
//!   make nodes, drop handles, collect, panic.
//!
//! # What is not
//! * Handles in a value that no trace shows (a leaf of a type marked `no_transfer`) are held from
//!   outside: cycles through them leak.
//! * A guard that is forgotten (`mem::forget`) keeps its node borrowed for good: it is then not
//!   collected, moved or frozen.
//! * Node types cannot implement `Drop`, for it could reach dead neighbours. Their leaves can.
//!
//! # Cost
//! Counting is plain arithmetic in the header of a node, 24 bytes; a borrow is two stores. Moves,
//! freezes and collections are O(nodes + links); attaching is O(1). The algorithms are described
//! at the heads of `graph/header.rs`, `trial.rs`, `detach.rs`, `freeze.rs`, `slot.rs` and
//! `cycles.rs`. With `--cfg strait_hardened` freed nodes are kept a while, and using one panics.

mod atomic;
mod borrow;
mod bound;
mod cycles;
mod detach;
mod drain;
mod dump;
mod error;
mod explain;
mod freezable;
mod freeze;
mod frozen;
mod global;
mod hardened;
mod header;
mod heap;
mod impls;
#[cfg(all(test, strait_loom))]
mod loom;
mod node;
mod obj;
mod pinned;
mod raw;
mod region;
mod shared;
#[cfg(all(test, strait_loom))]
mod shared_loom;
mod slot;
mod spot;
mod stable;
mod trace;
mod trial;
mod walk;
mod watch;
mod weak;

pub use strait_derive::Graph;

pub use self::atomic::{AtomicRef, CompareExchangeError};
pub use self::borrow::{Ref, RefMut};
pub use self::bound::{Bound, WrongThread};
pub use self::cycles::{Cycle, Cycles, collect_cycle, find_cycle};
pub use self::detach::Detached;
pub use self::dump::Dump;
pub use self::error::{
    AlreadyFrozen, BorrowError, BorrowMutError, DetachError, FreezeError, Offender, Reason,
};
pub use self::freezable::{FreezableLink, NotFrozen};
pub use self::frozen::Frozen;
pub use self::global::{GlobalError, MainThread, PerThread, become_main_thread};
pub use self::heap::{
    Collected, HeapStats, collect, collect_budget, heap_stats, set_collect_threshold,
};
pub use self::obj::Obj;
pub use self::pinned::{Pinned, PinnedMut};
pub use self::region::{At, Family, Region, Scope};
pub use self::shared::Shared;
pub use self::stable::{Stable, StableRef, StableRefError};
pub use self::trace::{Freeze, Namer, Trace, Tracer, Transfer};
pub use self::watch::stranded;
pub use self::weak::{Weak, WeakFrozen};

/// For [`global!`](crate::global!), and what bounds must name.
#[doc(hidden)]
pub mod hidden {
    pub use super::global::ThreadCopy;
    pub use super::stable::Sealed;
}
