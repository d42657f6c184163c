//! The futures of a state cell.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::kernel::wait::Tries;
use crate::kernel::waiter::Waiter;

use super::super::error::RecvError;
use super::core::Core;
use super::view::{Found, Sight, View};

const DONE: &str = "it is not polled after it was ready";

pin_project! {
    /// A wait for a change.
    #[derive(Debug)]
    pub(super) struct WaitState {
        tries: Tries,
        #[pin]
        waiter: Waiter,
    }
}

impl WaitState {
    pub(super) fn new() -> Self {
        Self { tries: Tries::Fresh, waiter: Waiter::new() }
    }

    pub(super) fn poll<T>(
        self: Pin<&mut Self>,
        view: &mut View<T>,
        context: &mut Context<'_>,
        f: impl FnMut(&mut Sight<T>, &Core<T>) -> Found,
    ) -> Poll<Result<(), RecvError>> {
        let this = self.project();
        view.poll(this.waiter.as_ref(), this.tries, context, f)
    }

    pub(super) fn leave<T>(self: Pin<&mut Self>, view: &View<T>) {
        let this = self.project();
        view.core().crowd.leave(this.waiter.as_ref());
        *this.tries = Tries::Fresh;
    }
}

#[inline]
fn poll<'a, T>(
    view: &mut Option<&'a mut View<T>>,
    mut state: Pin<&mut Option<WaitState>>,
    context: &mut Context<'_>,
    mut f: impl FnMut(&mut Sight<T>, &Core<T>) -> Found,
) -> Poll<Result<&'a T, RecvError>> {
    let place = view.as_mut().expect(DONE);
    let mut found = None;
    if state.is_none() {
        found = place.look(&mut f);
        if found.is_none() {
            state.set(Some(WaitState::new()));
        }
    }
    if let Some(state) = state.as_pin_mut() {
        match state.poll(place, context, f) {
            Poll::Ready(ended) => found = Some(ended),
            Poll::Pending => return Poll::Pending,
        }
    }
    // It has left the list.
    let view: &'a View<T> = view.take().expect(DONE);
    Poll::Ready(found.expect("found, or waited for").map(|()| view.value()))
}

fn leave<T>(view: &Option<&mut View<T>>, state: Pin<&mut Option<WaitState>>) {
    if let Some(view) = view
        && let Some(state) = state.as_pin_mut()
    {
        state.leave(view);
    }
}

pin_project! {
    /// The future of [`LatestReceiver::changed`](super::super::LatestReceiver::changed).
    #[must_use = "futures do nothing unless polled"]
    pub struct LatestChanged<'a, T> {
        // There until it is ready.
        view: Option<&'a mut View<T>>,
        #[pin]
        state: Option<WaitState>,
    }

    impl<T> PinnedDrop for LatestChanged<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave(this.view, this.state);
        }
    }
}

impl<'a, T> LatestChanged<'a, T> {
    pub(super) fn new(view: &'a mut View<T>) -> Self {
        Self { view: Some(view), state: None }
    }

    /// Takes it apart before the first poll.
    pub(super) fn into_view(mut self) -> Option<&'a mut View<T>> {
        self.view.take()
    }
}

impl<'a, T> Future for LatestChanged<'a, T> {
    type Output = Result<&'a T, RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll(this.view, this.state, context, Sight::find_news)
    }
}

pin_project! {
    /// The future of [`LatestReceiver::wait_for`](super::super::LatestReceiver::wait_for).
    #[must_use = "futures do nothing unless polled"]
    pub struct LatestWaitFor<'a, T, F> {
        // There until it is ready.
        view: Option<&'a mut View<T>>,
        // As long as the view.
        accepts: Option<F>,
        #[pin]
        state: Option<WaitState>,
    }

    impl<T, F> PinnedDrop for LatestWaitFor<'_, T, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            leave(this.view, this.state);
        }
    }
}

impl<'a, T, F> LatestWaitFor<'a, T, F> {
    pub(super) fn new(view: &'a mut View<T>, accepts: F) -> Self {
        view.forget_refused();
        Self { view: Some(view), accepts: Some(accepts), state: None }
    }

    /// Takes it apart before the first poll.
    pub(super) fn into_parts(mut self) -> (Option<&'a mut View<T>>, Option<F>) {
        (self.view.take(), self.accepts.take())
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Future for LatestWaitFor<'a, T, F> {
    type Output = Result<&'a T, RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let accepts = this.accepts.as_mut().expect(DONE);
        poll(this.view, this.state, context, |sight, core| sight.find(core, accepts))
    }
}

impl<T> fmt::Debug for LatestChanged<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestChanged").finish_non_exhaustive()
    }
}

impl<T, F> fmt::Debug for LatestWaitFor<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestWaitFor").finish_non_exhaustive()
    }
}
