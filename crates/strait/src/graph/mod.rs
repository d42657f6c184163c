//! Object graphs with cycles that are collected, moved and frozen.

mod atomic;
mod borrow;
mod bound;
mod cycles;
mod detach;
mod drain;
mod error;
mod explain;
mod freezable;
mod freeze;
mod frozen;
mod hardened;
mod header;
mod heap;
mod impls;
#[cfg(all(test, strait_loom))]
mod loom;
mod node;
mod obj;
mod region;
mod slot;
mod spot;
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
pub use self::error::{
    AlreadyFrozen, BorrowError, BorrowMutError, DetachError, FreezeError, Offender, Reason,
};
pub use self::freezable::{FreezableLink, NotFrozen};
pub use self::frozen::Frozen;
pub use self::heap::{
    Collected, HeapStats, collect, collect_budget, heap_stats, set_collect_threshold,
};
pub use self::obj::Obj;
pub use self::region::{At, Family, Region, Scope};
pub use self::trace::{Freeze, Namer, Trace, Tracer, Transfer};
pub use self::watch::stranded;
pub use self::weak::{Weak, WeakFrozen};
