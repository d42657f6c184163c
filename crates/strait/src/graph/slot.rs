//! A place for one handle that many threads may load, store, swap and compare.
//!
//! # The promise
//!
//! A load gives the handle that was stored last, and what it leads to is alive, for it was paid
//! for. A load is one read-modify-write of this word, wait-free but for one load in 32768; it does
//! not touch the node. The other operations are lock-free.
//!
//! # The picture
//!
//! One word: the address of the node and the number of handles that were *taken* since it was
//! stored.
//!
//! | bits   | 0      | 1       | 2 | 3..48           | 48..64 |
//! |--------|--------|---------|---|-----------------|--------|
//! |        | shared | watched | – | address, 8-fold | taken  |
//!
//! A slot that is not shared belongs to one thread, with its node, and holds one plain handle: a
//! `FreezableLink` before it is frozen. A shared slot owns `PREPAID` handles of the node, less
//! those taken: a load takes one by adding to `taken`, and it is a handle like any other. Whoever
//! swaps the word learns how many are left, gives back all but one, and has that one.
//!
//! ```text
//!   store          load                        swap
//!   +65536   ──▶   taken + 1  (any number)  ──▶  −(65536 − taken − 1), one handle
//!                  │ taken is half
//!                  └─▶ count + taken, then taken := 0
//! ```
//!
//! The invariant: the node's count is at least the handles that exist outside of slots, and
//! `PREPAID − taken` for each shared slot that leads to it. Handles have no names, so it does not
//! matter whether a word has changed and changed back in between. Topping up adds to the count
//! first; if the word has changed, it takes that away again, and it has a handle of its own
//! meanwhile.
//!
//! Should 61440 be taken, the process ends: that many threads would have to be between two
//! instructions of a load.
//!
//! # Addresses
//!
//! 48 bits are enough for user memory on x86-64 and AArch64 unless a process asks for more. A node
//! whose address is longer cannot be stored; that panics.
//!
//! # Tried and rejected
//!
//! A lock in the low bit, as in Kotlin/Native: a thread that is stopped between the lock and the
//! count keeps all others waiting. The count outside the word and in it, as folly does: two
//! read-modify-writes for each load, one of them on the node's line.

use std::process;
use std::ptr::{self, NonNull};

use super::header::Header;
use super::watch;
use crate::kernel::prim::{AtomicU64, Ordering};

const SHARED: u64 = 1;
const WATCHED: u64 = 1 << 1;
const ADDRESS: u64 = (1 << 48) - 8;
const TAKEN_ONE: u64 = 1 << 48;

/// How many handles a shared slot owns when it is stored to.
const PREPAID: u64 = if cfg!(strait_loom) { 8 } else { 1 << 16 };
/// With so many taken the slot is topped up.
const HALF: u64 = PREPAID / 2;
const FATAL: u64 = 0xF000;

// Faults that the models in `loom.rs` must notice.
const MUTANT_STORE: bool = cfg!(strait_mutant = "graph_slot_store_relaxed");
const MUTANT_SETTLE: bool = cfg!(strait_mutant = "graph_slot_settles_without_taken");
const MUTANT_TOP_UP: bool = cfg!(strait_mutant = "graph_slot_tops_up_late");

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Slot {
    word: AtomicU64,
}

/// What a compare-exchange found instead.
pub(super) struct Mismatch {
    /// A handle of what is there, for the caller.
    pub(super) current: Option<NonNull<Header>>,
    /// The handle that was not stored.
    pub(super) new: Option<NonNull<Header>>,
}

fn address(node: Option<NonNull<Header>>) -> u64 {
    let address = node.map_or(0, |node| node.as_ptr().expose_provenance() as u64);
    assert!(address & !ADDRESS == 0, "the address of the node has more than 48 bits");
    address
}

fn node_in(word: u64) -> Option<NonNull<Header>> {
    NonNull::new(ptr::with_exposed_provenance_mut((word & ADDRESS) as usize))
}

fn header<'a>(node: NonNull<Header>) -> &'a Header {
    // SAFETY: callers have a handle of the node, or the slot has.
    unsafe { node.as_ref() }
}

impl Slot {
    /// A slot of one thread, with the handle passed on.
    pub(super) fn new_local(node: Option<NonNull<Header>>) -> Self {
        Self { word: AtomicU64::new(address(node)) }
    }

    /// A slot for all threads, with the handle of a frozen node passed on.
    pub(super) fn new_shared(node: Option<NonNull<Header>>) -> Self {
        Self { word: AtomicU64::new(Self::prepaid(node)) }
    }

    /// The word for a handle, with the others paid for.
    fn prepaid(node: Option<NonNull<Header>>) -> u64 {
        let word = address(node) | SHARED;
        if let Some(node) = node {
            header(node).retain_frozen(PREPAID - 1);
        }
        word
    }

    /// Gives back what an old word has too much, and gives the one handle that is left.
    fn settled(word: u64) -> Option<NonNull<Header>> {
        let node = node_in(word)?;
        let taken = if MUTANT_SETTLE { 0 } else { word / TAKEN_ONE };
        let left = PREPAID - taken - 1;
        if left > 0 {
            // One handle stays, so this is not the last.
            let _ = header(node).release_frozen(left);
        }
        Some(node)
    }

    pub(super) fn is_shared(&self) -> bool {
        self.word.load(Ordering::Relaxed) & SHARED != 0
    }

    /// The node of a slot that is not shared; the handle stays there.
    pub(super) fn local(&self) -> Option<NonNull<Header>> {
        let word = self.word.load(Ordering::Relaxed);
        if word & SHARED == 0 { node_in(word) } else { None }
    }

    /// Puts a handle in a slot that is not shared, and gives the one that was there.
    pub(super) fn replace_local(&self, node: Option<NonNull<Header>>) -> Option<NonNull<Header>> {
        let old = self.local();
        self.word.store(address(node), Ordering::Relaxed);
        old
    }

    /// The owner is frozen, and the node too.
    pub(super) fn share(&self) {
        let node = self.local();
        self.word.store(Self::prepaid(node), Ordering::Relaxed);
    }

    /// The address that is there now.
    pub(super) fn address(&self) -> usize {
        (self.word.load(Ordering::Relaxed) & ADDRESS) as usize
    }

    /// A handle of what is there, for the caller. The slot is shared.
    #[inline]
    pub(super) fn load(&self) -> Option<NonNull<Header>> {
        // An empty slot is not counted in. Relaxed: what counts is read below.
        node_in(self.word.load(Ordering::Relaxed))?;
        // Acquire: the node was written before it was stored; pairs with the Release in `swap`.
        let old = self.word.fetch_add(TAKEN_ONE, Ordering::Acquire);
        let node = node_in(old)?;
        if old & WATCHED != 0 {
            watch::moved();
        }
        if old / TAKEN_ONE + 1 >= HALF {
            self.top_up(node, old / TAKEN_ONE);
        }
        Some(node)
    }

    /// Pays for as many handles as were taken. The caller has one.
    #[cold]
    fn top_up(&self, node: NonNull<Header>, taken: u64) {
        if taken >= FATAL {
            process::abort();
        }
        let mut word = self.word.load(Ordering::Relaxed);
        while node_in(word) == Some(node) && word / TAKEN_ONE >= HALF {
            let taken = word / TAKEN_ONE;
            if !MUTANT_TOP_UP {
                header(node).retain_frozen(taken);
            }
            let empty = word % TAKEN_ONE;
            // Release: the count went up first; pairs with the Acquire of the one who swaps and
            // gives back by what it finds.
            let put = self.word.compare_exchange(word, empty, Ordering::Release, Ordering::Relaxed);
            if MUTANT_TOP_UP {
                header(node).retain_frozen(taken);
            }
            match put {
                Ok(_) => {
                    if word & WATCHED != 0 {
                        watch::moved();
                    }
                    return;
                }
                Err(now) => {
                    // The caller's handle is left, so this is not the last.
                    let _ = header(node).release_frozen(taken);
                    word = now;
                }
            }
        }
    }

    /// Puts a handle of a frozen node in, and gives the one that was there. The slot is shared.
    pub(super) fn swap(&self, node: Option<NonNull<Header>>) -> Option<NonNull<Header>> {
        let order = if MUTANT_STORE { Ordering::Relaxed } else { Ordering::AcqRel };
        // Release: publishes the node and what was paid. Acquire: the old node was written, and
        // paid for, before.
        let old = self.word.swap(Self::prepaid(node), order);
        if old & WATCHED != 0 {
            watch::moved();
        }
        Self::settled(old)
    }

    /// Puts `new` in if `current` is there, by identity. The slot is shared.
    pub(super) fn compare_exchange(
        &self,
        current: Option<NonNull<Header>>,
        new: Option<NonNull<Header>>,
    ) -> Result<Option<NonNull<Header>>, Mismatch> {
        let expected = address(current);
        let paid = Self::prepaid(new);
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & ADDRESS != expected {
                // The handle that was found must not be the expected one: that would be a failure
                // without a reason.
                let found = self.load();
                if found == current {
                    if let Some(node) = found {
                        // The slot has handles of it, or had when the word was read; the drop may
                        // be the last all the same.
                        super::drain::release(node);
                    }
                    word = self.word.load(Ordering::Relaxed);
                    continue;
                }
                return Err(Mismatch { current: found, new: Self::settled(paid) });
            }
            // As in `swap`.
            let put =
                self.word.compare_exchange_weak(word, paid, Ordering::AcqRel, Ordering::Relaxed);
            match put {
                Ok(old) => {
                    if old & WATCHED != 0 {
                        watch::moved();
                    }
                    return Ok(Self::settled(old));
                }
                Err(now) => word = now,
            }
        }
    }

    /// Empties a slot that one thread has. The handle is the caller's.
    pub(super) fn take(&mut self) -> Option<NonNull<Header>> {
        let word = self.word.load(Ordering::Relaxed);
        self.word.store(word & SHARED, Ordering::Relaxed);
        if word & SHARED == 0 { node_in(word) } else { Self::settled(word) }
    }

    // ----- watching; see `watch.rs`

    /// The node and how many of its handles the slot has. From now on who changes it says so.
    pub(super) fn watch(&self) -> (Option<NonNull<Header>>, u64) {
        // AcqRel: as in `Header::watch`.
        let word = self.word.fetch_or(WATCHED, Ordering::AcqRel);
        (node_in(word), PREPAID - word / TAKEN_ONE)
    }

    pub(super) fn unwatch(&self) {
        self.word.fetch_and(!WATCHED, Ordering::Relaxed);
    }
}
