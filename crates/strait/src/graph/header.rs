//! The header of a node: what it is now, who counts on it, and where it is written down.
//!
//! # The promise
//!
//! While a node is *local*, one thread has it, and its counts are plain numbers that happen to be
//! stored in atomics: loads and stores, no read-modify-write. Once it is *frozen*, any thread may
//! count, by read-modify-writes of one word, and nothing else of the header changes until the
//! last handle is gone. No bit leaves this file: others ask and tell by methods.
//!
//! # The picture
//!
//! Three words in front of the value, 24 bytes.
//!
//! | state  | `word`, low bits first                                     | `link`                      |
//! |--------|------------------------------------------------------------|-----------------------------|
//! | local  | state 3, never-freeze 1, acyclic 1, –3, borrow 24, count 32 | mark 32, slot 32            |
//! | root   | state 3, watched 1, –4, count 56                           | first other member, or null |
//! | member | state 3, the rest is the address of the next member        | address of the root         |
//! | dead   | state 3                                                    | as it was                   |
//!
//! A *root* is a frozen node with the count of its strongly connected component; most components
//! are that node alone. The *members* are the other nodes of the component, in a list. The third
//! word is the table of the node's type, or, with its low bit set, the weak cell of the node, which
//! knows the table.
//!
//! ```text
//!             freeze                        count 0
//!   local ──────────────▶ root / member ──────────────▶ dead ──▶ (freed)
//!     │  count 0, or found to be garbage                 ▲
//!     └──────────────────────────────────────────────────┘
//! ```
//!
//! # Who owns what
//!
//! | thing             | local                | frozen                    | dead                        |
//! |-------------------|----------------------|---------------------------|-----------------------------|
//! | count             | the node's thread    | everybody, atomically     | nobody                      |
//! | borrow, mark, slot| the node's thread    | not there                 | nobody                      |
//! | value             | by the borrow flag   | everybody reads           | the thread that destroys it |
//! | memory            | whoever brings the count to 0, or the collector of the thread | | as above    |
//!
//! A mark is scratch of one pass over a graph and is 0 between passes. A pass runs no code of the
//! user but `Trace`, and puts the marks back by a guard, so that a failed pass leaves nothing.
//! The slot is the place of the node among the candidates of its thread, from 1; 0 is none.
//!
//! # Orderings
//!
//! Local words: Relaxed throughout, one thread. The stores that freeze a node are Relaxed too: no
//! other thread can see the node before it gets a [`Frozen`](super::Frozen) by some means that
//! synchronizes, or asks under the lock of the owner ([`Bound`](super::Bound)). Counts of roots go
//! up Relaxed, for the one who counts has a handle, and down with Release; the one who brings the
//! count to 0 then loads with Acquire, which pairs with all those, and so destroys after every use.
//!
//! # Tried and rejected
//!
//! - Epoch numbers in place of marks that are put back: they wrap within minutes when small graphs
//!   are moved in a loop, and the last scan of a pass has each header in its hands anyway.
//! - A control block for each frozen component: one more allocation for each pair of nodes that
//!   refer to each other. The list through the dead counts of the members costs nothing.
//! - A fourth word for the weak cell: 8 bytes of every node for what few have.
//!
//! # Sources
//!
//! One counter for each strongly connected component of immutable data: the memory manager of
//! Kotlin/Native (2018); Parkinson, Clebsch, Wrigstad, *Reference Counting Deeply Immutable Data
//! Structures with Cycles* (ISMM 2024). Side counts in place of decrements: rust-cc. The place of a
//! candidate in its own header: Nim's ORC.

use std::any::TypeId;
use std::process;
use std::ptr::{self, NonNull};

use super::trace::{Namer, Tracer};
use super::weak::WeakCell;
use crate::kernel::prim::{AtomicPtr, AtomicU64, Ordering};

const STATE: u64 = 0b111;
const LOCAL: u64 = 0;
const ROOT: u64 = 1;
const MEMBER: u64 = 2;
const DEAD: u64 = 3;

// Local.
const NEVER_FREEZE: u64 = 1 << 3;
const ACYCLIC: u64 = 1 << 4;
const BORROW_ONE: u64 = 1 << 8;
const BORROW: u64 = 0xFF_FFFF << 8;
const LOCAL_ONE: u64 = 1 << 32;
/// Above this a local count goes no further: `mark` needs the room.
const LOCAL_MOST: u64 = 0xFFFF_FFF0;

// Root.
const WATCHED: u64 = 1 << 3;
const SHARED_ONE: u64 = 1 << 8;
/// A count beyond this is a loop of leaks: no memory could hold so many handles.
const SHARED_MOST: u64 = 1 << 62;

const MARK: u64 = 0xFFFF_FFFF;
const CELL_TAG: usize = 1;

// Faults that the models in `loom.rs` must notice.
const MUTANT_RELEASE: bool = cfg!(strait_mutant = "graph_release_relaxed");
const MUTANT_ACQUIRE: bool = cfg!(strait_mutant = "graph_destroy_without_acquire");
const MUTANT_UPGRADE: bool = cfg!(strait_mutant = "graph_upgrade_from_zero");

#[repr(C)]
pub(super) struct Header {
    word: AtomicU64,
    link: AtomicU64,
    kind: AtomicPtr<Vtable>,
}

/// What is known of a node's type.
pub(super) struct Vtable {
    /// Visits the links of the value. The node is alive and not borrowed mutably.
    pub(super) trace: unsafe fn(NonNull<Header>, &mut Tracer),
    /// The same, field by field.
    pub(super) name: unsafe fn(NonNull<Header>, &mut Namer<'_>),
    /// Drops the value. The node is dead and this is done once.
    pub(super) drop_value: unsafe fn(NonNull<Header>),
    /// Drops the value and frees the node, also if the drop panics.
    pub(super) destroy: unsafe fn(NonNull<Header>),
    /// Frees the node, whose value is gone.
    pub(super) free: unsafe fn(NonNull<Header>),
    pub(super) type_name: fn() -> &'static str,
    #[allow(dead_code, reason = "asked for by raw pointers")]
    pub(super) type_id: fn() -> TypeId,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Local,
    Frozen,
    Dead,
}

/// What became of a count that went down.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Released {
    /// It was the last: the node, or the component, is the caller's to destroy.
    Last,
    Left,
    /// Left, and the node may now be a member of a cycle that nobody holds; it is no candidate yet.
    Candidate,
}

/// Whether a local node can be read, or written, now.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// The borrow is counted in the node.
    Local,
    /// The node is frozen: reading needs no permission and writing has none.
    Frozen,
    Refused,
}

/// A side count beside the real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The node is held from elsewhere too, or being written to.
    Below,
    Equal,
    /// Somebody counts wrongly.
    Above,
}

impl Header {
    /// The header of a new node with one handle.
    pub(super) fn new(table: &'static Vtable, has_links: bool) -> Self {
        let flags = if has_links { 0 } else { ACYCLIC };
        Self {
            word: AtomicU64::new(LOCAL_ONE | flags | LOCAL),
            link: AtomicU64::new(0),
            kind: AtomicPtr::new(ptr::from_ref(table).cast_mut()),
        }
    }

    #[inline]
    fn word(&self) -> u64 {
        self.word.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn state(&self) -> State {
        match self.word() & STATE {
            LOCAL => State::Local,
            DEAD => State::Dead,
            _ => State::Frozen,
        }
    }

    #[inline]
    pub(super) fn is_local(&self) -> bool {
        self.word() & STATE == LOCAL
    }

    // ----- counting

    /// One more handle. The caller has one.
    #[inline]
    pub(super) fn retain(&self) {
        let word = self.word();
        if word & STATE == LOCAL {
            self.retain_local(word, 1);
        } else {
            self.root().retain_root(1);
        }
    }

    #[inline]
    fn retain_local(&self, word: u64, more: u32) {
        if (word >> 32) + u64::from(more) > LOCAL_MOST {
            overflow();
        }
        self.word.store(word + u64::from(more) * LOCAL_ONE, Ordering::Relaxed);
    }

    /// `more` handles of a frozen node. The caller has one already.
    #[inline]
    pub(super) fn retain_frozen(&self, more: u64) {
        self.root().retain_root(more);
    }

    #[inline]
    fn retain_root(&self, more: u64) {
        // Relaxed: the caller's handle keeps the count above 0 meanwhile.
        let old = self.word.fetch_add(more * SHARED_ONE, Ordering::Relaxed);
        if old >= SHARED_MOST {
            overflow();
        }
        if old & WATCHED != 0 {
            super::watch::moved();
        }
    }

    /// One handle less.
    #[inline]
    pub(super) fn release(&self) -> Released {
        let word = self.word();
        match word & STATE {
            LOCAL if word < 2 * LOCAL_ONE => Released::Last,
            LOCAL => {
                self.word.store(word - LOCAL_ONE, Ordering::Relaxed);
                let listed = self.link.load(Ordering::Relaxed) > MARK;
                if listed || word & ACYCLIC != 0 { Released::Left } else { Released::Candidate }
            }
            DEAD => Released::Left,
            _ => self.root().release_root(1),
        }
    }

    /// `less` handles of a frozen node less.
    #[inline]
    pub(super) fn release_frozen(&self, less: u64) -> Released {
        self.root().release_root(less)
    }

    /// Of a component that is being destroyed nothing is counted any more: the links between its
    /// members go with it.
    #[inline]
    fn release_root(&self, less: u64) -> Released {
        // Relaxed: the thread that destroys the component said so itself, and no other thread has a
        // handle by which to ask.
        if self.word() & STATE == DEAD {
            return Released::Left;
        }
        let order = if MUTANT_RELEASE { Ordering::Relaxed } else { Ordering::Release };
        // Release: whatever was read through the handle comes first; pairs with the Acquire below.
        let old = self.word.fetch_sub(less * SHARED_ONE, order);
        if old / SHARED_ONE != less {
            return Released::Left;
        }
        if !MUTANT_ACQUIRE {
            // Acquire: reads from the end of the chain of releases, and so pairs with the Release
            // of each handle that went before. A load and no fence: ThreadSanitizer knows none.
            let _ = self.word.load(Ordering::Acquire);
        }
        Released::Last
    }

    /// One handle more of a frozen component, unless there is none. The caller keeps its memory.
    pub(super) fn try_retain_frozen(&self) -> bool {
        let root = self.root();
        let mut word = root.word();
        loop {
            let gone = word & STATE == DEAD || (word < SHARED_ONE && !MUTANT_UPGRADE);
            if gone {
                return false;
            }
            // Acquire: what the weak handle leads to was written before it could be upgraded; the
            // lock of the cell says so already, this is for the word itself.
            let next = root.word.compare_exchange_weak(
                word,
                word + SHARED_ONE,
                Ordering::Acquire,
                Ordering::Relaxed,
            );
            match next {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if word & WATCHED != 0 {
            super::watch::moved();
        }
        true
    }

    /// Handles of the node, or of its component if it is frozen.
    pub(super) fn count(&self) -> u64 {
        let word = self.word();
        match word & STATE {
            LOCAL => word >> 32,
            DEAD => 0,
            _ => self.root().word() / SHARED_ONE,
        }
    }

    /// The count of a local node.
    #[inline]
    pub(super) fn local_count(&self) -> u32 {
        (self.word() >> 32) as u32
    }

    /// Compares the count of a local node with what a pass has found.
    #[inline]
    pub(super) fn compare(&self, side: u32) -> Side {
        let word = self.word();
        if word >> 32 < u64::from(side) {
            Side::Above
        } else if word >> 32 > u64::from(side) || word & BORROW == BORROW {
            Side::Below
        } else {
            Side::Equal
        }
    }

    // ----- borrowing

    #[inline]
    pub(super) fn borrow(&self) -> Access {
        let word = self.word();
        if word & STATE != LOCAL {
            return if word & STATE == DEAD { Access::Refused } else { Access::Frozen };
        }
        // The last number stands for the mutable borrow; the one before is never left.
        if word & BORROW >= BORROW - BORROW_ONE {
            return Access::Refused;
        }
        self.word.store(word + BORROW_ONE, Ordering::Relaxed);
        Access::Local
    }

    #[inline]
    pub(super) fn unborrow(&self) {
        self.word.store(self.word() - BORROW_ONE, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn borrow_mut(&self) -> Access {
        let word = self.word();
        if word & STATE != LOCAL {
            return if word & STATE == DEAD { Access::Refused } else { Access::Frozen };
        }
        if word & BORROW != 0 {
            return Access::Refused;
        }
        self.word.store(word | BORROW, Ordering::Relaxed);
        Access::Local
    }

    #[inline]
    pub(super) fn unborrow_mut(&self) {
        self.word.store(self.word() & !BORROW, Ordering::Relaxed);
    }

    /// Is it local and borrowed at all?
    #[inline]
    pub(super) fn is_borrowed(&self) -> bool {
        let word = self.word();
        word & STATE == LOCAL && word & BORROW != 0
    }

    /// Is it local and borrowed mutably?
    #[inline]
    pub(super) fn is_borrowed_mut(&self) -> bool {
        self.word() & (BORROW | STATE) == BORROW | LOCAL
    }

    // ----- what else a local node is

    pub(super) fn forbid_freeze(&self) {
        self.word.store(self.word() | NEVER_FREEZE, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn never_freezes(&self) -> bool {
        self.word() & NEVER_FREEZE != 0
    }

    #[inline]
    pub(super) fn mark(&self) -> u32 {
        self.link.load(Ordering::Relaxed) as u32
    }

    #[inline]
    pub(super) fn set_mark(&self, mark: u32) {
        let link = self.link.load(Ordering::Relaxed);
        self.link.store(link & !MARK | u64::from(mark), Ordering::Relaxed);
    }

    /// Adds to the mark, and gives what it was.
    #[inline]
    pub(super) fn add_mark(&self, first: u32) -> u32 {
        let link = self.link.load(Ordering::Relaxed);
        let old = link as u32;
        let more = if old == 0 { first } else { 1 };
        self.link.store(link + u64::from(more), Ordering::Relaxed);
        old
    }

    #[inline]
    pub(super) fn slot(&self) -> u32 {
        (self.link.load(Ordering::Relaxed) >> 32) as u32
    }

    #[inline]
    pub(super) fn set_slot(&self, slot: u32) {
        let link = self.link.load(Ordering::Relaxed);
        self.link.store(link & MARK | u64::from(slot) << 32, Ordering::Relaxed);
    }

    // ----- freezing and dying

    /// Makes a local node the root of a component with `count` handles and a list of members.
    pub(super) fn become_root(&self, count: u64, members: Option<NonNull<Header>>) {
        self.link.store(address(members), Ordering::Relaxed);
        self.word.store((count * SHARED_ONE) | ROOT, Ordering::Relaxed);
    }

    /// Makes a local node a member of the component of `root`.
    pub(super) fn become_member(&self, root: NonNull<Header>, next: Option<NonNull<Header>>) {
        self.link.store(address(Some(root)), Ordering::Relaxed);
        self.word.store(address(next) | MEMBER, Ordering::Relaxed);
    }

    /// Takes the node, or the component whose root it is, out of use.
    pub(super) fn die(&self) {
        self.word.store(DEAD, Ordering::Relaxed);
    }

    /// The first member of the component whose root this is.
    pub(super) fn first_member(&self) -> Option<NonNull<Header>> {
        node_at(self.link.load(Ordering::Relaxed))
    }

    /// The member behind this one.
    pub(super) fn next_member(&self) -> Option<NonNull<Header>> {
        node_at(self.word() & !STATE)
    }

    /// The root of a frozen node's component.
    #[inline]
    fn root(&self) -> &Header {
        if self.word() & STATE == MEMBER {
            let root = self.link.load(Ordering::Relaxed);
            // SAFETY: the link of a member is the address of its root, whose provenance
            // `become_member` exposed, and a component is freed as a whole.
            unsafe { &*ptr::with_exposed_provenance(root as usize) }
        } else {
            self
        }
    }

    /// The same, as a pointer to it.
    pub(super) fn root_of(node: NonNull<Header>) -> NonNull<Header> {
        // SAFETY: callers pass nodes that they hold.
        let header = unsafe { node.as_ref() };
        if header.word() & STATE == MEMBER {
            node_at(header.link.load(Ordering::Relaxed)).unwrap_or(node)
        } else {
            node
        }
    }

    // ----- watching the counts of a component from outside; see `watch.rs`

    /// The count of a root. From now on who adds to it says so.
    pub(super) fn watch(&self) -> u64 {
        // AcqRel: reads from the last change of the word, and so sees what those who dropped their
        // handles did before.
        self.word.fetch_or(WATCHED, Ordering::AcqRel) / SHARED_ONE
    }

    pub(super) fn unwatch(&self) {
        self.word.fetch_and(!WATCHED, Ordering::Relaxed);
    }

    // ----- the table and the weak cell

    #[inline]
    pub(super) fn table(&self) -> &'static Vtable {
        // Acquire: the cell may have been put there by another thread; pairs with `adopt`.
        let kind = self.kind.load(Ordering::Acquire);
        if kind.addr() & CELL_TAG == 0 {
            // SAFETY: without the tag it is the table that `new` put there.
            unsafe { &*kind }
        } else {
            // SAFETY: with the tag it is a cell, which the node keeps.
            unsafe { (*untagged(kind)).table() }
        }
    }

    /// The weak cell, if there is one.
    #[inline]
    pub(super) fn cell(&self) -> Option<NonNull<WeakCell>> {
        // Acquire: as in `table`.
        let kind = self.kind.load(Ordering::Acquire);
        if kind.addr() & CELL_TAG == 0 { None } else { NonNull::new(untagged(kind)) }
    }

    /// Offers a cell for the node. Gives the one that is there then: another thread that has a
    /// handle of the frozen node may have been first.
    pub(super) fn adopt(&self, cell: NonNull<WeakCell>) -> NonNull<WeakCell> {
        let tagged = cell.as_ptr().cast::<Vtable>().map_addr(|addr| addr | CELL_TAG);
        let table = ptr::from_ref(self.table()).cast_mut();
        // Release: publishes the cell; pairs with the Acquire in `table` and `cell`.
        let put = self.kind.compare_exchange(table, tagged, Ordering::AcqRel, Ordering::Acquire);
        match put {
            Ok(_) => cell,
            Err(_) => self.cell().unwrap_or(cell),
        }
    }

    /// Takes the cell from a node that one thread has.
    pub(super) fn disown(&self) -> Option<NonNull<WeakCell>> {
        let cell = self.cell()?;
        self.kind.store(ptr::from_ref(self.table()).cast_mut(), Ordering::Relaxed);
        Some(cell)
    }
}

fn untagged(kind: *mut Vtable) -> *mut WeakCell {
    kind.map_addr(|addr| addr & !CELL_TAG).cast()
}

fn address(node: Option<NonNull<Header>>) -> u64 {
    node.map_or(0, |node| node.as_ptr().expose_provenance() as u64)
}

fn node_at(address: u64) -> Option<NonNull<Header>> {
    NonNull::new(ptr::with_exposed_provenance_mut(address as usize))
}

/// Handles are leaked in a loop; going on would free what is in use.
#[cold]
fn overflow() -> ! {
    process::abort()
}
