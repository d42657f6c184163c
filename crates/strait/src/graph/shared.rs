//! Values that are made once, when they are first asked for, and frozen before anybody sees them.
//!
//! # The promise
//!
//! The initializer runs to its end once, however many threads ask at the same time; all of them get
//! the one frozen value. An initializer that panics, or makes what cannot be frozen, leaves nothing
//! behind, and the next who asks runs it again. Nobody waits for ever for a value that waits for
//! itself: that is an error, also if the circle runs through several values and threads.
//!
//! # The picture
//!
//! ```text
//!   empty ──enter──▶ being made (in the table) ──set, leave──▶ made
//!     ▲                       │
//!     └──────── leave ────────┘  panic, or not frozen
//! ```
//!
//! Who finds the value made reads it: one load. All else goes through one table of the process
//! under one lock: which values are being made, by which thread, and which threads wait for them.
//! A thread that is about to wait follows the chain *this value, who makes it, what that one waits
//! for*; if it ends at the thread itself, waiting would never end. As every wait was checked so, the
//! waits form no circle and the chain has an end. User code runs without the lock.
//!
//! A value is set before its entry leaves the table, and is looked for again under the lock before
//! a new entry is made; so nobody makes it twice.
//!
//! # Rejected
//!
//! `LazyLock`: it waits for ever when it meets itself, and is lost once its initializer panics. A spin
//! with a marker in the value, as in Kotlin/Native: it burns a core while the initializer runs.

use std::fmt;
use std::ops::Deref;
use std::ptr;

use super::frozen::Frozen;
use super::global::GlobalError;
use super::obj::Obj;
use super::trace::{Freeze, Trace, Tracer, Transfer};
use crate::kernel::prim::{AtomicBool, Mutex, Ordering, UnsafeCell, shared_static, thread};

// A fault that the model in `shared_loom.rs` must notice.
const MUTANT_PUBLISH: bool = cfg!(strait_mutant = "graph_shared_published_relaxed");

/// A value that is made when it is first asked for, frozen, and then the same for all threads.
///
/// It stands in statics, for which [`global!`](crate::global!) has a short form, and may be a field
/// of nodes. It dereferences to the value. O(1) once it is made.
///
/// # Examples
/// ```
/// use strait::graph::{Obj, Shared};
///
/// static PRIMES: Shared<Vec<u32>> = Shared::new(|| Obj::new(vec![2, 3, 5, 7]));
///
/// std::thread::scope(|s| {
///     s.spawn(|| assert_eq!(PRIMES[2], 5));
///     s.spawn(|| assert_eq!(PRIMES.len(), 4));
/// });
/// ```
pub struct Shared<T: Freeze, F = fn() -> Obj<T>> {
    is_made: AtomicBool,
    /// Written once, by the thread whose entry is in the table, before `is_made`.
    value: UnsafeCell<Option<Frozen<T>>>,
    make: F,
}

// SAFETY: it owns a `Frozen<T>`, which is `Send`, and an `F`.
unsafe impl<T: Freeze, F: Send> Send for Shared<T, F> {}
// SAFETY: one thread writes the value, before `is_made`; after it all read. `Frozen<T>` is `Send`
// and `Sync`, and the initializer is called by reference.
unsafe impl<T: Freeze, F: Sync> Sync for Shared<T, F> {}

impl<T: Freeze, F> Shared<T, F> {
    /// A value that `make` makes.
    #[cfg(not(strait_loom))]
    pub const fn new(make: F) -> Self {
        Self { is_made: AtomicBool::new(false), value: UnsafeCell::new(None), make }
    }

    /// A value that `make` makes.
    #[cfg(strait_loom)]
    pub fn new(make: F) -> Self {
        Self { is_made: AtomicBool::new(false), value: UnsafeCell::new(None), make }
    }

    /// The value, if it has been made.
    #[inline]
    pub fn if_made(&self) -> Option<&Frozen<T>> {
        // Acquire: pairs with the Release in `publish`.
        if !self.is_made.load(Ordering::Acquire) {
            return None;
        }
        // SAFETY: it is made, so nobody writes to it any more until it is dropped.
        self.value.with(|value| unsafe { &*value }.as_ref())
    }

    /// Called by the thread whose entry is in the table, which no other thread then makes.
    fn publish(&self, frozen: Frozen<T>) {
        // SAFETY: this thread alone makes the value, and nobody reads it before `is_made`.
        self.value.with_mut(|value| unsafe { *value = Some(frozen) });
        let order = if MUTANT_PUBLISH { Ordering::Relaxed } else { Ordering::Release };
        // Release: publishes the value; pairs with the Acquire in `if_made`.
        self.is_made.store(true, order);
    }
}

impl<T: Freeze, F: Fn() -> Obj<T>> Shared<T, F> {
    /// The value. Waits while another thread makes it.
    ///
    /// # Panics
    /// If the initializer panics, in which case the next call runs it again; or where
    /// [`try_get`](Self::try_get) fails.
    #[inline]
    #[track_caller]
    pub fn get(&self) -> &Frozen<T> {
        match self.try_get() {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// The value. Waits while another thread makes it.
    ///
    /// # Errors
    /// [`Recursive`](GlobalError::Recursive) if the initializer asks for the value that it makes;
    /// [`NeverFreezes`](GlobalError::NeverFreezes) if the graph that it makes cannot be frozen. The
    /// next call runs it again.
    ///
    /// # Panics
    /// If the initializer panics; the next call runs it again.
    #[inline]
    pub fn try_get(&self) -> Result<&Frozen<T>, GlobalError> {
        match self.if_made() {
            Some(value) => Ok(value),
            None => self.make(),
        }
    }

    #[cold]
    fn make(&self) -> Result<&Frozen<T>, GlobalError> {
        let place = ptr::from_ref(&self.value).addr();
        loop {
            match enter(place, || self.if_made().is_some()) {
                Turn::Mine => {
                    let _leave = Leave(place);
                    let value = (self.make)().freeze();
                    let value = value.map_err(|error| GlobalError::NeverFreezes(error.offender))?;
                    self.publish(value);
                }
                Turn::Wait => thread::park(),
                Turn::Recursive => return Err(GlobalError::Recursive),
                Turn::Made => {}
            }
            if let Some(value) = self.if_made() {
                return Ok(value);
            }
        }
    }
}

/// A value that is being made.
struct Making {
    place: usize,
    by: thread::ThreadId,
    waiting: Vec<thread::Thread>,
}

shared_static! {
    static MAKING: Mutex<Vec<Making>> = Mutex::new(Vec::new());
}

/// What a thread that found no value does.
#[must_use]
enum Turn {
    /// It makes the value.
    Mine,
    /// Another one makes it, and will unpark it.
    Wait,
    /// It makes the value already, or waiting would wait for itself.
    Recursive,
    /// It looks again.
    Made,
}

fn enter(place: usize, is_made: impl Fn() -> bool) -> Turn {
    let current = thread::current();
    let me = current.id();
    let mut all = MAKING.lock();
    if is_made() {
        return Turn::Made;
    }
    let Some(index) = all.iter().position(|making| making.place == place) else {
        all.push(Making { place, by: me, waiting: Vec::new() });
        return Turn::Mine;
    };
    let mut by = all[index].by;
    loop {
        if by == me {
            return Turn::Recursive;
        }
        let waits = |making: &&Making| making.waiting.iter().any(|thread| thread.id() == by);
        match all.iter().find(waits) {
            Some(making) => by = making.by,
            None => break,
        }
    }
    let waiting = &mut all[index].waiting;
    // After a wake-up that was not meant it is there already.
    if waiting.iter().all(|thread| thread.id() != me) {
        waiting.push(current);
    }
    Turn::Wait
}

/// Takes the value out of the table and wakes those who wait, however the initializer ended.
struct Leave(usize);

impl Drop for Leave {
    fn drop(&mut self) {
        let mut all = MAKING.lock();
        let index = all.iter().position(|making| making.place == self.0);
        let waiting = index.map(|index| all.swap_remove(index).waiting);
        drop(all);
        waiting.into_iter().flatten().for_each(|thread| thread.unpark());
    }
}

impl<T: Freeze, F: Fn() -> Obj<T>> Deref for Shared<T, F> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        self.get()
    }
}

impl<T: Freeze + fmt::Debug, F> fmt::Debug for Shared<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.if_made()).finish()
    }
}

// SAFETY: it holds a frozen node, which is counted on its own; what the initializer holds is held
// from outside, as far as any pass is concerned.
unsafe impl<T: Freeze, F: 'static> Trace for Shared<T, F> {
    fn trace(&self, _: &mut Tracer) {}

    fn has_links() -> bool {
        false
    }
}

// SAFETY: it is `Send`, and what is `Send` has no link in it.
unsafe impl<T: Freeze, F: Send + 'static> Transfer for Shared<T, F> {}
// SAFETY: it is `Send` and `Sync`; that a value appears in it is no change of a link.
unsafe impl<T: Freeze, F: Send + Sync + 'static> Freeze for Shared<T, F> {}
