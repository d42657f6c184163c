//! Running something elsewhere, and coming back with the result.

#![forbid(unsafe_code)]

use super::dispatcher::Dispatcher;
use super::frame;
use super::open::ScopeBuilder;

/// Runs a future on another dispatcher, and gives its value here.
///
/// If the current job runs on that dispatcher already, the future is polled in place, without any
/// hop. Otherwise it is a job there, in a scope of its own: cancellation, deadlines and panics
/// pass through, and scopes that it opens have their children there.
///
/// # Panics
/// With the panic of the future; and if the dispatcher is closed.
///
/// # Cancel safety
/// The job is cancelled; the scope around waits for it.
///
/// # Examples
/// ```
/// use strait::task::{self, Dispatcher};
/// # task::run_blocking(|_| async {
/// let pool = Dispatcher::pool("numbers", 1);
/// let sum = task::with_context(&pool, async { (1..=10).sum::<u32>() }).await;
/// assert_eq!(sum, 55);
/// # }).unwrap();
/// ```
#[track_caller]
pub fn with_context<F>(
    dispatcher: &Dispatcher,
    future: F,
) -> impl Future<Output = F::Output> + use<F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let builder = ScopeBuilder::new();
    let dispatcher = dispatcher.clone();
    async move {
        if dispatcher.is_current() {
            return future.await;
        }
        let scope = builder.on(&dispatcher).open(|s| async move { s.spawn(future).await });
        match scope.await {
            Ok(value) => value,
            Err(failure) => doomed(&failure).await,
        }
    }
}

/// The scope was cancelled from above: so is the current job, which is dropped at this await.
pub(super) async fn doomed<T>(failure: &super::error::Failure) -> T {
    let is_doomed = frame::with(|frame| frame.node.is_doomed(frame.key));
    assert!(is_doomed == Some(true), "what was to run elsewhere did not: {failure}");
    std::future::pending().await
}
