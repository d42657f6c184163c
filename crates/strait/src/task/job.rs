//! The cell of a job: the user's future, with what makes it a child.
//!
//! # Promise
//! The child leaves its scope once, after its future, and a result that nobody wants, have been
//! dropped. A panic does not get past the cell.
//!
//! # States
//! ```text
//!  LIVE (frame, future) --poll: ready, panic, or fate--> LEAVING (on the thread) --> gone
//!    +------dropped by a queue that is closed--------------------------------------> gone
//! ```
//! The cell itself, with its state, reference count and waker, is that of async-task. It stores
//! the result, or drops it if nobody holds the handle, *after* the poll. So the cell does not
//! leave its scope in the poll: it puts its frame into `LEAVING`, from where [`leave`], which
//! whoever runs the job calls next, takes it. A failure however is told to the scope in the poll,
//! so that who awaits the result finds its scope cancelled before there is none.

#![forbid(unsafe_code)]

use std::cell::Cell as StdCell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_task::{Builder, Task};
use pin_project_lite::pin_project;

use super::ending::Ending;
use super::error::{BoxError, Cause, Failed, Reason};
use super::frame::{Frame, within};
use super::members::Key;
use super::port::{Meta, Port, Work, schedule};
use super::settings::{Tree, message, report};
use super::tree::{End, Fate, Payload, Refused};

/// How the result of a future becomes that of a job.
pub(super) trait Yield<O> {
    /// What is stored for the holder of the handle.
    type Out: Send + 'static;

    fn done(output: O) -> Result<Self::Out, BoxError>;

    fn failed(reason: impl FnOnce() -> Reason) -> Self::Out;
}

/// Nothing is stored; an error fails the scope.
#[derive(Debug)]
pub(super) struct Launched;

impl<O: Ending> Yield<O> for Launched {
    type Out = ();

    fn done(output: O) -> Result<(), BoxError> {
        output.error().map_or(Ok(()), Err)
    }

    fn failed(_: impl FnOnce() -> Reason) {}
}

/// The value is stored, whatever it is.
#[derive(Debug)]
pub(super) struct Spawned;

impl<T: Send + 'static> Yield<T> for Spawned {
    type Out = Result<T, Failed>;

    fn done(output: T) -> Result<Self::Out, BoxError> {
        Ok(Ok(output))
    }

    fn failed(reason: impl FnOnce() -> Reason) -> Self::Out {
        Err(Failed::new(reason()))
    }
}

/// The value is stored; an error fails the scope.
#[derive(Debug)]
pub(super) struct Tried;

impl<T: Send + 'static, E: Into<BoxError>> Yield<Result<T, E>> for Tried {
    type Out = Result<T, Failed>;

    fn done(output: Result<T, E>) -> Result<Self::Out, BoxError> {
        output.map(Ok).map_err(Into::into)
    }

    fn failed(reason: impl FnOnce() -> Reason) -> Self::Out {
        Err(Failed::new(reason()))
    }
}

pin_project! {
    struct Cell<F: Future, Y: Yield<F::Output>> {
        // `None` once the child is leaving.
        frame: Option<Frame>,
        #[pin]
        future: Option<F>,
        how: PhantomData<fn() -> Y>,
    }

    impl<F: Future, Y: Yield<F::Output>> PinnedDrop for Cell<F, Y> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.frame.is_some() {
                let end = match clear(this.frame, this.future.as_mut()) {
                    None => End::Cancelled,
                    Some(payload) => End::Panic(payload),
                };
                if let Some(frame) = this.frame.take() {
                    Leaving { frame, end }.go();
                }
            }
        }
    }
}

/// A child that has ended, but is in its scope still.
struct Leaving {
    frame: Frame,
    end: End,
}

thread_local! {
    static LEAVING: StdCell<Option<Leaving>> = const { StdCell::new(None) };
}

/// To be called after a job was run: lets it leave its scope, if that was its end.
#[inline]
pub(super) fn leave() {
    if let Some(leaving) = LEAVING.try_with(StdCell::take).ok().flatten() {
        leaving.go();
    }
}

impl Leaving {
    fn go(self) {
        if let Some(fault) = self.frame.node.exit(self.frame.key, self.end) {
            report(&self.frame.node, fault);
        }
    }
}

/// Drops the future as a part of its frame; gives the panic of its destructor.
fn clear<F>(frame: &mut Option<Frame>, mut future: Pin<&mut Option<F>>) -> Option<Payload> {
    within(frame, || catch_unwind(AssertUnwindSafe(|| future.set(None))).err())
}

impl<F: Future, Y: Yield<F::Output>> Cell<F, Y> {
    fn end(self: Pin<&mut Self>, end: End) {
        let frame = self.project().frame.take();
        if let Some(frame) = frame {
            let _ = LEAVING.try_with(|leaving| leaving.set(Some(Leaving { frame, end })));
        }
    }

    /// It ends with a failure, which the scope hears of first.
    fn fail(self: Pin<&mut Self>, end: End) {
        if let Some(frame) = &self.frame
            && let Some(fault) = frame.node.fail(frame.key, end)
        {
            report(&frame.node, fault);
        }
        self.end(End::Noted);
    }

    fn cancel(mut self: Pin<&mut Self>, cause: Cause) -> Poll<Y::Out> {
        let this = self.as_mut().project();
        match clear(this.frame, this.future) {
            None => self.end(End::Cancelled),
            Some(payload) => self.fail(End::Panic(payload)),
        }
        Poll::Ready(Y::failed(|| Reason::Cancelled(cause)))
    }

    fn panicked(self: Pin<&mut Self>, payload: Payload) -> Poll<Y::Out> {
        let out = Y::failed(|| Reason::Panicked(message(&*payload)));
        self.fail(End::Panic(payload));
        Poll::Ready(out)
    }

    fn fate(&self) -> Fate {
        match &self.frame {
            Some(frame) if !frame.node.is_quiet() => frame.fate(),
            _ => Fate::Go,
        }
    }
}

impl<F: Future, Y: Yield<F::Output>> Future for Cell<F, Y> {
    type Output = Y::Out;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Y::Out> {
        if let Fate::Drop(cause) = self.fate() {
            return self.cancel(cause);
        }
        let mut this = self.as_mut().project();
        let polled = within(this.frame, || {
            catch_unwind(AssertUnwindSafe(|| {
                let future = this.future.as_mut().as_pin_mut().expect("a job is polled to its end");
                let output = std::task::ready!(future.poll(context));
                this.future.set(None);
                Poll::Ready(Y::done(output))
            }))
        });
        match polled {
            Ok(Poll::Pending) => match self.fate() {
                Fate::Go => Poll::Pending,
                Fate::Drop(cause) => self.cancel(cause),
            },
            Ok(Poll::Ready(Ok(out))) => {
                self.end(End::Done);
                Poll::Ready(out)
            }
            Ok(Poll::Ready(Err(error))) => {
                let out = Y::failed(|| Reason::Error(error.to_string().into()));
                self.fail(End::Error(error));
                Poll::Ready(out)
            }
            Err(payload) => {
                let this = self.as_mut().project();
                // A destructor that panics as well has been heard of by the hook.
                drop(clear(this.frame, this.future));
                self.panicked(payload)
            }
        }
    }
}

/// A child that was started: its handle, and its name in the scope.
pub(super) type Started<Out> = (Task<Out, Meta>, Key);

/// Starts a child of a scope. It is refused, and its future dropped, if the scope is cancelled.
pub(super) fn start<F, Y>(
    node: &Arc<Tree>,
    port: &Port,
    place: u32,
    immune: bool,
    future: F,
) -> Result<Started<Y::Out>, Refused>
where
    F: Future + Send + 'static,
    Y: Yield<F::Output> + 'static,
{
    let (runnable, task, key) = node.enter(place, immune, |key| {
        let frame = Some(Frame { node: node.clone(), key });
        let cell = Cell::<F, Y> { frame, future: Some(future), how: PhantomData };
        let meta = Meta { port: port.clone() };
        let (runnable, task) = Builder::new().metadata(meta).spawn(|_| cell, schedule);
        (runnable.waker(), (runnable, task, key))
    })?;
    port.submit(Work::Job(runnable));
    Ok((task, key))
}

/// Gives a child that was taken in before its cell, on the thread where it stays, and runs it for
/// the first time. Its future need not be `Send`; the result goes to `deliver`.
pub(super) fn start_here<F, Y>(
    frame: Frame,
    port: Port,
    future: F,
    deliver: impl FnOnce(Y::Out) + 'static,
) where
    F: Future + 'static,
    Y: Yield<F::Output> + 'static,
{
    let (node, key) = (frame.node.clone(), frame.key);
    let cell = Cell::<F, Y> { frame: Some(frame), future: Some(future), how: PhantomData };
    let whole = async move { deliver(cell.await) };
    let (runnable, task) = Builder::new().metadata(Meta { port }).spawn_local(|_| whole, schedule);
    task.detach();
    node.started(key, runnable.waker());
    Work::Job(runnable).run();
}
