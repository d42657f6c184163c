//! The value, its versions, and those who read it.
//!
//! # Promise
//! Writing never waits for readers, and reading never waits. Who reads finds the newest value, and
//! never an older one than before. A value is dropped once, when it is not the newest any more and
//! the last reader has let go of it.
//!
//! # Picture
//! Each value lies in a node. `current` points to the newest one; a reader *pins* the node that it
//! reads. Nodes are used again and never freed before the cell is, so a pointer that is out of date
//! is still one to a node.
//!
//! ```text
//!   word of a node:  | 63..62 state | 61..0 pins |
//!
//!   FREE --publish--> LIVE --another is published--> RETIRED --last pin goes--> DROPPING --> FREE
//!                       +------------------- no pins -----------------------------^
//! ```
//! | state | value | who may change it |
//! |---|---|---|
//! | FREE | none | the writer that took the node from the free ones, under the writers' lock |
//! | LIVE, RETIRED | there; read by those with a pin | nobody |
//! | DROPPING | being taken out | the one who made it so |
//!
//! A reader loads `current`, adds a pin to that node and loads `current` again. If that is the node
//! still (or again), its value is the newest at that moment, and good for as long as the pin lasts: a
//! writer makes another node `current` first and then this one RETIRED, in the word that has the pin.
//! If not, the reader takes its pin back, as if it had read, and tries again: a newer value has been
//! published since. Without the second load it could find the node free, or in use for the next value
//! before that is the newest, and go back in time with its next look. (That the node was LIVE need not
//! be asked: the models pass without.)
//!
//! # Cost
//! A receiver keeps its pin. While the value has not changed, a look at it is one load: `current` is
//! its own node still (which nobody can use for another value meanwhile). After a change it is two
//! read-modify-writes. Nodes: as many as there are values that somebody has pinned, plus one or two;
//! allocated when there is no free one, which ends once there have been enough.
//!
//! # Rejected
//! A reader-writer lock around the value, as in tokio's watch: each look writes to a line that all
//! readers share; a guard stops the writer, and a thread that holds one and sends waits for itself. A
//! value behind an `Arc`: an allocation for each.
//!
//! # Sources
//! A receiver that keeps what it saw last is `Cache` of the crate arc-swap; a list that is pushed to
//! by many and taken whole is R. K. Treiber's stack without its pop. The word of a node is our own.

use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use crate::kernel::prim::{AtomicBool, AtomicPtr, AtomicU64, Guard, Mutex, Ordering, UnsafeCell};

const FREE: u64 = 0;
const LIVE: u64 = 1 << 62;
const RETIRED: u64 = 2 << 62;
const DROPPING: u64 = 3 << 62;
const PINS: u64 = (1 << 62) - 1;

struct Node<T> {
    word: AtomicU64,
    version: UnsafeCell<u64>,
    value: UnsafeCell<MaybeUninit<T>>,
    /// The next free one. The business of whoever owns the node while it is FREE.
    next: UnsafeCell<*mut Node<T>>,
}

pub(super) struct Cell<T> {
    current: AtomicPtr<Node<T>>,
    /// Set under the writers' lock, so no value is published after it.
    closed: AtomicBool,
    /// Free nodes that readers have given back.
    returned: AtomicPtr<Node<T>>,
    writers: Mutex<Writers<T>>,
}

struct Writers<T> {
    free: *mut Node<T>,
    all: Vec<NonNull<Node<T>>>,
}

// SAFETY: a value is moved in and out by whoever writes; what is shared is atomic, under the lock, or
// owned by the state of its node.
unsafe impl<T: Send> Send for Cell<T> {}
// SAFETY: several threads read a value at the same time, and any may drop it.
unsafe impl<T: Send + Sync> Sync for Cell<T> {}

/// A pinned value. It has to be given back to the cell that it came from.
#[must_use]
pub(super) struct Pinned<T>(NonNull<Node<T>>);

impl<T> Pinned<T> {
    pub(super) fn version(&self) -> u64 {
        // SAFETY: nodes live as long as the cell, and nobody changes it while there is a pin.
        unsafe { self.0.as_ref() }.version.with(|version| unsafe { *version })
    }

    /// The same pin once more: one of the two is given back.
    pub(super) const fn alias(&self) -> Self {
        Self(self.0)
    }

    /// The value.
    ///
    /// # Safety
    /// The pin is not given back during `'a`.
    pub(super) unsafe fn get<'a>(&self) -> &'a T {
        // SAFETY: the caller's words; nobody changes the value while there is a pin.
        unsafe { self.0.as_ref() }.value.with(|value| unsafe { (*value).assume_init_ref() })
    }
}

impl<T> Node<T> {
    fn take(&self) -> T {
        // SAFETY: private; called by the one who has made the node DROPPING, which is from a state
        // with a value.
        self.value.with(|value| unsafe { (*value).assume_init_read() })
    }

    /// DROPPING, if the word says that only the caller has it; then the value, and the node is FREE
    /// and the caller's.
    fn drop_unpinned(&self, word: u64) -> Option<T> {
        // AcqRel: Acquire pairs with the Release of the pins that went; Release for those to come.
        let won = self.word.compare_exchange(word, DROPPING, Ordering::AcqRel, Ordering::Relaxed);
        won.ok()?;
        let value = self.take();
        // Release: the value is out before a writer that takes the node puts another in. Pins that
        // came in error meanwhile stay.
        self.word.fetch_sub(DROPPING - FREE, Ordering::Release);
        Some(value)
    }
}

impl<T> Writers<T> {
    /// A free node, which is the caller's.
    fn take_free(&mut self, returned: &AtomicPtr<Node<T>>) -> NonNull<Node<T>> {
        if self.free.is_null() {
            // Acquire: pairs with the Release in `give_back`.
            self.free = returned.swap(ptr::null_mut(), Ordering::Acquire);
        }
        if let Some(node) = NonNull::new(self.free) {
            // SAFETY: a free node in the list of the writers, whose lock we hold.
            self.free = unsafe { node.as_ref() }.next.with(|next| unsafe { *next });
            return node;
        }
        let node = NonNull::from(Box::leak(Box::new(Node {
            word: AtomicU64::new(FREE),
            version: UnsafeCell::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            next: UnsafeCell::new(ptr::null_mut()),
        })));
        self.all.push(node);
        node
    }

    fn put_free(&mut self, node: NonNull<Node<T>>) {
        // SAFETY: a free node that is ours.
        unsafe { node.as_ref() }.next.with_mut(|next| unsafe { *next = self.free });
        self.free = node.as_ptr();
    }
}

/// The right to write.
pub(super) struct Writing<'a, T> {
    cell: &'a Cell<T>,
    writers: Guard<'a, Writers<T>>,
}

/// What the end of a pin or a value brings: the caller drops it when all is in order.
pub(super) type Dropped<T> = Option<T>;

impl<T> Cell<T> {
    pub(super) fn new(value: T) -> Self {
        let cell = Self {
            current: AtomicPtr::new(ptr::null_mut()),
            closed: AtomicBool::new(false),
            returned: AtomicPtr::new(ptr::null_mut()),
            writers: Mutex::new(Writers { free: ptr::null_mut(), all: Vec::new() }),
        };
        let mut writers = cell.writers.lock();
        let node = writers.take_free(&cell.returned);
        drop(writers);
        // SAFETY: the node is ours, and so is the cell.
        unsafe { fill(node, value, 1) };
        // Relaxed: nobody else knows of the cell yet.
        cell.current.store(node.as_ptr(), Ordering::Relaxed);
        cell
    }

    #[inline]
    fn load(&self) -> NonNull<Node<T>> {
        // SeqCst: the look of the handshake of those who wait for a change. Acquire: pairs with
        // `publish`.
        // SAFETY: it is set before the cell is known, and never to null.
        unsafe { NonNull::new_unchecked(self.current.load(Ordering::SeqCst)) }
    }

    /// Whether this is the newest value.
    #[inline]
    pub(super) fn is_newest(&self, pinned: &Pinned<T>) -> bool {
        self.load() == pinned.0
    }

    /// Pins the newest value.
    pub(super) fn pin(&self) -> Pinned<T> {
        loop {
            let node = self.load();
            // AcqRel: before or after a writer that retires the node, in the order of the word.
            // SAFETY: nodes live as long as the cell.
            unsafe { node.as_ref() }.word.fetch_add(1, Ordering::AcqRel);
            let pinned = Pinned(node);
            if self.is_newest(&pinned) || cfg!(strait_mutant = "latest_looks_once") {
                return pinned;
            }
            drop(self.unpin(pinned));
        }
    }

    /// Lets go of a value. The last to do so has it to drop.
    pub(super) fn unpin(&self, pinned: Pinned<T>) -> Dropped<T> {
        let node = pinned.0;
        // SAFETY: nodes live as long as the cell.
        let word = &unsafe { node.as_ref() }.word;
        // Release: our reading is over; pairs with the Acquire of whoever takes the value.
        if word.fetch_sub(1, Ordering::Release) != RETIRED + 1 {
            return None;
        }
        // SAFETY: as above.
        let value = unsafe { node.as_ref() }.drop_unpinned(RETIRED)?;
        self.give_back(node);
        Some(value)
    }

    /// Takes a value out that is not the newest any more, if this is the only pin.
    pub(super) fn reclaim(&self, pinned: Pinned<T>) -> Result<T, Pinned<T>> {
        // SAFETY: nodes live as long as the cell.
        match unsafe { pinned.0.as_ref() }.drop_unpinned(RETIRED + 1) {
            Some(value) => {
                self.give_back(pinned.0);
                Ok(value)
            }
            None => Err(pinned),
        }
    }

    /// Returns a free node that is ours.
    fn give_back(&self, node: NonNull<Node<T>>) {
        let mut head = self.returned.load(Ordering::Relaxed);
        loop {
            // SAFETY: nodes live as long as the cell; this free one is ours.
            unsafe { node.as_ref() }.next.with_mut(|next| unsafe { *next = head });
            // Release: pairs with the Acquire in `take_free`. Nodes are taken all at once, so one
            // that was there before, is taken and comes back does no harm.
            match self.returned.compare_exchange_weak(
                head,
                node.as_ptr(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        // SeqCst: the look of the handshake of those who wait for the end.
        self.closed.load(Ordering::SeqCst)
    }

    /// Says whether this call closed it.
    pub(super) fn close(&self) -> bool {
        let _writers = self.writers.lock();
        // SeqCst: the first half of the handshake with those who wait.
        !self.closed.swap(true, Ordering::SeqCst)
    }

    /// The right to write; `None`: closed.
    #[inline]
    pub(super) fn write(&self) -> Option<Writing<'_, T>> {
        let writers = self.writers.lock();
        // Relaxed: set under the lock.
        let is_open = !self.closed.load(Ordering::Relaxed);
        is_open.then_some(Writing { cell: self, writers })
    }
}

impl<T> Writing<'_, T> {
    /// Whether this is the newest value; it stays that as long as this is not used for another.
    pub(super) fn follows(&self, pinned: &Pinned<T>) -> bool {
        self.cell.is_newest(pinned)
    }

    /// Pins the newest value, the one that is going to be old.
    pub(super) fn pin(&self) -> Pinned<T> {
        self.cell.pin()
    }

    /// Publishes a value. Says its version; the old one is for the caller to drop if nobody reads it.
    #[inline]
    pub(super) fn publish(mut self, value: T) -> (u64, Dropped<T>) {
        let cell = self.cell;
        let node = self.writers.take_free(&cell.returned);
        let old = cell.load();
        // SAFETY: nodes live as long as the cell; the version of the newest changes under the lock.
        let version = unsafe { old.as_ref() }.version.with(|version| unsafe { *version }) + 1;
        // SAFETY: the node is ours.
        unsafe { fill(node, value, version) };
        // SeqCst: publishes the value, and is the first half of the handshake with those who wait.
        cell.current.swap(node.as_ptr(), Ordering::SeqCst);
        // SAFETY: nodes live as long as the cell.
        let word = &unsafe { old.as_ref() }.word;
        // SAFETY: as above.
        let mut dropped = unsafe { old.as_ref() }.drop_unpinned(LIVE);
        if dropped.is_none() {
            // AcqRel: hands the duty over to the last pin, or takes it from one that has gone.
            let before = word.fetch_add(RETIRED - LIVE, Ordering::AcqRel);
            if before & PINS == 0 && !cfg!(strait_mutant = "latest_forgets_unpinned") {
                // SAFETY: as above.
                dropped = unsafe { old.as_ref() }.drop_unpinned(RETIRED);
            }
        }
        if dropped.is_some() {
            self.writers.put_free(old);
        }
        (version, dropped)
    }
}

/// Makes a node LIVE.
///
/// # Safety
/// The node is FREE and the caller's.
unsafe fn fill<T>(node: NonNull<Node<T>>, value: T, version: u64) {
    // SAFETY: nodes live as long as the cell; this one is the caller's.
    let node = unsafe { node.as_ref() };
    // SAFETY: as above; there is no value in it.
    node.value.with_mut(|place| unsafe { (*place).write(value) });
    // SAFETY: as above.
    node.version.with_mut(|place| unsafe { *place = version });
    // Release: pairs with the Acquire in `pin`. Pins that came in error stay.
    node.word.fetch_add(LIVE - FREE, Ordering::Release);
}

impl<T> Drop for Cell<T> {
    fn drop(&mut self) {
        /// Frees the rest also if the destructor of the value panics.
        struct Nodes<T>(Vec<NonNull<Node<T>>>);
        impl<T> Drop for Nodes<T> {
            fn drop(&mut self) {
                for node in self.0.drain(..) {
                    // SAFETY: it came from `Box::leak`, and nobody else is left. What it held was
                    // taken out before.
                    drop(unsafe { Box::from_raw(node.as_ptr()) });
                }
            }
        }
        let newest = self.load();
        let nodes = Nodes(std::mem::take(&mut self.writers.get_mut().all));
        // SAFETY: all pins belong to handles, which are gone; only the newest has a value.
        let value = unsafe { newest.as_ref() }.take();
        drop(nodes);
        drop(value);
    }
}
