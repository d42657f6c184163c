//! A value that never leaves its thread.
//!
//! The value stands in a table of its thread, under a number. What is to be done with it goes
//! there as a call, in order. The last handle sends a call that takes the value out.

#![forbid(unsafe_code)]

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

use crate::channel::{OneshotReceiver, oneshot};
use crate::kernel::prim::{AtomicU64, Global, Ordering};

use super::context::doomed;
use super::dispatcher::Dispatcher;
use super::open::ScopeBuilder;
use super::port::Work;
use super::tree::Payload;

thread_local! {
    static VALUES: RefCell<HashMap<u64, Rc<dyn Any>>> = RefCell::default();
}

/// A value on a thread of its own, or of a [`single`](Dispatcher::single) dispatcher. It need not
/// be `Send`; the handle is, and can be cloned.
///
/// # Examples
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use strait::task::{self, Confined};
/// # task::run_blocking(|_| async {
/// let counter = Confined::new("counter", || Rc::new(Cell::new(40)));
/// let seen = counter.with(|counter| {
///     counter.set(counter.get() + 2);
///     counter.get()
/// });
/// assert_eq!(seen.await, 42);
/// # }).unwrap();
/// ```
pub struct Confined<T> {
    home: Arc<Home>,
    value: PhantomData<fn() -> T>,
}

struct Home {
    number: u64,
    dispatcher: Dispatcher,
}

impl Drop for Home {
    fn drop(&mut self) {
        let number = self.number;
        // A thread that ends takes its table with it.
        let _ = call(&self.dispatcher, move || {
            let value = VALUES.with(|values| values.borrow_mut().remove(&number));
            drop(value);
        });
    }
}

/// Sends a call to the thread; `false` says that the thread takes none.
fn call(dispatcher: &Dispatcher, f: impl FnOnce() + Send + 'static) -> bool {
    let port = dispatcher.port();
    let inside = match port.gate() {
        Some(gate) => match gate.admit() {
            Some(inside) => Some(inside),
            None => return false,
        },
        None => None,
    };
    port.submit(Work::Call(Box::new(Box::new(move || {
        f();
        drop(inside);
    }))));
    true
}

impl<T: 'static> Confined<T> {
    /// Makes a value on a thread of its own.
    pub fn new(name: &str, make: impl FnOnce() -> T + Send + 'static) -> Self {
        Self::on(&Dispatcher::single(name), make)
    }

    /// Makes a value on the thread of a dispatcher.
    ///
    /// # Panics
    /// If the dispatcher is not bound to one thread.
    #[track_caller]
    pub fn on(dispatcher: &Dispatcher, make: impl FnOnce() -> T + Send + 'static) -> Self {
        static NUMBERS: Global<AtomicU64> = Global::new();
        dispatcher.assert_solo();
        // Relaxed: only distinct.
        let number = NUMBERS.get_or_init(|| AtomicU64::new(0)).fetch_add(1, Ordering::Relaxed);
        call(dispatcher, move || {
            let value: Rc<dyn Any> = Rc::new(RefCell::new(make()));
            VALUES.with(|values| values.borrow_mut().insert(number, value));
        });
        let home = Arc::new(Home { number, dispatcher: dispatcher.clone() });
        Self { home, value: PhantomData }
    }

    /// Does something with the value, on its thread, in turn.
    ///
    /// # Panics
    /// With the panic of `f`. If the value could not be made, the thread is closed, or `f` is
    /// called by a `with` of the same value that has not returned.
    ///
    /// # Cancel safety
    /// The call is withdrawn if it has not begun.
    pub async fn with<R, F>(&self, f: F) -> R
    where
        F: FnOnce(&mut T) -> R + Send + 'static,
        R: Send + 'static,
    {
        given(self.send(f).await.ok())
    }

    /// The same for a thread, which is blocked until it is done.
    ///
    /// # Panics
    /// As for [`with`](Self::with).
    pub fn with_blocking<R, F>(&self, f: F) -> R
    where
        F: FnOnce(&mut T) -> R + Send + 'static,
        R: Send + 'static,
    {
        given(self.send(f).recv_blocking().ok())
    }

    fn send<R, F>(&self, f: F) -> OneshotReceiver<Result<R, Payload>>
    where
        F: FnOnce(&mut T) -> R + Send + 'static,
        R: Send + 'static,
    {
        let number = self.home.number;
        let (result, given) = oneshot();
        call(&self.home.dispatcher, move || {
            if result.is_closed() {
                return;
            }
            let value = Lent::<T>::find(number);
            let done = catch_unwind(AssertUnwindSafe(|| value.with(f)));
            // Nobody may want it any more.
            drop(result.send(done));
        });
        given
    }

    /// Runs a future on the thread of the value, which it borrows for moments. Other calls go on
    /// while it waits.
    ///
    /// # Panics
    /// As for [`with`](Self::with).
    ///
    /// # Cancel safety
    /// The future is cancelled; the scope around waits for it.
    pub async fn with_async<R, F, Fut>(&self, f: F) -> R
    where
        F: FnOnce(Lent<T>) -> Fut + Send + 'static,
        Fut: Future<Output = R> + 'static,
        R: Send + 'static,
    {
        let (number, dispatcher) = (self.home.number, self.home.dispatcher.clone());
        let scope = ScopeBuilder::new().open(|s| async move {
            s.spawn_local(&dispatcher, move || f(Lent::find(number))).await
        });
        match scope.await {
            Ok(value) => value,
            Err(failure) => doomed(&failure).await,
        }
    }

    /// Where the value is.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.home.dispatcher
    }
}

fn given<R>(done: Option<Result<R, Payload>>) -> R {
    match done.expect("the thread of a confined value is closed") {
        Ok(value) => value,
        Err(payload) => resume_unwind(payload),
    }
}

impl<T> Clone for Confined<T> {
    fn clone(&self) -> Self {
        Self { home: self.home.clone(), value: PhantomData }
    }
}

impl<T> fmt::Debug for Confined<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confined").field("on", &self.home.dispatcher).finish_non_exhaustive()
    }
}

/// A confined value, on its thread. It cannot be borrowed across an await.
pub struct Lent<T>(Rc<RefCell<T>>);

impl<T: 'static> Lent<T> {
    fn find(number: u64) -> Self {
        let value = VALUES.with(|values| values.borrow().get(&number).cloned());
        let value = value.expect("the confined value could not be made");
        Self(value.downcast().expect("the number is that of a value of this type"))
    }

    /// Does something with the value.
    ///
    /// # Panics
    /// If it is called by a `with` of the same value that has not returned.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.0.try_borrow_mut().expect("a confined value is in use by one call at a time"))
    }
}

impl<T> fmt::Debug for Lent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}
