//! The future of a scope: its body, and then the wait for all that is left.
//!
//! # States
//! ```text
//!  FRESH --poll--> BODY --ready, panic, or cancelled--> DRAINING --nobody left--> DONE
//!                    +---------dropped: the scope above takes over------------> (abandoned)
//! ```
//! In BODY each poll first leaves its waker with the scope, then looks whether the scope is
//! cancelled: a cancellation that comes between the two wakes the waker. The body is a frame of
//! its own, polled in place; it is dropped as soon as it is found cancelled.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::error::{BoxError, Cause, Failure};
use super::frame::{self, Frame, within};
use super::members::Key;
use super::policy::Policy;
use super::runtime::{self, Timer};
use super::scope::Scope;
use super::settings::{Settings, Tree, failed, root};
use super::tree::{End, Ended, Fate, Payload};

/// The place of a body, which was not spawned anywhere.
const BODY: u32 = u32::MAX;

/// What the end of a body means.
pub(super) trait Mode<O> {
    type Value;

    fn value(output: O) -> Result<Self::Value, BoxError>;
}

/// Whatever it gives is the value.
#[derive(Debug)]
pub(super) struct Plain;

impl<T> Mode<T> for Plain {
    type Value = T;

    fn value(output: T) -> Result<T, BoxError> {
        Ok(output)
    }
}

/// An error fails the scope.
#[derive(Debug)]
pub(super) struct Trying;

impl<T, E: Into<BoxError>> Mode<Result<T, E>> for Trying {
    type Value = T;

    fn value(output: Result<T, E>) -> Result<T, BoxError> {
        output.map_err(Into::into)
    }
}

/// What a scope is opened with.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) policy: Policy,
    pub(super) grace: Duration,
    pub(super) settings: Settings,
}

pin_project! {
    #[project = StageProjection]
    enum Stage<F, B> {
        Fresh { opening: Option<(Opening, F)> },
        Body { #[pin] body: Option<B> },
        Draining,
        Done,
    }
}

pin_project! {
    /// The future of a scope; see [`scope`](super::scope()).
    #[must_use = "a scope does nothing unless awaited"]
    pub(super) struct Scoped<F, B: Future, M: Mode<B::Output>> {
        #[pin]
        stage: Stage<F, B>,
        frame: Option<Frame>,
        value: Option<M::Value>,
        timer: Option<Timer>,
        // How long frames are polled after cancellation; `None` once that has begun.
        grace: Option<Duration>,
    }

    impl<F, B: Future, M: Mode<B::Output>> PinnedDrop for Scoped<F, B, M> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(node) = this.frame.as_ref().map(|frame| frame.node.clone()) else { return };
            // First, so that what the body leaves behind finds its scope cancelled.
            node.cancel(frame::drop_cause());
            if let Some(payload) = clear(this.stage.as_mut(), this.frame) {
                // The scope above hears of it.
                node.finish(End::Panic(payload), BODY);
            }
            node.abandon(frame::drop_cause());
            begin_grace(&node, this.grace);
        }
    }
}

/// Drops the body as a part of its frame; gives the panic of its destructor.
fn clear<F, B>(stage: Pin<&mut Stage<F, B>>, frame: &mut Option<Frame>) -> Option<Payload> {
    match stage.project() {
        StageProjection::Body { mut body } => {
            within(frame, || catch_unwind(AssertUnwindSafe(|| body.set(None))).err())
        }
        _ => None,
    }
}

/// The scope is cancelled: its frames are dropped when its grace is over.
fn begin_grace(node: &Arc<Tree>, grace: &mut Option<Duration>) {
    if let Some(grace) = grace.take()
        && !grace.is_zero()
        && node.live() > 0
    {
        let node = node.clone();
        runtime::later(grace, move || node.end_grace());
    }
}

impl<F, B: Future, M: Mode<B::Output>> Scoped<F, B, M>
where
    F: FnOnce(Scope) -> B,
{
    pub(super) fn new(opening: Opening, f: F) -> Self {
        let stage = Stage::Fresh { opening: Some((opening, f)) };
        Self { stage, frame: None, value: None, timer: None, grace: None }
    }

    /// The scope, once it was opened.
    pub(super) fn node(&self) -> Option<&Arc<Tree>> {
        self.frame.as_ref().map(|frame| &frame.node)
    }

    /// Opens the scope in the frame that runs now, and makes its body.
    fn open(self: Pin<&mut Self>, opening: Opening, f: F) {
        let mut this = self.project();
        let Opening { policy, grace, mut settings } = opening;
        let above = frame::current();
        let own = settings.deadline;
        settings.inherit(above.as_ref());
        let node = match &above {
            Some(above) => above.node.open(above.key, policy, !grace.is_zero(), settings),
            None => root().open(Key::BODY, policy, !grace.is_zero(), settings),
        };
        *this.timer = own.map(Timer::at);
        *this.grace = Some(grace);
        *this.frame = Some(Frame { node: node.clone(), key: Key::BODY });
        if let Fate::Drop(_) = node.fate(Key::BODY) {
            drop(f);
            node.finish(End::Cancelled, BODY);
            return this.stage.set(Stage::Draining);
        }
        let scope = Scope { node: node.clone() };
        match within(this.frame, || catch_unwind(AssertUnwindSafe(|| f(scope)))) {
            Ok(body) => this.stage.set(Stage::Body { body: Some(body) }),
            Err(payload) => {
                node.finish(End::Panic(payload), BODY);
                this.stage.set(Stage::Draining);
            }
        }
    }

    /// One poll of the body. `Ready`: it has ended, and is gone.
    fn body(self: Pin<&mut Self>, node: &Arc<Tree>, context: &mut Context<'_>) -> Poll<End> {
        let mut this = self.project();
        if node.fate(Key::BODY) != Fate::Go {
            let panic = clear(this.stage.as_mut(), this.frame);
            return Poll::Ready(panic.map_or(End::Cancelled, End::Panic));
        }
        let StageProjection::Body { mut body } = this.stage.as_mut().project() else {
            unreachable!("called in this stage");
        };
        let polled = within(this.frame, || {
            catch_unwind(AssertUnwindSafe(|| {
                let future = body.as_mut().as_pin_mut().expect("polled to its end");
                let output = std::task::ready!(future.poll(context));
                body.set(None);
                Poll::Ready(M::value(output))
            }))
        });
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(Ok(value))) => {
                *this.value = Some(value);
                Poll::Ready(End::Done)
            }
            Ok(Poll::Ready(Err(error))) => Poll::Ready(End::Error(error)),
            Err(payload) => {
                // A destructor that panics as well has been heard of by the hook.
                drop(clear(this.stage.as_mut(), this.frame));
                Poll::Ready(End::Panic(payload))
            }
        }
    }
}

impl<F, B: Future, M: Mode<B::Output>> Future for Scoped<F, B, M>
where
    F: FnOnce(Scope) -> B,
{
    type Output = Result<M::Value, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let StageProjection::Fresh { opening } = self.as_mut().project().stage.project() {
            let (opening, f) = opening.take().expect("opened once");
            self.as_mut().open(opening, f);
        }
        let node = self.frame.as_ref().expect("a scope that has ended is not polled").node.clone();
        if let Some(timer) = self.as_mut().project().timer
            && timer.poll(context).is_ready()
        {
            *self.as_mut().project().timer = None;
            node.cancel(Cause::Deadline);
        }
        while let StageProjection::Body { .. } = self.as_mut().project().stage.project() {
            node.own(context.waker());
            match self.as_mut().body(&node, context) {
                Poll::Ready(end) => {
                    node.finish(end, BODY);
                    self.as_mut().project().stage.set(Stage::Draining);
                }
                Poll::Pending if node.fate(Key::BODY) != Fate::Go => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        if !node.is_quiet() && node.cause().is_some() {
            begin_grace(&node, self.as_mut().project().grace);
        }
        let Some(ended) = node.ended(context.waker()) else { return Poll::Pending };
        let mut this = self.project();
        this.stage.set(Stage::Done);
        *this.frame = None;
        Poll::Ready(conclude(&node, ended, this.value.take()))
    }
}

/// What a scope that has ended gives. A panic goes on here.
fn conclude<T>(node: &Tree, ended: Ended, value: Option<T>) -> Result<T, Failure> {
    let Ended { cause, mut faults, tally } = ended;
    let policy = node.policy();
    let goes_on = |fault: &super::tree::Fault| {
        let from_child = fault.place != BODY;
        matches!(fault.end, End::Panic(_)) && (policy.resumes() || !from_child)
    };
    if !node.settings.catch_panics
        && let Some(at) = faults.iter().position(goes_on)
        && let End::Panic(payload) = faults.swap_remove(at).end
    {
        drop((faults, value));
        resume_unwind(payload);
    }
    let has_failed = policy.has_failed(tally.succeeded, faults.len());
    match value {
        Some(value) if !has_failed => Ok(value),
        _ => {
            let faults = faults.into_iter().filter_map(failed).collect();
            let cause = cause.unwrap_or(Cause::SiblingFailed);
            Err(Failure::new(faults, cause, tally.cancelled))
        }
    }
}
