//! Atomics, locks and cells that write down what is done to them: `--cfg strait_count`, in tests
//! alone. `channel/counts.rs` makes of it what an operation of a channel costs other cores.

#![forbid(unsafe_code)]
#![allow(clippy::disallowed_types, reason = "it is part of the shim")]

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::atomic::{self, Ordering};

/// What was done. Orderings are left out but for one: a `SeqCst` store is an exchange on x86.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Load,
    Store,
    /// A read-modify-write that wrote.
    Rmw,
    /// A compare-and-swap that did not.
    Lost,
    /// Of a plain cell.
    Read,
    Write,
    Lock,
    Unlock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) kind: Kind,
    /// Address of the first byte.
    pub(crate) at: usize,
}

thread_local! {
    static LOG: RefCell<Option<Vec<Access>>> = const { RefCell::new(None) };
}

/// Runs `f`, and says what this thread did meanwhile.
pub(crate) fn record<R>(f: impl FnOnce() -> R) -> (R, Vec<Access>) {
    LOG.with_borrow_mut(|log| *log = Some(Vec::new()));
    let output = f();
    (output, LOG.with_borrow_mut(Option::take).unwrap_or_default())
}

pub(crate) fn note<T: ?Sized>(kind: Kind, of: &T) {
    let at = ptr::from_ref(of).addr();
    LOG.with_borrow_mut(|log| log.iter_mut().for_each(|log| log.push(Access { kind, at })));
}

macro_rules! counted {
    ($($name:ident $(<$param:ident>)?: $value:ty { $($rmw:ident)* };)*) => { $(
        #[derive(Debug)]
        pub(crate) struct $name $(<$param>)? (atomic::$name $(<$param>)?);

        impl $(<$param>)? Default for $name $(<$param>)? {
            fn default() -> Self {
                Self(atomic::$name::default())
            }
        }

        #[allow(dead_code, reason = "not every type needs every operation")]
        impl $(<$param>)? $name $(<$param>)? {
            pub(crate) const fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }

            pub(crate) fn load(&self, order: Ordering) -> $value {
                note(Kind::Load, self);
                self.0.load(order)
            }

            pub(crate) fn store(&self, value: $value, order: Ordering) {
                note(if order == Ordering::SeqCst { Kind::Rmw } else { Kind::Store }, self);
                self.0.store(value, order);
            }

            pub(crate) fn compare_exchange(
                &self,
                seen: $value,
                next: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let result = self.0.compare_exchange(seen, next, success, failure);
                note(if result.is_ok() { Kind::Rmw } else { Kind::Lost }, self);
                result
            }

            /// Never fails without a reason, so that counts are the same in each run.
            pub(crate) fn compare_exchange_weak(
                &self,
                seen: $value,
                next: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(seen, next, success, failure)
            }

            pub(crate) fn fetch_update(
                &self,
                success: Ordering,
                failure: Ordering,
                update: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                note(Kind::Load, self);
                let result = self.0.fetch_update(success, failure, update);
                result.iter().for_each(|_| note(Kind::Rmw, self));
                result
            }

            $(pub(crate) fn $rmw(&self, value: $value, order: Ordering) -> $value {
                note(Kind::Rmw, self);
                self.0.$rmw(value, order)
            })*
        }
    )* };
}

counted! {
    AtomicBool: bool { swap fetch_or fetch_and };
    AtomicU8: u8 { swap fetch_add fetch_sub fetch_or fetch_and };
    AtomicU32: u32 { swap fetch_add fetch_sub fetch_or fetch_and };
    AtomicU64: u64 { swap fetch_add fetch_sub fetch_or fetch_and };
    AtomicUsize: usize { swap fetch_add fetch_sub fetch_or fetch_and };
    AtomicPtr<T>: *mut T { swap };
}

/// A lock that ignores poison, as the one in `prim`.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

#[derive(Debug)]
pub(crate) struct Guard<'a, T> {
    lock: &'a Mutex<T>,
    guard: std::sync::MutexGuard<'a, T>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        note(Kind::Lock, self);
        let guard = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Guard { lock: self, guard }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        note(Kind::Unlock, self.lock);
    }
}

#[test]
fn every_access_is_noted_in_its_order() {
    let word = AtomicU32::new(1);
    let lock = Mutex::new(());
    let ((), log) = record(|| {
        let seen = word.load(Ordering::Relaxed);
        assert!(word.compare_exchange(seen, 2, Ordering::SeqCst, Ordering::SeqCst).is_ok());
        assert!(word.compare_exchange(seen, 3, Ordering::SeqCst, Ordering::SeqCst).is_err());
        drop(lock.lock());
        word.store(word.fetch_add(1, Ordering::SeqCst), Ordering::Release);
        word.store(0, Ordering::SeqCst);
    });
    let kinds: Vec<Kind> = log.iter().map(|access| access.kind).collect();
    use Kind::{Load, Lock, Lost, Rmw, Store, Unlock};
    assert_eq!(kinds, [Load, Rmw, Lost, Lock, Unlock, Rmw, Store, Rmw]);
    let of_the_word = ptr::from_ref(&word).addr();
    assert_eq!(log.iter().filter(|access| access.at == of_the_word).count(), 6);
    assert_eq!(record(|| ()).1, []);
}
