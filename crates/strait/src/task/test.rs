//! Tests in virtual time.
//!
//! A test runs as the body of a scope, on one thread, with all dispatchers that it makes. The
//! clock of tokio stands still as long as there is something to do, and then jumps to the next
//! timer: hours pass in microseconds, and a time limit cannot be missed because a machine is busy.
//! Which of the ready jobs runs next is decided by a seed.
//!
//! Timers of [`select`](mod@crate::select) go by the clock of the system, not by this one: use
//! [`sleep`](super::sleep) in an arm.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::channel::{OneshotReceiver, oneshot};
use crate::kernel::prim::start_thread;

use super::place;
use super::policy::Policy;
use super::runtime;
use super::scope::Scope;
use super::scoped::{Opening, Plain, Scoped};
use super::settings::Settings;
use super::world::{self, Inside};

/// Runs the body of a test; `#[strait::test]` calls it.
///
/// The test ends when all jobs have ended. If it has not after `limit`, of real time, it fails:
/// something waits for ever, or has been leaked.
///
/// # Panics
/// With the panic of the body or of a job, if a job fails, and when the limit has passed.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use strait::task::{self, test};
/// test::run(7, Duration::from_secs(60), |s| async move {
///     let hour = s.spawn(task::sleep(Duration::from_secs(3600)));
///     hour.await;
/// });
/// ```
#[track_caller]
pub fn run<F, Fut, T>(seed: u64, limit: Duration, f: F) -> T
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    let place = Location::caller();
    let inside = Inside::new(seed);
    let settings = Settings {
        name: Some("test".into()),
        place: place::number(place),
        main: world::port(true),
        ..Settings::default()
    };
    let opening = Opening { policy: Policy::FailFast, grace: Duration::ZERO, settings };
    let (over, mut wait) = oneshot::<()>();
    let (late, is_late) = oneshot();
    start_thread("test limit", move || {
        // Ends early when the test does.
        if let Err(crate::channel::RecvTimeoutError::Timeout) = wait.recv_timeout(limit) {
            let _ = late.send(());
        }
    });
    let scope = Scoped::<F, Fut, Plain>::new(opening, f);
    let result = runtime::block_on_paused(Test { scope, inside, is_late });
    drop(over);
    match result {
        Some(Ok(value)) => value,
        Some(Err(failure)) => panic!("a job of the test failed, seed {seed}: {failure}"),
        None => panic!("the test of {place} has jobs that do not end in {limit:?}, seed {seed}"),
    }
}

pin_project! {
    struct Test<S> {
        #[pin]
        scope: S,
        inside: Inside,
        is_late: OneshotReceiver<()>,
    }
}

impl<S: Future> Future for Test<S> {
    type Output = Option<S::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Output>> {
        let this = self.project();
        if let Poll::Ready(output) = this.scope.poll(context) {
            return Poll::Ready(Some(output));
        }
        if let Poll::Ready(Ok(())) = Pin::new(this.is_late).poll(context) {
            return Poll::Ready(None);
        }
        if this.inside.turn(context).is_ready() {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// Lets time pass: all timers that are due by then go off, in their order.
///
/// # Panics
/// If this is no test.
pub async fn advance(duration: Duration) {
    run_until_idle().await;
    runtime::advance(duration).await;
    run_until_idle().await;
}

/// Waits until nothing is left to do without the passing of time.
///
/// # Panics
/// If this is no test.
pub async fn run_until_idle() {
    let mut has_waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        assert!(world::when_idle(context.waker()), "this is no test in virtual time");
        Poll::Pending
    })
    .await;
}
