//! Values that come with a job: a request's number, a user, a language.
//!
//! Each key says whether jobs that are started inherit its value. A value is set around a future,
//! not in a job: so it ends with the future, and nobody can change what others see.

#![forbid(unsafe_code)]

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::frame;

/// A key for values that come with a job; to be kept in a `static`.
///
/// # Examples
/// ```
/// use strait::task::{self, ContextKey};
/// static REQUEST: ContextKey<u64> = ContextKey::inherited();
/// # task::run_blocking(|_| async {
/// let seen = REQUEST.with(7, async {
///     task::scope(|s| async move { s.spawn(async { REQUEST.get() }).await }).await.unwrap()
/// });
/// assert_eq!(seen.await, Some(7));
/// assert_eq!(REQUEST.get(), None);
/// # }).unwrap();
/// ```
pub struct ContextKey<T> {
    inherits: bool,
    /// Makes the address of the key its own.
    _place: u8,
    value: PhantomData<fn() -> T>,
}

impl<T: Clone + Send + Sync + 'static> ContextKey<T> {
    /// A key whose value goes to the jobs of scopes that are opened while it is set.
    pub const fn inherited() -> Self {
        Self { inherits: true, _place: 0, value: PhantomData }
    }

    /// A key whose value stays in the job where it is set: scopes that are opened there do not see
    /// it.
    pub const fn own() -> Self {
        Self { inherits: false, _place: 0, value: PhantomData }
    }

    /// Runs a future with a value for this key.
    ///
    /// # Cancel safety
    /// That of the future.
    pub fn with<F: Future>(&'static self, value: T, future: F) -> WithValue<F> {
        let entry = Entry { key: self.address(), inherits: self.inherits, value: Arc::new(value) };
        WithValue { future, entry: Some(entry), list: None }
    }

    /// The value that is set, if there is one. Complexity: linear in the number of values set.
    pub fn get(&'static self) -> Option<T> {
        current()?.find(self.address())?.downcast_ref::<T>().cloned()
    }

    fn address(&'static self) -> usize {
        (&raw const *self).addr()
    }
}

impl<T> fmt::Debug for ContextKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextKey").field("inherits", &self.inherits).finish_non_exhaustive()
    }
}

type Value = Arc<dyn Any + Send + Sync>;

#[derive(Clone)]
struct Entry {
    key: usize,
    inherits: bool,
    value: Value,
}

/// Values, the last one first.
pub(super) struct List {
    entry: Entry,
    next: Option<Arc<List>>,
}

impl List {
    fn iter(&self) -> impl Iterator<Item = &Entry> {
        std::iter::successors(Some(self), |list| list.next.as_deref()).map(|list| &list.entry)
    }

    fn find(&self, key: usize) -> Option<Value> {
        self.iter().find(|entry| entry.key == key).map(|entry| entry.value.clone())
    }
}

thread_local! {
    /// The values set in the frame that runs now.
    static OWN: RefCell<Option<Arc<List>>> = const { RefCell::new(None) };
}

/// Runs `f` with other values of its own.
pub(super) fn within<R>(list: Option<Arc<List>>, f: impl FnOnce() -> R) -> R {
    /// Puts the values back, also when `f` panics.
    struct Back(Option<Arc<List>>);
    impl Drop for Back {
        fn drop(&mut self) {
            exchange(self.0.take());
        }
    }
    let back = Back(exchange(list));
    let result = f();
    drop(back);
    result
}

fn exchange(list: Option<Arc<List>>) -> Option<Arc<List>> {
    OWN.try_with(|own| std::mem::replace(&mut *own.borrow_mut(), list)).ok().flatten()
}

/// What is set for the frame that runs now. A list that begins in a frame ends with what the frame
/// has inherited.
fn current() -> Option<Arc<List>> {
    let own = OWN.try_with(|own| own.borrow().clone()).ok().flatten();
    own.or_else(|| frame::with(|frame| frame.settings().keys.clone()).flatten())
}

/// What a scope that is opened now passes on to its jobs.
pub(super) fn inherited() -> Option<Arc<List>> {
    let list = current()?;
    if list.iter().all(|entry| entry.inherits) {
        return Some(list);
    }
    let mut kept: Vec<Entry> = list.iter().filter(|entry| entry.inherits).cloned().collect();
    kept.reverse();
    kept.into_iter().fold(None, |next, entry| Some(Arc::new(List { entry, next })))
}

pin_project! {
    /// The future of [`ContextKey::with`].
    #[must_use = "futures do nothing unless polled"]
    pub struct WithValue<F> {
        #[pin]
        future: F,
        entry: Option<Entry>,
        list: Option<Arc<List>>,
    }
}

impl<F: Future> Future for WithValue<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(entry) = this.entry.take() {
            *this.list = Some(Arc::new(List { entry, next: current() }));
        }
        within(this.list.clone(), || this.future.poll(context))
    }
}

impl<F> fmt::Debug for WithValue<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithValue").finish_non_exhaustive()
    }
}
