//! A global allocator that counts live blocks and bytes by scope.
//!
//! The promise: what a scope counts was asked for by threads that had entered it, whoever frees it
//! and when. Tests that run in parallel do not disturb each other.
//!
//! The picture: every block has a header of `max(16, align)` bytes whose first word is the number of
//! the scope that asked for it; freeing reads the word and settles with that scope. Scope 0 is
//! "nobody asked".
//!
//! Rejected: counters per thread (a block freed by another thread is counted twice wrongly), and one
//! counter under a lock (the tests would have to run one after the other).

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};

const SCOPES: usize = 4096;

struct Counter {
    live: AtomicI64,
    bytes: AtomicI64,
    total: AtomicU64,
}

static COUNTERS: [Counter; SCOPES] = [const {
    Counter { live: AtomicI64::new(0), bytes: AtomicI64::new(0), total: AtomicU64::new(0) }
}; SCOPES];
static NEXT: AtomicUsize = AtomicUsize::new(1);

thread_local! {
    static SCOPE: Cell<usize> = const { Cell::new(0) };
}

/// The allocator: the system's, with a header per block.
#[derive(Debug)]
pub struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn padded(layout: Layout) -> Option<(Layout, usize)> {
    let head = layout.align().max(16);
    let size = layout.size().checked_add(head)?;
    Some((Layout::from_size_align(size, head).ok()?, head))
}

fn scope_now() -> usize {
    SCOPE.try_with(Cell::get).unwrap_or(0)
}

impl Counting {
    /// Writes the header and counts the block.
    ///
    /// # Safety
    /// `raw` is null or a fresh block of the padded layout.
    unsafe fn admit(raw: *mut u8, head: usize, size: usize) -> *mut u8 {
        if raw.is_null() {
            return raw;
        }
        let scope = scope_now();
        // SAFETY: the block is at least `head` >= 16 bytes and aligned to at least 16.
        unsafe { raw.cast::<usize>().write(scope) };
        let counter = &COUNTERS[scope];
        counter.live.fetch_add(1, Relaxed);
        counter.bytes.fetch_add(size as i64, Relaxed);
        counter.total.fetch_add(1, Relaxed);
        // SAFETY: the padded block is `head` bytes longer than what was asked for.
        unsafe { raw.add(head) }
    }
}

// SAFETY: every block is the system's, shifted by a header of a whole number of alignments; the
// header is put back before the block is freed.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((padded, head)) = padded(layout) else { return std::ptr::null_mut() };
        // SAFETY: the padded layout has a size of at least 16.
        let raw = unsafe { System.alloc(padded) };
        // SAFETY: fresh from the system, of the padded layout.
        unsafe { Self::admit(raw, head, layout.size()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some((padded, head)) = padded(layout) else { return std::ptr::null_mut() };
        // SAFETY: the padded layout has a size of at least 16.
        let raw = unsafe { System.alloc_zeroed(padded) };
        // SAFETY: fresh from the system, of the padded layout.
        unsafe { Self::admit(raw, head, layout.size()) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some((padded, head)) = padded(layout) else { return };
        // SAFETY: `block` came from `admit`, which moved it by `head`.
        let raw = unsafe { block.sub(head) };
        // SAFETY: `admit` wrote the scope there and nobody else has the header.
        let scope = unsafe { raw.cast::<usize>().read() };
        let counter = &COUNTERS[scope];
        counter.live.fetch_sub(1, Relaxed);
        counter.bytes.fetch_sub(layout.size() as i64, Relaxed);
        // SAFETY: the system gave this block for this layout.
        unsafe { System.dealloc(raw, padded) };
    }
}

/// A scope: counts what the threads that entered it ask for.
#[derive(Debug)]
pub struct Blocks(usize);

/// The thread is in the scope until this is dropped.
#[derive(Debug)]
pub struct Entered(usize);

impl Drop for Entered {
    fn drop(&mut self) {
        SCOPE.set(self.0);
    }
}

impl Blocks {
    /// A scope that has counted nothing.
    pub fn new() -> Self {
        let scope = NEXT.fetch_add(1, SeqCst);
        assert!(scope < SCOPES, "more scopes than the table holds");
        Self(scope)
    }

    /// Puts this thread into the scope.
    pub fn enter(&self) -> Entered {
        adopt(self.0)
    }

    /// Blocks asked for and not freed.
    pub fn live(&self) -> i64 {
        COUNTERS[self.0].live.load(SeqCst)
    }

    /// Bytes asked for and not freed.
    pub fn bytes(&self) -> i64 {
        COUNTERS[self.0].bytes.load(SeqCst)
    }

    /// Blocks ever asked for.
    pub fn total(&self) -> u64 {
        COUNTERS[self.0].total.load(SeqCst)
    }
}

/// The scope of this thread, for [`adopt`].
pub fn current() -> usize {
    scope_now()
}

/// Puts this thread into the scope of another.
pub fn adopt(scope: usize) -> Entered {
    Entered(SCOPE.replace(scope))
}

/// Runs the scenario twice, each time on a thread of its own (what a thread keeps for itself goes with
/// it), the second time counted: at its end no block may be left.
#[track_caller]
pub fn balanced<R: Send>(mut scenario: impl FnMut() -> R + Send) -> R {
    let mut run = |scope: usize| {
        let scenario = &mut scenario;
        std::thread::scope(|threads| {
            let run = threads.spawn(move || {
                let _entered = adopt(scope);
                scenario()
            });
            run.join()
        })
    };
    let blocks = Blocks::new();
    let result = run(current()).and_then(|first| {
        drop(first);
        run(blocks.0)
    });
    let result = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    // A scope waits for what its threads run, not for the end of their thread-locals.
    let given_up = Instant::now() + Duration::from_secs(5);
    while blocks.live() != 0 && Instant::now() < given_up {
        std::thread::sleep(Duration::from_millis(1));
    }
    let (live, bytes) = (blocks.live(), blocks.bytes());
    assert_eq!(live, 0, "{live} blocks ({bytes} bytes) outlive the scenario");
    result
}

/// How many blocks `f` asks for.
pub fn allocations<R>(f: impl FnOnce() -> R) -> (u64, R) {
    let blocks = Blocks::new();
    let entered = blocks.enter();
    let result = f();
    drop(entered);
    (blocks.total(), result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_found() {
        let leak = || std::mem::forget(Box::new(7));
        assert!(std::panic::catch_unwind(|| balanced(leak)).is_err());
        balanced(|| drop(Box::new(7)));
    }

    #[test]
    fn a_block_freed_elsewhere_is_settled() {
        let blocks = Blocks::new();
        let entered = blocks.enter();
        let block = vec![0u8; 1000];
        drop(entered);
        assert_eq!((blocks.live(), blocks.bytes(), blocks.total()), (1, 1000, 1));
        std::thread::spawn(move || drop(block)).join().unwrap();
        assert_eq!((blocks.live(), blocks.bytes(), blocks.total()), (0, 0, 1));
    }

    #[test]
    fn allocations_are_counted() {
        let (count, boxes) = allocations(|| (Box::new(1), Box::new([0u64; 9])));
        drop(boxes);
        assert_eq!(count, 2);
    }
}
