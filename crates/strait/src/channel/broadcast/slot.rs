//! One slot of the ring, and the places where elements lie.
//!
//! # Who owns what
//! | stage of the slot | element | `at` |
//! |---|---|---|
//! | EMPTY | not there, or being written by the sender that has taken its position | that sender |
//! | FULL | shared by all who read; nobody changes it | nobody changes it |
//! | GONE | the one who made it so | the same |
//!
//! A receiver that lets others displace what it reads *pins* the element first. A sender that
//! finds pins does not wait for them: it leaves the node to those who have pinned it, gives the
//! slot another one, and adds the number of pins to the node's `orphans`; each of them subtracts
//! one. Whoever brings the count to 0 was the last, and drops the element. (The split count is that
//! of A. Williams, *C++ Concurrency in Action*, 7.2.4.)
//!
//! The first node of a slot lies in it. Others are allocated, which takes a displaced element that
//! is being read at that moment, and live until they are orphans themselves.

use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use crate::kernel::prim::{AtomicPtr, AtomicU32, AtomicU64, Ordering, UnsafeCell};

use super::word::SlotWord;

/// Where an element lies.
pub(super) struct Node<T> {
    /// Not 0 only while those who have pinned it are its only owners, or will be in a moment.
    orphans: AtomicU32,
    is_boxed: bool,
    element: UnsafeCell<MaybeUninit<T>>,
}

pub(super) struct Slot<T> {
    /// See `word.rs`.
    pub(super) word: AtomicU64,
    /// The node in use; null: `home`.
    at: AtomicPtr<Node<T>>,
    home: Node<T>,
}

impl<T> Node<T> {
    fn new(is_boxed: bool) -> Self {
        let element = UnsafeCell::new(MaybeUninit::uninit());
        Self { orphans: AtomicU32::new(0), is_boxed, element }
    }

    /// # Safety
    /// There is an element, and nobody else uses it or will.
    unsafe fn take(&self) -> T {
        // SAFETY: the caller's words.
        self.element.with(|element| unsafe { (*element).assume_init_read() })
    }

    /// The element.
    ///
    /// # Safety
    /// There is one, and it stays for `'a`.
    pub(super) unsafe fn get<'a>(node: NonNull<Self>) -> &'a T {
        // SAFETY: the caller's words: so its node is alive too.
        unsafe { node.as_ref() }.element.with(|element| unsafe { (*element).assume_init_ref() })
    }

    /// Whether a sender has left it to those who have pinned it. Exact for one of them, after it has
    /// seen the slot's word at the stage of its pin (Acquire): if that was a later lap, the sender
    /// had added its number before.
    pub(super) fn is_orphan(&self) -> bool {
        // Relaxed: ordered by the word.
        self.orphans.load(Ordering::Relaxed) != 0
    }

    /// One who has pinned an orphan lets go. The element, if that was the last.
    ///
    /// # Safety
    /// The node is an orphan (or about to be: its slot is not at that stage any more), and the pin
    /// was the caller's, who does not use the node any more.
    pub(super) unsafe fn unpin(node: NonNull<Self>) -> Option<T> {
        // AcqRel: our reading is over before the last one takes the element; theirs if it is us.
        // SAFETY: our pin keeps the node alive until here.
        let before = unsafe { node.as_ref() }.orphans.fetch_sub(1, Ordering::AcqRel);
        // SAFETY: nobody else has a pin, and the slot has another node.
        (before == 1).then(|| unsafe { Self::end(node) })
    }

    /// # Safety
    /// Nobody else uses the node or will; it has an element.
    unsafe fn end(node: NonNull<Self>) -> T {
        // SAFETY: the caller's words.
        let element = unsafe { node.as_ref().take() };
        // SAFETY: alive, as just now.
        if unsafe { node.as_ref() }.is_boxed {
            // SAFETY: it came from `Box::leak` in `Slot::leave_to_pins`; see above.
            drop(unsafe { Box::from_raw(node.as_ptr()) });
        }
        element
    }
}

impl<T> Slot<T> {
    pub(super) fn new(word: SlotWord) -> Self {
        Self {
            word: AtomicU64::new(word.0),
            at: AtomicPtr::new(ptr::null_mut()),
            home: Node::new(false),
        }
    }

    /// The node in use, for one who owns the slot, or to whom the word says, before and after this,
    /// that it is FULL.
    pub(super) fn node(&self) -> NonNull<Node<T>> {
        // Relaxed: who may ask sees it through the word. It is not a later one either: that is
        // stored after the slot is GONE, so after a change of the word by the caller that found it
        // FULL, and a load does not see what happens after it.
        let at = self.at.load(Ordering::Relaxed);
        NonNull::new(at).unwrap_or(NonNull::from(&self.home))
    }

    /// Puts an element in.
    ///
    /// # Safety
    /// The slot is EMPTY and the caller's.
    pub(super) unsafe fn put(&self, element: T) {
        // SAFETY: the slot is the caller's, and its node alive.
        let node = unsafe { self.node().as_ref() };
        // SAFETY: as above; there is no element, so none is forgotten.
        node.element.with_mut(|place| unsafe { (*place).write(element) });
    }

    /// Takes the element out.
    ///
    /// # Safety
    /// The slot is GONE by the caller, or nobody else uses it; there is an element without pins.
    pub(super) unsafe fn take(&self) -> T {
        // SAFETY: the caller's words.
        unsafe { self.node().as_ref().take() }
    }

    /// Leaves the node to those who have pinned its element; gives it back if they have gone.
    ///
    /// # Safety
    /// The slot is GONE by the caller, who found so many pins.
    pub(super) unsafe fn leave_to_pins(&self, pins: u64) -> Option<T> {
        let node = self.node();
        // AcqRel: as in `unpin`.
        // SAFETY: the node is ours as long as the sum is not 0, and after that if it was us.
        let before = unsafe { node.as_ref() }.orphans.fetch_add(pins as u32, Ordering::AcqRel);
        if before.wrapping_add(pins as u32) == 0 {
            // SAFETY: all pins are gone, and the slot is ours.
            return Some(unsafe { node.as_ref().take() });
        }
        let other = NonNull::from(Box::leak(Box::new(Node::new(true))));
        // Relaxed: published by the word.
        self.at.store(other.as_ptr(), Ordering::Relaxed);
        None
    }

    /// Frees the node in use, if it was allocated.
    ///
    /// # Safety
    /// Nobody uses the slot any more, and there is no element in it.
    pub(super) unsafe fn free(&mut self) {
        // Relaxed: nobody else is left.
        let node = self.at.swap(ptr::null_mut(), Ordering::Relaxed);
        if !node.is_null() {
            // SAFETY: it came from `Box::leak`; nobody else knows of it.
            drop(unsafe { Box::from_raw(node) });
        }
    }
}
