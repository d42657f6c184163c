//! Two numbers for the whole process.

#![forbid(unsafe_code)]

use crate::kernel::prim::{AtomicU64, Guard, Mutex, Ordering, shared_static};

shared_static! {
    /// How often a count that was being watched went up.
    static MOVED: AtomicU64 = AtomicU64::new(0);
}

shared_static! {
    /// How many handles were left behind.
    static STRANDED: AtomicU64 = AtomicU64::new(0);
}

/// A watched count has gone up, or a watched slot has changed.
#[cold]
pub(super) fn moved() {
    // Release: before whatever is done with the handle; see `cycles.rs`.
    MOVED.fetch_add(1, Ordering::Release);
}

pub(super) fn moves() -> u64 {
    // Acquire: pairs with the Release above.
    MOVED.load(Ordering::Acquire)
}

pub(super) fn strand() {
    STRANDED.fetch_add(1, Ordering::Relaxed);
}

/// How many handles of mutable nodes were dropped by other threads when the thread of the node had
/// ended. The nodes are never freed, for nobody may touch them.
pub fn stranded() -> u64 {
    STRANDED.load(Ordering::Relaxed)
}

shared_static! {
    /// Held by the collector of shared cycles.
    static COLLECTOR: Mutex<()> = Mutex::new(());
}

/// Keeps other collectors of shared cycles waiting.
pub(super) fn alone() -> Guard<'static, ()> {
    COLLECTOR.lock()
}
