//! Runs of cells.
//!
//! # Reclamation
//! A segment is *type-stable*: once made it stays mapped until the last handle is gone, so a
//! thread with an outdated pointer may still read a segment's number or a stamp, and sees that
//! they are not the ones it wants. What it may not do is anything else; see [`slab`](super::slab).
//!
//! # Size
//! 64 cells: on one thread a send and a receive take 17.0 ns with 16 cells, 15.5 with 32, 14.6
//! with 64, 14.1 with 128 (`lab/CHOICES.md`), and the first message of a channel pays for one.

use std::ptr;

use super::cell::Cell;
use super::prim::{AtomicU64, Ordering, UnsafeCell};
use super::ticket::Ticket;

/// A run of cells. The cells lie behind the header in the same allocation.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Segment<T> {
    /// Number of the run that the segment now holds, plus one; 0 while it is free.
    id: AtomicU64,
    /// The slab that it belongs to. Written by the slab before the segment is handed out.
    pub(super) slab: UnsafeCell<usize>,
    /// Link in the slab's list of free segments. Under the directory's lock.
    pub(super) next: UnsafeCell<*mut Segment<T>>,
    /// Withdrawn sends in the run so far. Under the directory's lock.
    gone: UnsafeCell<u64>,
    cells: [Cell<T>; 0],
}

impl<T> Segment<T> {
    /// Cells in a segment, a power of two: 64 while that stays within 4 KiB, at least 4.
    pub(crate) const CELLS: u64 = if cfg!(strait_loom) {
        2
    } else {
        let fit = 4096 / size_of::<Cell<T>>();
        if fit >= 64 {
            64
        } else if fit >= 4 {
            1 << fit.ilog2()
        } else {
            4
        }
    };

    /// Bytes from one segment to the next in a slab.
    pub(super) const STRIDE: usize = {
        let bytes = size_of::<Self>() + Self::CELLS as usize * size_of::<Cell<T>>();
        bytes.next_multiple_of(Self::ALIGN)
    };

    /// 16, which allocators give without effort, keeps a cell of one word in one line.
    pub(super) const ALIGN: usize = if align_of::<Self>() > 16 { align_of::<Self>() } else { 16 };

    /// The number of the run that `ticket` belongs to.
    pub(crate) const fn number(ticket: Ticket) -> u64 {
        ticket.bits() / Self::CELLS
    }

    /// Writes a free segment.
    ///
    /// # Safety
    /// `at` points to `STRIDE` zero bytes, aligned to `ALIGN`, that nobody else uses.
    pub(super) unsafe fn create(at: *mut Self, slab: usize) {
        let header = Self {
            id: AtomicU64::new(0),
            slab: UnsafeCell::new(slab),
            next: UnsafeCell::new(ptr::null_mut()),
            gone: UnsafeCell::new(0),
            cells: [],
        };
        // SAFETY: the header fits by STRIDE and the place is ours.
        unsafe { at.write(header) };
        // Zero bytes are empty cells. Not touching them leaves new memory to the system until it
        // is used. Loom's cells are more than their bytes.
        if cfg!(strait_loom) {
            for index in 0..Self::CELLS {
                // SAFETY: the caller gave room for all cells.
                let cell = unsafe { Self::cell_at(at, index) };
                // SAFETY: as above; nobody else uses the place.
                unsafe { cell.write(Cell::new()) };
            }
        }
    }

    /// Ends a segment's life. Messages inside are leaked: `discard` them before.
    ///
    /// # Safety
    /// The segment was created, and nobody else uses the channel any more.
    pub(super) unsafe fn destroy(at: *mut Self) {
        if !std::mem::needs_drop::<Cell<T>>() {
            return;
        }
        for index in 0..Self::CELLS {
            // SAFETY: `at` is a created segment by the caller's promise.
            let cell = unsafe { Self::cell_at(at, index) };
            // SAFETY: exclusive access by the caller's promise; nothing reads it again.
            unsafe { ptr::drop_in_place(cell) };
        }
        // SAFETY: as above.
        unsafe { ptr::drop_in_place(at) };
    }

    /// Drops the messages that are left inside.
    ///
    /// # Safety
    /// The segment was created, and nobody else uses the channel any more.
    pub(super) unsafe fn discard(at: *mut Self) {
        for index in 0..Self::CELLS {
            // SAFETY: `at` is a created segment by the caller's promise.
            let cell = unsafe { &*Self::cell_at(at, index) };
            // SAFETY: exclusive access by the caller's promise.
            unsafe { cell.discard() };
        }
    }

    /// # Safety
    /// `at` points to the bytes of a segment and `index < CELLS`.
    unsafe fn cell_at(at: *mut Self, index: u64) -> *mut Cell<T> {
        debug_assert!(index < Self::CELLS);
        // SAFETY: the cells follow the header, `repr(C)` aligns the empty array for them, and
        // STRIDE leaves room for all of them.
        unsafe { at.byte_add(size_of::<Self>()).cast::<Cell<T>>().add(index as usize) }
    }

    /// The cell of `ticket`, if the segment holds its run now or ever did: check the number, or
    /// the stamp, before anything else.
    ///
    /// # Safety
    /// `at` points to a segment of a channel that is alive for `'a`.
    pub(crate) unsafe fn cell<'a>(at: *mut Self, ticket: Ticket) -> &'a Cell<T> {
        // SAFETY: segments are type-stable while their channel lives; the index is in range.
        unsafe { &*Self::cell_at(at, ticket.bits() % Self::CELLS) }
    }

    /// Whether the segment holds run `number`.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell).
    pub(crate) unsafe fn holds(at: *mut Self, number: u64) -> bool {
        // SAFETY: segments are type-stable while their channel lives.
        let segment = unsafe { &*at };
        // Acquire: pairs with the Release in `install`, so that the cells seen are reset ones.
        segment.id.load(Ordering::Acquire) == number + 1
    }

    /// Gives a free segment its run. Under the directory's lock.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell); the segment is free.
    pub(super) unsafe fn install(at: *mut Self, number: u64) {
        // SAFETY: segments are type-stable while their channel lives.
        let segment = unsafe { &*at };
        // Release: pairs with the Acquire in `holds`.
        segment.id.store(number + 1, Ordering::Release);
    }

    /// If every cell is DONE, resets all of them, takes the run away and says `true`. Under the
    /// directory's lock.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell); the segment holds a run.
    pub(super) unsafe fn retire(at: *mut Self) -> bool {
        for index in 0..Self::CELLS {
            // SAFETY: type-stable, index in range.
            let cell = unsafe { &*Self::cell_at(at, index) };
            if !cell.is_done() {
                return false;
            }
        }
        // SAFETY: the caller's promises.
        unsafe { Self::reset(at) };
        true
    }

    /// Counts one more withdrawn send. When the run consists of withdrawn sends alone and is
    /// `untouched`, resets all cells, takes the run away and says `true`. Under the directory's
    /// lock.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell); the segment holds the run of the cell that was withdrawn;
    /// `untouched` says that no receiver has reached the run, nor does meanwhile.
    pub(super) unsafe fn count_gone(at: *mut Self, untouched: bool) -> bool {
        // SAFETY: segments are type-stable while their channel lives.
        let segment = unsafe { &*at };
        let all = segment.gone.with_mut(|gone| {
            // SAFETY: under the directory's lock.
            let gone = unsafe { &mut *gone };
            *gone += 1;
            *gone == Self::CELLS
        });
        if all && untouched {
            // SAFETY: the caller's promises.
            unsafe { Self::reset(at) };
        }
        all && untouched
    }

    /// Takes back one `count_gone`. Under the directory's lock.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell).
    pub(super) unsafe fn uncount_gone(at: *mut Self) {
        // SAFETY: segments are type-stable while their channel lives.
        let segment = unsafe { &*at };
        // SAFETY: under the directory's lock.
        segment.gone.with_mut(|gone| unsafe { *gone -= 1 });
    }

    /// Takes the run away and makes every cell EMPTY.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell); no cell of the run will be used again; under the directory's
    /// lock.
    unsafe fn reset(at: *mut Self) {
        // SAFETY: segments are type-stable while their channel lives.
        let segment = unsafe { &*at };
        // Relaxed: a late reader that still sees the old number holds no unfinished ticket of it
        // and only compares stamps.
        segment.id.store(0, Ordering::Relaxed);
        // SAFETY: under the directory's lock.
        segment.gone.with_mut(|gone| unsafe { *gone = 0 });
        for index in 0..Self::CELLS {
            // SAFETY: type-stable, index in range.
            let cell = unsafe { &*Self::cell_at(at, index) };
            cell.reset();
        }
    }
}
