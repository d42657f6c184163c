//! The door from a thread into the world of jobs: [`run_blocking`].

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::error::Failure;
use super::place;
use super::policy::Policy;
use super::port::{Kind, Port, Work};
use super::runtime;
use super::scope::Scope;
use super::scoped::{Opening, Plain, Scoped};
use super::settings::Settings;
use super::sleepers::Sleep;
use super::solo::Solo;

/// Opens a scope on a thread, and blocks the thread until the scope has ended.
///
/// It runs in the current tokio runtime, if that has several threads, or in one that is started for
/// it. The thread also runs the jobs of [`Dispatcher::main`](super::Dispatcher::main).
///
/// # Errors
/// As for [`scope`](super::scope()).
///
/// # Panics
/// If it is called on a thread of a current-thread runtime, which it would block for ever; and
/// with the panic of a child.
///
/// # Examples
/// ```
/// use strait::task;
/// let sum = task::run_blocking(|s| async move {
///     let (a, b) = (s.spawn(async { 20 }), s.spawn(async { 22 }));
///     a.await + b.await
/// });
/// assert_eq!(sum.unwrap(), 42);
/// ```
#[track_caller]
pub fn run_blocking<F, Fut, T>(f: F) -> Result<T, Failure>
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    let place = Location::caller();
    let main = Port::new(Kind::Solo(Solo::new(None)));
    let settings = Settings {
        name: Some("main".into()),
        place: place::number(place),
        main: Some(main.clone()),
        ..Settings::default()
    };
    let opening = Opening { policy: Policy::FailFast, grace: Duration::ZERO, settings };
    let scope = Scoped::<F, Fut, Plain>::new(opening, f);
    let program = Program {
        scope,
        main: Main { port: main, batch: VecDeque::new(), sleep: Sleep::default() },
    };
    runtime::block_on(program, place)
}

pin_project! {
    /// The scope, and the queue of its thread beside it.
    struct Program<S> {
        #[pin]
        scope: S,
        main: Main,
    }
}

struct Main {
    port: Port,
    batch: VecDeque<Work>,
    sleep: Sleep,
}

impl<S: Future> Future for Program<S> {
    type Output = S::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<S::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.scope.poll(context) {
            return Poll::Ready(output);
        }
        this.main.turn(context);
        Poll::Pending
    }
}

impl Main {
    /// Runs what is there, once; what comes meanwhile is for the next poll.
    fn turn(&mut self, context: &mut Context<'_>) {
        let Kind::Solo(solo) = self.port.kind() else { return };
        if solo.take(&mut self.batch, &mut self.sleep) {
            while let Some(work) = self.batch.pop_front() {
                work.run();
            }
            context.waker().wake_by_ref();
        } else if !solo.lie_down(&mut self.sleep, context.waker()) {
            context.waker().wake_by_ref();
        }
    }
}
