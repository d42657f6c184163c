//! The one shim between std and loom: atomics, cells, locks and threads.
//!
//! Every other file takes these names from here, so that `--cfg strait_loom` swaps all of them at
//! once and a model explores the code that ships. In tests under `--cfg strait_count` they come
//! from `counted.rs`, which writes down what is done to them.

#![allow(clippy::disallowed_types, reason = "the place where these types are replaced")]

#[cfg(not(strait_loom))]
mod imp {
    pub(crate) use std::sync::Arc;
    pub(crate) use std::sync::atomic::Ordering;
    #[cfg(feature = "task")]
    pub(crate) use std::sync::atomic::fence;
    #[cfg(not(all(test, strait_count)))]
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize,
    };
    pub(crate) use std::thread;

    #[cfg(all(test, strait_count))]
    pub(crate) use crate::kernel::counted::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Guard, Kind, Mutex,
        note,
    };

    /// `std::cell::UnsafeCell` with loom's interface: access through closures.
    #[derive(Debug)]
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Reads through a shared pointer; the caller vouches that nobody writes meanwhile.
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            #[cfg(all(test, strait_count))]
            note(Kind::Read, self);
            f(self.0.get())
        }

        /// Writes through a pointer; the caller vouches that nobody else has access meanwhile.
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            #[cfg(all(test, strait_count))]
            note(Kind::Write, self);
            f(self.0.get())
        }
    }

    #[cfg(strait_tsan)]
    pub(crate) use super::spin::{Guard, Mutex};
    #[cfg(not(any(strait_tsan, all(test, strait_count))))]
    pub(crate) use std::sync::MutexGuard as Guard;

    /// A lock whose poison is ignored: no user code runs while one of ours is held.
    #[cfg(not(any(strait_tsan, all(test, strait_count))))]
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

    #[cfg(not(any(strait_tsan, all(test, strait_count))))]
    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> Guard<'_, T> {
            self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }

    /// Separates an access before it from one after it in a store-load handshake.
    ///
    /// The accesses themselves are `SeqCst`, which the language already orders; loom treats
    /// those as acquire and release only, so models get the fence that the code need not pay.
    pub(crate) fn handshake() {}
}

#[cfg(strait_loom)]
mod imp {
    pub(crate) use loom::cell::UnsafeCell;
    #[cfg(feature = "task")]
    pub(crate) use loom::sync::atomic::fence;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering,
    };
    pub(crate) use loom::sync::{Arc, MutexGuard as Guard};
    pub(crate) use loom::thread;

    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> Guard<'_, T> {
            self.0.lock().unwrap()
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0.get_mut().unwrap()
        }
    }

    pub(crate) fn handshake() {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }
}

/// A lock that ThreadSanitizer understands. Its own std is not instrumented, so it takes
/// everything under `std::sync::Mutex` for a race. For that check only.
#[cfg(strait_tsan)]
mod spin {
    use std::cell::UnsafeCell;
    use std::ops::{Deref, DerefMut};
    use std::sync::atomic::{AtomicBool, Ordering};

    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T> {
        locked: AtomicBool,
        value: UnsafeCell<T>,
    }

    // SAFETY: `locked` lets one thread at a time reach the value.
    unsafe impl<T: Send> Sync for Mutex<T> {}

    pub(crate) struct Guard<'a, T>(&'a Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
        }

        pub(crate) fn lock(&self) -> Guard<'_, T> {
            // Acquire: pairs with the Release in the guard's drop.
            while self.locked.swap(true, Ordering::Acquire) {
                std::thread::yield_now();
            }
            Guard(self)
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.value.get_mut()
        }
    }

    impl<T> Deref for Guard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            // SAFETY: this guard holds the lock.
            unsafe { &*self.0.value.get() }
        }
    }

    impl<T> DerefMut for Guard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            // SAFETY: this guard holds the lock, and is borrowed mutably.
            unsafe { &mut *self.0.value.get() }
        }
    }

    impl<T> Drop for Guard<'_, T> {
        fn drop(&mut self) {
            // Release: pairs with the Acquire in `lock`.
            self.0.locked.store(false, Ordering::Release);
        }
    }
}

pub(crate) use imp::*;

/// Makes a constructor `const`, but for loom, whose atomics are made at run time.
macro_rules! constructor {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)+) => {
        $(#[$meta])*
        #[cfg(not(strait_loom))]
        $vis const fn $($rest)+

        $(#[$meta])*
        #[cfg(strait_loom)]
        $vis fn $($rest)+
    };
}

pub(crate) use constructor;

/// How many threads can run at the same time.
pub(crate) fn cores() -> usize {
    static CORES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// A number that no other thread has at the same time; never 0.
#[cfg(not(strait_loom))]
pub(crate) fn thread_number() -> usize {
    thread_local! {
        static PLACE: u8 = const { 0 };
    }
    PLACE.try_with(|place| (&raw const *place).addr()).unwrap_or(1)
}

/// Models have their own threads, which are one for the system.
#[cfg(strait_loom)]
pub(crate) fn thread_number() -> usize {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    thread::current().id().hash(&mut hasher);
    hasher.finish() as usize | 1
}

/// Starts a thread that runs to the end of the process.
pub(crate) fn start_thread(name: &str, run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.expect("the system can start a thread");
}

/// A value of the process, made when it is first needed. Models do not reach it: it would outlive
/// their executions.
#[cfg(feature = "task")]
pub(crate) struct Global<T>(std::sync::OnceLock<T>);

#[cfg(feature = "task")]
impl<T> Global<T> {
    pub(crate) const fn new() -> Self {
        Self(std::sync::OnceLock::new())
    }

    /// Whoever comes while another thread makes it waits for that one.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(make)
    }
}

/// Declares a value that each thread has for itself; in models, each of their threads.
#[cfg(all(feature = "graph", not(strait_loom)))]
macro_rules! per_thread {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $init:expr;) => {
        std::thread_local! { $(#[$attribute])* static $name: $type = const { $init }; }
    };
}

#[cfg(all(feature = "graph", strait_loom))]
macro_rules! per_thread {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $init:expr;) => {
        loom::thread_local! { $(#[$attribute])* static $name: $type = $init; }
    };
}

/// Declares a value for all threads; in models, for those of one execution.
#[cfg(all(feature = "graph", not(strait_loom)))]
macro_rules! shared_static {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $init:expr;) => {
        $(#[$attribute])* static $name: $type = $init;
    };
}

#[cfg(all(feature = "graph", strait_loom))]
macro_rules! shared_static {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $init:expr;) => {
        loom::lazy_static! { $(#[$attribute])* static ref $name: $type = $init; }
    };
}

#[cfg(feature = "graph")]
pub(crate) use {per_thread, shared_static};
