//! Where segments come from, and how the memory of a burst goes back.
//!
//! # Promise
//! A segment that was handed out once stays readable until the pool is destroyed; the memory of
//! slabs that are not needed goes back to the system all the same.
//!
//! # Picture
//! A slab is one allocation of segments: the first slab has one, each further slab twice as many,
//! up to 1 MiB. Its segments are handed out from the first to the last, each when it is needed for
//! the first time, and wait in a list when they come back. A slab is *hot*, or *cold*: all its
//! segments are free, its pages were given back, its list is empty, and it begins with the first
//! segment again.
//!
//! Pages are given back by `madvise(MADV_DONTNEED)`: the addresses stay valid, reads give zeros,
//! and zero is the number of no run and the stamp of an empty cell. So a thread with an outdated
//! pointer reads "not the one you want", which is all that it needs. Nothing here relies on the
//! zeros: numbers and stamps are reset before. On systems other than Linux the memory of a burst
//! is kept for the next one until the channel is dropped.
//!
//! A slab turns cold when it becomes free as a whole while the hot free segments exceed both
//! `KEEP_BYTES` and the segments in use: memory follows the load down, and a channel that goes up
//! and down below the former never asks the system.
//!
//! # Rejected
//! Epochs and hazard pointers (a fence, or an RMW, at each operation: 5 to 6 ns of 12 on the
//! machine of the first measurements); a reference count per segment (two RMWs at each boundary);
//! the last reader frees (an RMW at each receive, as crossbeam's list does).

use std::alloc::{self, Layout};
use std::ptr;

use super::segment::Segment;

/// A slab is not given back as long as no more free memory than this is hot.
const KEEP_BYTES: usize = 512 << 10;
/// Bytes that a slab has at the most, unless one segment is larger. An allocator touches a page
/// or two beside each, which stay: with slabs of 256 KiB they were 2.6 MB of 169 after a burst of
/// 10^7 words. What has not been handed out is not touched, so a large slab costs nothing ahead.
const SLAB_BYTES: usize = 1 << 20;
const PAGE: usize = 4096;

#[derive(Debug)]
struct Slab<T> {
    base: *mut u8,
    count: usize,
    /// Segments that were ever made: from then on somebody may read them at any time.
    made: usize,
    /// Segments that were handed out since the slab was new, or cold. Those behind take up no
    /// memory.
    begun: usize,
    used: usize,
    cold: bool,
    free: *mut Segment<T>,
}

/// All segments of one channel. Under the directory's lock.
#[derive(Debug)]
pub(super) struct Pool<T> {
    slabs: Vec<Slab<T>>,
    /// The slab to take from first.
    current: usize,
    /// The slab to look at next when memory is to be given back.
    next_to_cool: usize,
    in_use: usize,
    hot_free: usize,
}

impl<T> Slab<T> {
    fn layout(count: usize) -> Layout {
        let bytes = Segment::<T>::STRIDE.checked_mul(count).expect("a slab fits in memory");
        let segment = Segment::<T>::ALIGN;
        // Whole pages, so that all of them can be given back.
        let (bytes, align) = if bytes >= 4 * PAGE {
            (bytes.next_multiple_of(PAGE), PAGE.max(segment))
        } else {
            (bytes, segment)
        };
        Layout::from_size_align(bytes, align).expect("a slab fits in memory")
    }

    fn new(count: usize) -> Self {
        let layout = Self::layout(count);
        // SAFETY: the layout is not empty: a header has bytes, and count is at least 1.
        let base = unsafe { alloc::alloc_zeroed(layout) };
        if base.is_null() {
            alloc::handle_alloc_error(layout);
        }
        Self { base, count, made: 0, begun: 0, used: 0, cold: false, free: ptr::null_mut() }
    }

    fn segment(&self, position: usize) -> *mut Segment<T> {
        debug_assert!(position < self.count);
        // SAFETY: within the allocation of `count` strides.
        unsafe { self.base.add(position * Segment::<T>::STRIDE) }.cast()
    }

    fn push(&mut self, segment: *mut Segment<T>) {
        // SAFETY: a segment of this slab, which is alive; `next` is under the directory's lock,
        // which the caller holds through `&mut Pool`.
        unsafe { (*segment).next.with_mut(|next| *next = self.free) };
        self.free = segment;
    }

    fn has_free(&self) -> bool {
        !self.cold && (!self.free.is_null() || self.begun < self.count)
    }

    /// Takes a segment that came back.
    fn pop(&mut self) -> Option<*mut Segment<T>> {
        let segment = self.free;
        if segment.is_null() {
            return None;
        }
        // SAFETY: as in `push`.
        self.free = unsafe { (*segment).next.with(|next| *next) };
        Some(segment)
    }

    /// Takes the next segment that has not been handed out. `index` is the slab's own.
    fn begin(&mut self, index: usize) -> Option<*mut Segment<T>> {
        if self.cold || self.begun == self.count {
            return None;
        }
        let segment = self.segment(self.begun);
        if self.begun == self.made {
            // SAFETY: the place lies in the allocation, reads as zeros, and has never been a
            // segment, so nobody knows of it.
            unsafe { Segment::create(segment, index) };
            self.made += 1;
        } else {
            // SAFETY: a segment of this slab; the field is under the directory's lock.
            unsafe { (*segment).slab.with_mut(|slab| *slab = index) };
        }
        self.begun += 1;
        Some(segment)
    }

    /// Gives the pages of a slab without used segments back to the system, if it has any.
    fn cool(&mut self) -> bool {
        let layout = Self::layout(self.count);
        if layout.align() < PAGE || !give_back(self.base, layout.size()) {
            return false;
        }
        self.cold = true;
        self.begun = 0;
        self.free = ptr::null_mut();
        true
    }
}

impl<T> Pool<T> {
    pub(super) const fn new() -> Self {
        Self { slabs: Vec::new(), current: 0, next_to_cool: 0, in_use: 0, hot_free: 0 }
    }

    /// A free segment.
    pub(super) fn get(&mut self) -> *mut Segment<T> {
        let segment = match self.slabs.get_mut(self.current).and_then(Slab::pop) {
            Some(segment) => {
                self.hot_free -= 1;
                segment
            }
            None => self.get_elsewhere(),
        };
        self.slabs[self.current].used += 1;
        self.in_use += 1;
        segment
    }

    #[cold]
    fn get_elsewhere(&mut self) -> *mut Segment<T> {
        let begun = self.slabs.get_mut(self.current).and_then(|slab| slab.begin(self.current));
        if let Some(segment) = begun {
            return segment;
        }
        let hot = self.slabs.iter().position(Slab::has_free);
        let found = hot.or_else(|| self.slabs.iter().position(|slab| slab.cold));
        self.current = found.unwrap_or_else(|| self.grow());
        let slab = &mut self.slabs[self.current];
        slab.cold = false;
        if let Some(segment) = slab.pop() {
            self.hot_free -= 1;
            return segment;
        }
        slab.begin(self.current).expect("a slab with a free segment")
    }

    fn grow(&mut self) -> usize {
        let index = self.slabs.len();
        let most = (SLAB_BYTES / Segment::<T>::STRIDE).max(1);
        let count = 1usize.checked_shl(index as u32).map_or(most, |count| count.min(most));
        self.slabs.push(Slab::new(count));
        index
    }

    /// Takes a retired segment back.
    pub(super) fn put(&mut self, segment: *mut Segment<T>) {
        // SAFETY: the segment came from `get`, so it is alive; the field is written only by the
        // slab, under the same lock.
        let index = unsafe { (*segment).slab.with(|slab| *slab) };
        let slab = &mut self.slabs[index];
        slab.push(segment);
        slab.used -= 1;
        self.in_use -= 1;
        self.hot_free += 1;
        let keep = self.in_use.max(KEEP_BYTES / Segment::<T>::STRIDE);
        if slab.used == 0 {
            self.cool(index, keep);
            // Slabs that became free while more was in use had to stay.
            for _ in 0..self.slabs.len() {
                if self.hot_free <= keep {
                    break;
                }
                self.cool(self.next_to_cool, keep);
                self.next_to_cool = (self.next_to_cool + 1) % self.slabs.len();
            }
        }
    }

    /// Gives a slab's memory back if all of it is free, and more than `keep` is.
    fn cool(&mut self, index: usize, keep: usize) {
        let slab = &mut self.slabs[index];
        let idle = slab.used == 0 && !slab.cold;
        let free = slab.begun;
        if idle && self.hot_free > keep && slab.cool() {
            self.hot_free -= free;
        }
    }

    /// Ends all segments. Messages inside are leaked.
    ///
    /// # Safety
    /// Nobody uses the channel any more.
    pub(super) unsafe fn destroy(&mut self) {
        for slab in self.slabs.drain(..) {
            for position in 0..slab.made {
                // SAFETY: these segments of the slab were made, and the caller says that nobody
                // uses the channel. Pages that were given back read as zeros, a valid segment
                // whose parts own nothing.
                unsafe { Segment::destroy(slab.segment(position)) };
            }
            // SAFETY: allocated in `new` with the same layout; not used from here on.
            unsafe { alloc::dealloc(slab.base, Slab::<T>::layout(slab.count)) };
        }
    }
}

/// Tells the system that the contents of these pages are not needed. Says whether it was done.
#[cfg(all(target_os = "linux", not(strait_loom), not(miri)))]
fn give_back(base: *mut u8, bytes: usize) -> bool {
    unsafe extern "C" {
        fn madvise(address: *mut std::ffi::c_void, bytes: usize, advice: i32) -> i32;
        fn getpagesize() -> i32;
    }
    const MADV_DONTNEED: i32 = 4;
    // SAFETY: no conditions.
    let page = unsafe { getpagesize() } as usize;
    let skip = base.addr().next_multiple_of(page) - base.addr();
    let whole = bytes.saturating_sub(skip) / page * page;
    // SAFETY: the pages lie wholly inside one allocation of ours, which stays allocated; their
    // contents are not needed (see the head of the file).
    whole > 0 && unsafe { madvise(base.add(skip).cast(), whole, MADV_DONTNEED) } == 0
}

#[cfg(not(all(target_os = "linux", not(strait_loom), not(miri))))]
fn give_back(_: *mut u8, _: usize) -> bool {
    false
}
