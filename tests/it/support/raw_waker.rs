//! A waker with a hook in each of its operations, clone and drop too, which `std::task::Wake` does
//! not offer.

use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What a waker is being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To copy itself.
    Clone,
    /// To wake, by value or by reference.
    Wake,
    /// To go.
    Drop,
}

type Hook = Box<dyn Fn(Asked) + Send + Sync>;

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, forget);

/// Borrows the hook behind the pointer.
///
/// # Safety
/// `data` came from `Arc::into_raw` and its count is not given up meanwhile.
unsafe fn hook<'a>(data: *const ()) -> &'a Hook {
    // SAFETY: by contract `data` is a live `Arc<Hook>`.
    unsafe { &*data.cast::<Hook>() }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker that is being cloned holds a count.
    let ask = unsafe { hook(data) };
    ask(Asked::Clone);
    // SAFETY: as above; the new waker gets its own count.
    unsafe { Arc::increment_strong_count(data.cast::<Hook>()) };
    RawWaker::new(data, &TABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the waker that is being woken by value gives its count to us.
    let hook = unsafe { Arc::from_raw(data.cast::<Hook>()) };
    hook(Asked::Wake);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the waker holds a count.
    let ask = unsafe { hook(data) };
    ask(Asked::Wake);
}

unsafe fn forget(data: *const ()) {
    // SAFETY: the waker that goes gives its count to us.
    let hook = unsafe { Arc::from_raw(data.cast::<Hook>()) };
    hook(Asked::Drop);
}

/// A waker that calls `f` before each operation.
pub fn hooked(f: impl Fn(Asked) + Send + Sync + 'static) -> Waker {
    let hook: Arc<Hook> = Arc::new(Box::new(f));
    let raw = RawWaker::new(Arc::into_raw(hook).cast(), &TABLE);
    // SAFETY: the table keeps the contract: clone adds a count, wake and drop give one up, and the
    // hook is Send + Sync.
    unsafe { Waker::from_raw(raw) }
}
