//! A to-do list with links both ways, for programs in C: mutable while one thread has it, handed to
//! another thread as a pointer, and frozen in the end for all of them.
//!
//! `strait_list.h` is made from this file (`cargo x c --write`), and a test keeps them equal.

use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};

use strait::graph::{
    Detached, Frozen, Graph, Obj, Pinned, StableRef, StableRefError, Weak, collect,
};

/// The call did what it says.
pub const LIST_OK: i32 = 0;
/// The graph is held from elsewhere and does not move; it is still there.
pub const LIST_HELD: i32 = 1;
/// The reference has been disposed of, or never was one.
pub const LIST_STALE: i32 = 2;
/// An argument is null, or no text.
pub const LIST_ARGUMENT: i32 = 3;
/// The library is at fault.
pub const LIST_PANIC: i32 = 4;

static ITEMS: AtomicI64 = AtomicI64::new(0);

/// Counts the items of the process.
struct Counted;

impl Counted {
    fn new() -> Self {
        ITEMS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ITEMS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An item, which knows the next one and the list that it is in.
#[derive(Graph)]
struct Item {
    text: Vec<u8>,
    list: Weak<List>,
    next: Option<Obj<Item>>,
    #[graph(leaf)]
    _counted: Counted,
}

impl AsRef<[u8]> for Item {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

#[derive(Graph)]
struct List {
    first: Option<Obj<Item>>,
    last: Option<Obj<Item>>,
    length: usize,
}

/// No panic crosses the border.
fn guarded(f: impl FnOnce() -> i32) -> i32 {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or(LIST_PANIC)
}

/// A new list of this thread, or null. It is to be given to `list_detach` or `list_free`.
#[unsafe(no_mangle)]
pub extern "C" fn list_new() -> *mut c_void {
    let list = || Obj::new(List { first: None, last: None, length: 0 }).into_raw();
    catch_unwind(list).unwrap_or(ptr::null_mut())
}

/// Looks at a list of this thread, which stays the caller's.
///
/// # Safety
/// The pointer is one of `list_new` or `list_attach`, on this thread, and not used up.
unsafe fn with<R>(list: *mut c_void, f: impl FnOnce(&Obj<List>) -> R) -> R {
    // SAFETY: promised by the caller; the handle stays in the pointer.
    let list = std::mem::ManuallyDrop::new(unsafe { Obj::<List>::from_raw(list) });
    f(&list)
}

/// Adds an item at the end of a list of this thread.
///
/// # Safety
/// `list` is a list of this thread; `text` is null or a text that ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_push(list: *mut c_void, text: *const c_char) -> i32 {
    if list.is_null() || text.is_null() {
        return LIST_ARGUMENT;
    }
    // SAFETY: promised by the caller.
    let text = unsafe { CStr::from_ptr(text) }.to_bytes().to_vec();
    // SAFETY: promised by the caller.
    guarded(|| unsafe {
        with(list, |list| {
            let up = list.downgrade();
            let item = Obj::new(Item { text, list: up, next: None, _counted: Counted::new() });
            let last = list.borrow_mut().last.replace(item.clone());
            match last {
                Some(last) => last.borrow_mut().next = Some(item),
                None => list.borrow_mut().first = Some(item),
            }
            list.borrow_mut().length += 1;
            LIST_OK
        })
    })
}

/// How many items a list of this thread has.
///
/// # Safety
/// `list` is a list of this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_length(list: *mut c_void) -> usize {
    // SAFETY: promised by the caller.
    unsafe { with(list, |list| list.borrow().length) }
}

/// Frees a list of this thread.
///
/// # Safety
/// `list` is null or a list of this thread, and not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_free(list: *mut c_void) {
    if !list.is_null() {
        guarded(|| {
            // SAFETY: promised by the caller.
            drop(unsafe { Obj::<List>::from_raw(list) });
            collect();
            LIST_OK
        });
    }
}

/// Makes a list movable. `*detached` is then the pointer for any thread, and `list` is used up.
/// If something else holds a part of the list the call gives `LIST_HELD`, and `list` is as it was.
///
/// # Safety
/// `list` is a list of this thread; `detached` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_detach(list: *mut c_void, detached: *mut *mut c_void) -> i32 {
    if list.is_null() || detached.is_null() {
        return LIST_ARGUMENT;
    }
    // SAFETY: promised by the caller.
    guarded(|| match unsafe { Obj::<List>::from_raw(list) }.detach() {
        Ok(graph) => {
            // SAFETY: promised by the caller.
            unsafe { *detached = graph.into_raw() };
            LIST_OK
        }
        Err(error) => {
            // The pointer keeps its handle.
            let _ = error.into_handle().into_raw();
            LIST_HELD
        }
    })
}

/// Makes a detached list one of this thread; `detached` is used up. Null if the pointer is null.
///
/// # Safety
/// `detached` is null or a pointer of `list_detach` that was not used since.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_attach(detached: *mut c_void) -> *mut c_void {
    if detached.is_null() {
        return detached;
    }
    // SAFETY: promised by the caller.
    let attach = || unsafe { Detached::<List>::from_raw(detached) }.attach().into_raw();
    catch_unwind(attach).unwrap_or(ptr::null_mut())
}

/// Freezes a detached list, which is used up, and gives a reference to it for all threads, or 0.
///
/// # Safety
/// `detached` is a pointer of `list_detach` that was not used since.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_freeze(detached: *mut c_void) -> u64 {
    let freeze = || {
        // SAFETY: promised by the caller.
        let graph = unsafe { Detached::<List>::from_raw(detached) };
        graph.freeze().map_or(0, |frozen| StableRef::new(frozen).to_bits())
    };
    catch_unwind(freeze).unwrap_or(0)
}

/// The item of a frozen list at `index`, counted from 0: `*bytes` and `*length` are its text, which
/// stays there until `*pin` is given to `list_unpin`. `*pin` is null if there is no such item.
///
/// # Safety
/// `bytes`, `length` and `pin` can be written to. `list` may be any number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_pin(
    list: u64,
    index: usize,
    bytes: *mut *const u8,
    length: *mut usize,
    pin: *mut *mut c_void,
) -> i32 {
    if bytes.is_null() || length.is_null() || pin.is_null() {
        return LIST_ARGUMENT;
    }
    guarded(|| {
        let list = match StableRef::from_bits(list).get::<Frozen<List>>() {
            Ok(list) => list,
            Err(StableRefError::Stale | StableRefError::WrongType { .. }) => return LIST_STALE,
        };
        let mut item = list.first.as_ref();
        for _ in 0..index {
            item = item.and_then(|item| item.get()?.next.as_ref());
        }
        let pinned = item.and_then(Obj::as_frozen).map(Pinned::new);
        let (from, count) =
            pinned.as_ref().map_or((ptr::null(), 0), |pinned| (pinned.as_ptr(), pinned.len()));
        let raw = pinned.map_or(ptr::null_mut(), |pinned| Box::into_raw(Box::new(pinned)).cast());
        // SAFETY: promised by the caller.
        unsafe { (*bytes, *length, *pin) = (from, count, raw) };
        LIST_OK
    })
}

/// Ends a pin.
///
/// # Safety
/// `pin` is null or one of `list_pin` that was not ended yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn list_unpin(pin: *mut c_void) {
    if !pin.is_null() {
        // SAFETY: promised by the caller.
        drop(unsafe { Box::from_raw(pin.cast::<Pinned<Item>>()) });
    }
}

/// Disposes of a reference. What was pinned stays until its pin is ended.
#[unsafe(no_mangle)]
pub extern "C" fn list_dispose(list: u64) -> i32 {
    guarded(|| StableRef::from_bits(list).dispose().map_or(LIST_STALE, |()| LIST_OK))
}

/// How many items there are in all lists.
#[unsafe(no_mangle)]
pub extern "C" fn list_items_alive() -> i64 {
    ITEMS.load(Ordering::Relaxed)
}
