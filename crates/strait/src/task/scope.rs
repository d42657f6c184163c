//! The handle of a scope, by which children are started.

#![forbid(unsafe_code)]

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::deferred::{Deferred, Job};
use super::dispatcher::Dispatcher;
use super::ending::Ending;
use super::error::{BoxError, Cause};
use super::far;
use super::gate::Housed;
use super::job::{self, Launched, Spawned, Started, Tried, Yield};
use super::members::Key;
use super::place;
use super::port::Port;
use super::settings::Tree;
use super::tree::Refused;

/// A scope that is open: the owner of its children.
///
/// It is handed to the body by [`scope`](super::scope()) and its kin. Children are started by it
/// alone: a function that may leave work behind takes a `&Scope`.
#[derive(Clone)]
pub struct Scope {
    pub(super) node: Arc<Tree>,
}

impl Scope {
    /// Starts a child whose result somebody wants. An `Err` is a value like any other; only a
    /// panic fails the scope.
    ///
    /// If the scope is cancelled or has ended, the future is dropped, and there is no result.
    /// Complexity: one allocation, and the lock of the scope.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Deferred<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.deferred::<F, Spawned, F::Output>(self.dispatcher(), future)
    }

    /// The same on another dispatcher.
    #[track_caller]
    pub fn spawn_on<F>(&self, dispatcher: &Dispatcher, future: F) -> Deferred<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.deferred::<F, Spawned, F::Output>(dispatcher, future)
    }

    /// Starts a child whose error is a failure of the scope, so that awaiting it gives the value
    /// without another `?`.
    #[track_caller]
    pub fn try_spawn<F, T, E>(&self, future: F) -> Deferred<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<BoxError> + 'static,
    {
        self.deferred::<F, Tried, T>(self.dispatcher(), future)
    }

    /// Starts a child that gives nothing, or an error that is a failure of the scope. Nothing is
    /// kept of it when it has ended.
    ///
    /// If the scope is cancelled or has ended, the future is dropped.
    /// Complexity: one allocation, and the lock of the scope.
    #[track_caller]
    pub fn launch<F>(&self, future: F) -> Launch<'_>
    where
        F: Future + Send + 'static,
        F::Output: Ending,
    {
        self.start_launch(self.dispatcher(), false, future)
    }

    /// The same on another dispatcher.
    #[track_caller]
    pub fn launch_on<F>(&self, dispatcher: &Dispatcher, future: F) -> Launch<'_>
    where
        F: Future + Send + 'static,
        F::Output: Ending,
    {
        self.start_launch(dispatcher, false, future)
    }

    /// Starts a child whose future need not be `Send`: it is made, run and dropped on the thread
    /// of the dispatcher.
    ///
    /// # Panics
    /// If the dispatcher is not bound to one thread: neither [`single`](Dispatcher::single) nor
    /// [`main`](Dispatcher::main).
    #[track_caller]
    pub fn spawn_local<F, Fut>(&self, dispatcher: &Dispatcher, make: F) -> Deferred<Fut::Output>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future + 'static,
        Fut::Output: Send + 'static,
    {
        let place = place::number(Location::caller());
        dispatcher.assert_solo();
        match far::start::<F, Fut, Spawned>(&self.node, dispatcher.port(), place, make) {
            Ok((slot, key)) => Deferred::far(slot, self.job(key)),
            Err(Refused(cause)) => Deferred::refused(cause, self.node.clone()),
        }
    }

    /// Runs a closure that blocks, on a thread of its own. It can be cancelled only before it has
    /// begun; to stop earlier it asks [`check`](super::check).
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, f: F) -> Deferred<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let dispatcher = Dispatcher::blocking();
        self.deferred::<_, Spawned, T>(&dispatcher, async move { f() })
    }

    /// Runs a future that cancellation does not touch, and for which the scope waits: what must be
    /// done once it has begun, also if the caller is dropped.
    ///
    /// It is started also in a scope that is cancelled. If the scope has ended, there is no
    /// result.
    #[track_caller]
    pub fn finish<F>(&self, future: F) -> Deferred<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let place = place::number(Location::caller());
        match start::<F, Spawned>(&self.node, self.dispatcher().port(), place, true, future) {
            Ok((task, key)) => Deferred::new(task, self.job(key)),
            Err(Refused(cause)) => Deferred::refused(cause, self.node.clone()),
        }
    }

    /// Cancels the scope: its children and its body are dropped at their next await. `false` says
    /// that it was cancelled before, or has ended.
    pub fn cancel(&self, why: &'static str) -> bool {
        self.node.cancel(Cause::Requested(why))
    }

    /// Cancels all children that there are, and leaves the scope open.
    pub fn cancel_children(&self, why: &'static str) {
        self.node.cancel_children(Cause::Requested(why));
    }

    /// Whether the scope is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cause().is_some()
    }

    /// Why it is cancelled.
    pub fn cause(&self) -> Option<Cause> {
        self.node.cause()
    }

    /// The number of children and inner scopes that have not ended.
    pub fn live(&self) -> usize {
        self.node.live()
    }

    /// When the time of the scope is up.
    pub fn deadline(&self) -> Option<Instant> {
        self.node.settings.deadline
    }

    /// Where its children run.
    pub fn dispatcher(&self) -> &Dispatcher {
        self.node.settings.dispatcher.as_ref().expect("only the root has none")
    }

    #[track_caller]
    fn deferred<F, Y, T>(&self, dispatcher: &Dispatcher, future: F) -> Deferred<T>
    where
        F: Future + Send + 'static,
        Y: Yield<F::Output, Out = Result<T, super::error::Failed>> + 'static,
        T: Send + 'static,
    {
        let place = place::number(Location::caller());
        match start::<F, Y>(&self.node, dispatcher.port(), place, false, future) {
            Ok((task, key)) => Deferred::new(task, self.job(key)),
            Err(Refused(cause)) => Deferred::refused(cause, self.node.clone()),
        }
    }

    #[track_caller]
    fn start_launch<F>(&self, dispatcher: &Dispatcher, immune: bool, future: F) -> Launch<'_>
    where
        F: Future + Send + 'static,
        F::Output: Ending,
    {
        let place = place::number(Location::caller());
        let key = match start::<F, Launched>(&self.node, dispatcher.port(), place, immune, future) {
            Ok((task, key)) => {
                task.detach();
                Some(key)
            }
            Err(Refused(_)) => None,
        };
        Launch { scope: self, key }
    }

    fn job(&self, key: Key) -> Job {
        Job { node: self.node.clone(), key: Some(key) }
    }
}

/// Starts a job; one on a dispatcher that can be closed is counted there.
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
    match port.gate() {
        None => job::start::<F, Y>(node, port, place, immune, future),
        Some(gate) => {
            let housed = Housed::new(gate.clone(), future).ok_or(Refused(Cause::Closed))?;
            job::start::<Housed<F>, Y>(node, port, place, immune, housed)
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("live", &self.live()).finish_non_exhaustive()
    }
}

/// A child that was just launched.
#[derive(Debug)]
pub struct Launch<'a> {
    scope: &'a Scope,
    key: Option<Key>,
}

impl Launch<'_> {
    /// Names the child, for [`dump`](super::dump()) and for failures.
    pub fn name(self, name: impl Into<Box<str>>) -> Self {
        if let Some(key) = self.key {
            self.scope.node.name(key, name.into());
        }
        self
    }

    /// A handle to keep.
    pub fn job(self) -> Job {
        Job { node: self.scope.node.clone(), key: self.key }
    }

    /// Cancels the child; see [`Job::cancel`].
    pub fn cancel(self, why: &'static str) -> bool {
        self.job().cancel(why)
    }
}
