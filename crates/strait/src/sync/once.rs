//! A value that is made once, by whoever needs it first.
//!
//! # States
//! | the line | the value | |
//! |---|---|---|
//! | one permit | none | nobody makes it |
//! | no permit | written by the one who has the permit, alone | somebody does; others wait in line |
//! | closed | there, for good | all may read |
//!
//! One whose function fails, panics or is dropped gives the permit back: the next in line makes the
//! value. Closing the line publishes it, and lets all who wait go.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::kernel::line::{Closed, Line};
use crate::kernel::prim::constructor;
use crate::kernel::turn::{InLine, Turn};

use super::place::Place;

/// A cell that is filled once, by one of those who ask for its value, while the others wait.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use strait::sync::OnceCell;
/// static CONFIG: OnceCell<String> = OnceCell::new();
/// let read = async || String::from("read once");
/// let (a, b) = tokio::join!(CONFIG.get_or_init(read), CONFIG.get_or_init(read));
/// assert!(std::ptr::eq(a, b));
/// assert_eq!(CONFIG.get().unwrap(), "read once");
/// # });
/// ```
pub struct OnceCell<T> {
    line: Line,
    /// Those who have the cell share the value.
    shared: PhantomData<T>,
    place: Place<Option<T>>,
}

impl<T> InLine for &OnceCell<T> {
    const ONLY: bool = true;

    fn line(&self) -> &Line {
        &self.line
    }
}

/// The right to make the value, which goes to the next when it is dropped.
struct Maker<'a, T>(&'a OnceCell<T>);

impl<'a, T> Maker<'a, T> {
    fn fill(self, value: T) -> &'a T {
        // The permit is not given back: there is nothing left to make.
        let cell = ManuallyDrop::new(self).0;
        // SAFETY: we have the only permit of the line, and nobody reads before it is closed.
        *unsafe { cell.place.alone() } = Some(value);
        cell.line.close();
        cell.value()
    }
}

impl<T> Drop for Maker<'_, T> {
    fn drop(&mut self) {
        self.0.line.give_only();
    }
}

impl<T> OnceCell<T> {
    constructor! {
        /// An empty cell.
        pub fn new() -> Self {
            Self { line: Line::new(1), shared: PhantomData, place: Place::new(None) }
        }
    }

    /// The value, if there is one.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.line.is_closed().then(|| self.value())
    }

    #[inline]
    fn value(&self) -> &T {
        // SAFETY: the line is closed (the callers have seen to that), so nobody writes any more.
        let value = unsafe { self.place.shared() };
        value.as_ref().expect("it is filled before the line is closed")
    }

    /// Whether there is a value.
    pub fn is_filled(&self) -> bool {
        self.line.is_closed()
    }

    /// The value, without asking: the borrow says that nobody else has access.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.place.get_mut().as_mut()
    }

    /// The value, if there is one.
    pub fn into_inner(self) -> Option<T> {
        self.place.into_inner()
    }

    /// Takes the value out; the cell is empty then.
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// Fills the cell.
    ///
    /// # Errors
    /// The value, if the cell is filled, or somebody is about to do so.
    pub fn set(&self, value: T) -> Result<(), T> {
        if self.line.try_only() {
            Maker(self).fill(value);
            Ok(())
        } else {
            Err(value)
        }
    }

    /// The value, which is made by `make` if nobody else has made it or does so.
    ///
    /// Whoever comes while it is being made waits in line.
    ///
    /// # Cancel safety
    /// Dropping the future drops what it has begun to make; the next in line makes the value
    /// instead, with its own function.
    ///
    /// # Panics
    /// If the future is polled after it was ready. A panic in `make` goes through, and the next in
    /// line makes the value.
    pub fn get_or_init<F, Fut>(&self, make: F) -> GetOrInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        GetOrInit { making: Making::new(self, make) }
    }

    /// [`get_or_init`](Self::get_or_init), by a function that may fail: then the next in line makes
    /// the value.
    ///
    /// # Errors
    /// That of the function, if it was called and has failed.
    pub fn get_or_try_init<F, Fut, E>(&self, make: F) -> GetOrTryInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        GetOrTryInit { making: Making::new(self, make) }
    }

    /// [`get_or_init`](Self::get_or_init), blocking the thread. Not for use inside an async task.
    pub fn get_or_init_blocking(&self, make: impl FnOnce() -> T) -> &T {
        let made = self.get_or_try_init_blocking(|| Ok::<T, Infallible>(make()));
        made.unwrap_or_else(|never| match never {})
    }

    /// [`get_or_try_init`](Self::get_or_try_init), blocking the thread.
    ///
    /// # Errors
    /// That of the function, if it was called and has failed.
    pub fn get_or_try_init_blocking<E>(
        &self,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        match pin!(Turn::new(self, 1)).block(None).expect("there is no limit of time") {
            Ok(cell) => {
                let maker = Maker(cell);
                Ok(maker.fill(make()?))
            }
            Err(Closed) => Ok(self.value()),
        }
    }
}

pin_project! {
    /// Waiting for the value, or making it.
    struct Making<'a, T, F, Fut> {
        cell: &'a OnceCell<T>,
        #[pin]
        turn: Turn<&'a OnceCell<T>>,
        make: Option<F>,
        // Goes before the right to make it.
        #[pin]
        future: Option<Fut>,
        maker: Option<Maker<'a, T>>,
    }
}

impl<'a, T, F, Fut> Making<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future,
{
    fn new(cell: &'a OnceCell<T>, make: F) -> Self {
        Self { cell, turn: Turn::new(cell, 1), make: Some(make), future: None, maker: None }
    }

    #[track_caller]
    fn poll<E>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        result: impl FnOnce(Fut::Output) -> Result<T, E>,
    ) -> Poll<Result<&'a T, E>> {
        let mut this = self.project();
        if this.maker.is_none() {
            if let Some(value) = this.cell.get() {
                return Poll::Ready(Ok(value));
            }
            match ready!(this.turn.poll(context)) {
                Ok(cell) => *this.maker = Some(Maker(cell)),
                Err(Closed) => return Poll::Ready(Ok(this.cell.value())),
            }
            let make = this.make.take().expect("a future is not polled after it was ready");
            this.future.set(Some(make()));
        }
        let future = this.future.as_mut().as_pin_mut();
        let made = ready!(future.expect("made with the right to it").poll(context));
        this.future.set(None);
        let maker = this.maker.take().expect("it was there");
        Poll::Ready(result(made).map(|value| maker.fill(value)))
    }
}

pin_project! {
    /// The future of [`OnceCell::get_or_init`].
    #[must_use = "futures do nothing unless polled"]
    pub struct GetOrInit<'a, T, F, Fut> {
        #[pin]
        making: Making<'a, T, F, Fut>,
    }
}

pin_project! {
    /// The future of [`OnceCell::get_or_try_init`].
    #[must_use = "futures do nothing unless polled"]
    pub struct GetOrTryInit<'a, T, F, Fut> {
        #[pin]
        making: Making<'a, T, F, Fut>,
    }
}

impl<'a, T, F, Fut> Future for GetOrInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    type Output = &'a T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'a T> {
        let made = self.project().making.poll(context, Ok::<T, Infallible>);
        made.map(|made| made.unwrap_or_else(|never| match never {}))
    }
}

impl<'a, T, F, Fut, E> Future for GetOrTryInit<'a, T, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<&'a T, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().making.poll(context, |made| made)
    }
}

impl<T, F, Fut> fmt::Debug for GetOrInit<'_, T, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetOrInit").finish_non_exhaustive()
    }
}

impl<T, F, Fut> fmt::Debug for GetOrTryInit<'_, T, F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetOrTryInit").finish_non_exhaustive()
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        let cell = Self::new();
        let _ = cell.set(value);
        cell
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("OnceCell");
        match self.get() {
            Some(value) => shown.field(value),
            None => shown.field(&format_args!("<empty>")),
        };
        shown.finish()
    }
}
