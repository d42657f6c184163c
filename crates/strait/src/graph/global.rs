//! Globals that hold graphs: one for each thread, or one for the main thread alone.
//!
//! Both are thread-locals underneath. What they add is that a thread that may not have a value gets
//! a typed error, that an initializer which asks for its own value is told so, and that a graph
//! with cycles goes with its thread, whatever the order in which thread-locals are destroyed.

#![forbid(unsafe_code)]

use std::cell::{Cell, OnceCell};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::bound::WrongThread;
use super::error::Offender;
use super::obj::Obj;
use super::trace::Trace;
use super::{trial, walk};
use crate::kernel::prim::{Mutex, per_thread, shared_static, thread};

/// Declares globals that hold graphs.
///
/// | declaration | who has it | type |
/// |---|---|---|
/// | `static NAME: T = init;` | the main thread; others get an error | [`MainThread`](crate::graph::MainThread) |
/// | `per_thread static NAME: T = init;` | each thread has its own | [`PerThread`](crate::graph::PerThread) |
/// | `shared static NAME: T = init;` | all threads; it is frozen before any of them sees it | [`Shared`](crate::graph::Shared) |
///
/// `T` is the type of the root node and `init` an expression of type
/// [`Obj<T>`](crate::graph::Obj), evaluated when the value is asked for first. Visibility and
/// attributes are written as for any static.
///
/// # Examples
/// ```
/// use strait::graph::{Graph, Obj};
///
/// #[derive(Graph)]
/// struct Config {
///     name: String,
/// }
///
/// strait::global! {
///     /// The same for all threads.
///     pub shared static CONFIG: Config = Obj::new(Config { name: "strait".into() });
///     /// Each thread counts for itself.
///     per_thread static COUNT: u64 = Obj::new(0);
///     static WINDOW: String = Obj::new("of the main thread".into());
/// }
///
/// *COUNT.get().borrow_mut() += 1;
/// std::thread::spawn(|| {
///     assert_eq!(CONFIG.name, "strait");
///     assert_eq!(*COUNT.get().borrow(), 0);
///     assert!(WINDOW.try_get().is_err());
/// })
/// .join()
/// .unwrap();
/// assert_eq!(*COUNT.get().borrow(), 1);
/// assert_eq!(*WINDOW.get().borrow(), "of the main thread");
/// ```
#[macro_export]
macro_rules! global {
    () => {};
    (
        $(#[$attribute:meta])*
        $vis:vis shared static $name:ident: $type:ty = $init:expr; $($rest:tt)*
    ) => {
        $(#[$attribute])*
        $vis static $name: $crate::graph::Shared<$type> = $crate::graph::Shared::new(|| $init);
        $crate::global! { $($rest)* }
    };
    (
        $(#[$attribute:meta])*
        $vis:vis per_thread static $name:ident: $type:ty = $init:expr; $($rest:tt)*
    ) => {
        $(#[$attribute])*
        $vis static $name: $crate::graph::PerThread<$type> = {
            ::std::thread_local! {
                static __STRAIT_COPY: $crate::graph::hidden::ThreadCopy<$type> =
                    const { $crate::graph::hidden::ThreadCopy::new() };
            }
            $crate::graph::PerThread::new(
                |look| __STRAIT_COPY.try_with(|copy| look(copy)).is_ok(),
                || $init,
            )
        };
        $crate::global! { $($rest)* }
    };
    (
        $(#[$attribute:meta])*
        $vis:vis static $name:ident: $type:ty = $init:expr; $($rest:tt)*
    ) => {
        $(#[$attribute])*
        $vis static $name: $crate::graph::MainThread<$type> = {
            $crate::global! { per_thread static __STRAIT_OWN: $type = $init; }
            $crate::graph::MainThread::new(&__STRAIT_OWN)
        };
        $crate::global! { $($rest)* }
    };
}

/// Why a global gives no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GlobalError {
    /// It belongs to the main thread, and another one has asked.
    WrongThread(WrongThread),
    /// The thread is ending, and its copy is gone.
    Ended,
    /// The initializer of the value has asked for the value, by itself or by way of others.
    Recursive,
    /// The initializer of a shared value has made a graph that may never be frozen.
    NeverFreezes(Offender),
}

impl fmt::Display for GlobalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongThread(error) => error.fmt(f),
            Self::Ended => f.write_str("the thread is ending, and its copy of the value is gone"),
            Self::Recursive => f.write_str("the initializer of the value asks for the value"),
            Self::NeverFreezes(offender) => write!(f, "the value cannot be shared: {offender}"),
        }
    }
}

impl Error for GlobalError {}

/// The value of one thread.
#[derive(Debug)]
pub struct ThreadCopy<T: Trace> {
    value: OnceCell<Obj<T>>,
    is_being_made: Cell<bool>,
}

impl<T: Trace> ThreadCopy<T> {
    /// No value yet.
    #[expect(clippy::new_without_default, reason = "for the macro alone")]
    pub const fn new() -> Self {
        Self { value: OnceCell::new(), is_being_made: Cell::new(false) }
    }

    fn get(&self, make: fn() -> Obj<T>) -> Result<Obj<T>, GlobalError> {
        if let Some(value) = self.value.get() {
            return Ok(value.clone());
        }
        if self.is_being_made.replace(true) {
            return Err(GlobalError::Recursive);
        }
        struct Made<'a>(&'a Cell<bool>);
        impl Drop for Made<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        let _made = Made(&self.is_being_made);
        let value = make();
        Ok(self.value.get_or_init(|| value).clone())
    }
}

impl<T: Trace> Drop for ThreadCopy<T> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else { return };
        // The thread is ending. Its list of candidates may be gone, so this is the last time that
        // anybody looks whether a cycle is held. A panic here would end the process.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if walk::header(value.node()).is_local() {
                trial::release_graph(value.into_node());
            }
        }));
    }
}

type Look<T> = fn(&mut dyn FnMut(&ThreadCopy<T>)) -> bool;

/// A global of which each thread has a value of its own, made when the thread asks for it first
/// and dropped when the thread ends. Declared by [`global!`](crate::global!).
pub struct PerThread<T: Trace> {
    look: Look<T>,
    make: fn() -> Obj<T>,
}

impl<T: Trace> PerThread<T> {
    #[doc(hidden)]
    pub const fn new(look: Look<T>, make: fn() -> Obj<T>) -> Self {
        Self { look, make }
    }

    /// This thread's value.
    ///
    /// # Panics
    /// If the initializer panics, in which case the next call runs it again; if it asks for the value
    /// that it makes; or if the thread is ending and its value is gone.
    #[track_caller]
    pub fn get(&self) -> Obj<T> {
        match self.try_get() {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// This thread's value.
    ///
    /// # Errors
    /// [`Recursive`](GlobalError::Recursive) if the initializer asks for the value that it makes,
    /// [`Ended`](GlobalError::Ended) if the thread is ending and its value is gone.
    ///
    /// # Panics
    /// If the initializer panics; the next call runs it again.
    pub fn try_get(&self) -> Result<Obj<T>, GlobalError> {
        let mut result = Err(GlobalError::Ended);
        (self.look)(&mut |copy| result = copy.get(self.make));
        result
    }
}

impl<T: Trace> fmt::Debug for PerThread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerThread").finish_non_exhaustive()
    }
}

/// A global that the main thread has, and no other. Declared by [`global!`](crate::global!).
///
/// The main thread is the one that runs `main`, unless another one has called
/// [`become_main_thread`]. When it has ended nobody has the value.
pub struct MainThread<T: Trace> {
    own: &'static PerThread<T>,
}

impl<T: Trace> MainThread<T> {
    #[doc(hidden)]
    pub const fn new(own: &'static PerThread<T>) -> Self {
        Self { own }
    }

    /// The value, on the main thread.
    ///
    /// # Panics
    /// On other threads, and as [`PerThread::get`].
    #[track_caller]
    pub fn get(&self) -> Obj<T> {
        match self.try_get() {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// The value, on the main thread.
    ///
    /// # Errors
    /// [`WrongThread`](GlobalError::WrongThread) on other threads, and those of
    /// [`PerThread::try_get`].
    ///
    /// # Panics
    /// If the initializer panics; the next call runs it again.
    pub fn try_get(&self) -> Result<Obj<T>, GlobalError> {
        if is_main_thread() {
            return self.own.try_get();
        }
        let owner = MAIN.lock().clone().unwrap_or_else(|| MAIN_NAME.to_owned());
        let error = WrongThread::new(std::any::type_name::<T>(), owner);
        Err(GlobalError::WrongThread(error))
    }
}

impl<T: Trace> fmt::Debug for MainThread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MainThread").finish_non_exhaustive()
    }
}

/// What the standard library calls the thread that runs `main`.
const MAIN_NAME: &str = "main";

shared_static! {
    /// The name of the main thread, once it is known which one that is.
    static MAIN: Mutex<Option<String>> = Mutex::new(None);
}

per_thread! {
    static IS_MAIN: Cell<bool> = Cell::new(false);
}

fn is_main_thread() -> bool {
    IS_MAIN.with(Cell::get) || thread::current().name() == Some(MAIN_NAME) && become_main_thread()
}

/// Makes this thread the main thread, unless another one is; tells whether it is that now.
///
/// There is no need to call it on the thread that runs the `main` of a Rust program. It is for
/// programs in other languages, whose main thread nobody knows, and for tests. The decision is for
/// ever: also when the main thread has ended, no other becomes it.
pub fn become_main_thread() -> bool {
    let mut main = MAIN.lock();
    if main.is_none() {
        *main = Some(super::bound::thread_name());
        IS_MAIN.with(|is_main| is_main.set(true));
    }
    IS_MAIN.with(Cell::get)
}
