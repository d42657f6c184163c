//! Opening a scope: the functions, and the builder.

#![forbid(unsafe_code)]

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dispatcher::Dispatcher;
use super::error::{BoxError, Failed, Failure};
use super::place;
use super::policy::Policy;
use super::runtime;
use super::scope::Scope;
use super::scoped::{Opening, Plain, Scoped, Trying};
use super::settings::Settings;

/// Opens a scope, and waits until all that was started in it has ended and its destructors have
/// run.
///
/// The body gets the scope to start children with. The first child that fails, or a panic of the
/// body, cancels all others and the body at once. Children inherit the dispatcher of the scope,
/// which inherits that of the scope around it, and in the end [`Dispatcher::default`].
///
/// If the future is dropped, the scope is cancelled, and the scope around it waits for what is
/// left.
///
/// # Errors
/// All failures, the first one first, or the cause of cancellation if the body has not given its
/// value before.
///
/// # Panics
/// With the panic of a child or of the body, after all have ended.
///
/// # Cancel safety
/// See above; values of the body and of children are dropped.
///
/// # Examples
/// ```
/// use strait::task;
/// # task::run_blocking(|_| async {
/// let (a, b) = task::scope(|s| async move {
///     let a = s.spawn(async { 1 });
///     let b = s.spawn(async { "two" });
///     (a.await, b.await)
/// })
/// .await
/// .unwrap();
/// assert_eq!((a, b), (1, "two"));
///
/// let failure = task::scope(|s| async move {
///     s.launch(async { Err("no such file") });
///     std::future::pending::<()>().await
/// })
/// .await
/// .unwrap_err();
/// assert!(failure.to_string().ends_with("failed: no such file"));
/// # }).unwrap();
/// ```
#[track_caller]
#[must_use = "a scope does nothing unless awaited"]
pub fn scope<F, Fut, T>(f: F) -> impl Future<Output = Result<T, Failure>>
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    ScopeBuilder::new().open(f)
}

/// The same for a body that gives a `Result`: its error is a failure of the scope, and cancels the
/// children.
///
/// # Errors
/// As for [`scope`]; the error of the body is one of the failures.
#[track_caller]
#[must_use = "a scope does nothing unless awaited"]
pub fn try_scope<F, Fut, T, E>(f: F) -> impl Future<Output = Result<T, Failure>>
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    ScopeBuilder::new().try_open(f)
}

/// The same for a scope whose children do not concern each other: a failure is reported to
/// [`on_failure`](ScopeBuilder::on_failure), or printed, and cancels nobody.
///
/// # Errors
/// The cause of cancellation.
///
/// # Panics
/// With the panic of the body.
#[track_caller]
#[must_use = "a scope does nothing unless awaited"]
pub fn supervisor<F, Fut, T>(f: F) -> impl Future<Output = Result<T, Failure>>
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    ScopeBuilder::new().policy(Policy::Supervise).open(f)
}

/// Opens scopes that are not like any other.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use strait::task::{Policy, ScopeBuilder};
/// # strait::task::run_blocking(|_| async {
/// let failure = ScopeBuilder::new()
///     .policy(Policy::CollectAll)
///     .name("checks")
///     .limit(Duration::from_secs(5))
///     .open(|s| async move {
///         s.launch(async { Err("first") });
///         s.launch(async { Err("second") });
///     })
///     .await
///     .unwrap_err();
/// assert_eq!(failure.all().len(), 2);
/// # }).unwrap();
/// ```
#[derive(Debug)]
#[must_use]
pub struct ScopeBuilder {
    policy: Policy,
    grace: Duration,
    settings: Settings,
}

impl Default for ScopeBuilder {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl ScopeBuilder {
    /// What [`scope`] opens.
    #[track_caller]
    pub fn new() -> Self {
        let settings = Settings { place: place::number(Location::caller()), ..Settings::default() };
        Self { policy: Policy::FailFast, grace: Duration::ZERO, settings }
    }

    /// What the failure of a child means.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// A name, for [`dump`](super::dump()).
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Where its children run.
    pub fn on(mut self, dispatcher: &Dispatcher) -> Self {
        self.settings.dispatcher = Some(dispatcher.clone());
        self
    }

    /// For how long after cancellation its jobs are polled on, so that they can see
    /// [`cancelled`](super::cancelled) and end by themselves. Then they are dropped. It holds for
    /// the scopes below, too, when they are cancelled with this one.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Cancels the scope at a time, with [`Cause::Deadline`](super::Cause::Deadline). All below
    /// inherits the deadline, if its own is not earlier.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.settings.deadline = Some(deadline);
        self
    }

    /// The same after a time, which begins now.
    pub fn limit(self, limit: Duration) -> Self {
        match runtime::now().checked_add(limit) {
            Some(deadline) => self.deadline(deadline),
            None => self,
        }
    }

    /// Panics are failures like errors, and do not go on in whoever awaits the scope.
    pub fn catch_panics(mut self) -> Self {
        self.settings.catch_panics = true;
        self
    }

    /// Hears of each failure under [`Policy::Supervise`], on the thread where it happens.
    pub fn on_failure(mut self, hook: impl Fn(&Failed) + Send + Sync + 'static) -> Self {
        self.settings.hook = Some(Arc::new(hook));
        self
    }

    /// Opens the scope when awaited; see [`scope`].
    ///
    /// # Errors
    /// As for [`scope`], by the policy.
    #[must_use = "a scope does nothing unless awaited"]
    pub fn open<F, Fut, T>(self, f: F) -> impl Future<Output = Result<T, Failure>>
    where
        F: FnOnce(Scope) -> Fut,
        Fut: Future<Output = T>,
    {
        Scoped::<F, Fut, Plain>::new(self.opening(), f)
    }

    /// Opens the scope when awaited; see [`try_scope`].
    ///
    /// # Errors
    /// As for [`try_scope`], by the policy.
    #[must_use = "a scope does nothing unless awaited"]
    pub fn try_open<F, Fut, T, E>(self, f: F) -> impl Future<Output = Result<T, Failure>>
    where
        F: FnOnce(Scope) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Into<BoxError>,
    {
        Scoped::<F, Fut, Trying>::new(self.opening(), f)
    }

    fn opening(self) -> Opening {
        Opening { policy: self.policy, grace: self.grace, settings: self.settings }
    }
}
