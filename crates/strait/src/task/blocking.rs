//! The door from a thread into the world of jobs: [`run_blocking`].

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::error::{Cause, Failure};
use super::place;
use super::policy::Policy;
use super::port::{Kind, Port, Work};
use super::runtime::{self, Signals, Timer};
use super::scope::Scope;
use super::scoped::{Opening, Plain, Scoped};
use super::settings::{Settings, Tree};
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
    let (program, place) = program(f, Location::caller(), None);
    runtime::block_on(program, place, true)
}

/// The same for a whole program: a request of the system to end (SIGINT or SIGTERM; ctrl-c
/// elsewhere) cancels the scope, with [`Cause::Shutdown`]. If it has not ended `limit` later, it is
/// left alone; a second request ends the process at once, with status 130.
///
/// # Errors
/// As for [`scope`](super::scope()).
///
/// # Panics
/// As for [`run_blocking`].
#[track_caller]
pub fn run_program<F, Fut, T>(limit: Duration, f: F) -> Result<T, Failure>
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    let (program, place) = program(f, Location::caller(), Some(limit));
    runtime::block_on(program, place, false)
}

type Place = &'static Location<'static>;

fn program<F, Fut, T>(
    f: F,
    place: Place,
    limit: Option<Duration>,
) -> (Program<Scoped<F, Fut, Plain>>, Place)
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    let port = Port::new(Kind::Solo(Solo::new(None)));
    let settings = Settings {
        name: Some("main".into()),
        place: place::number(place),
        main: Some(port.clone()),
        ..Settings::default()
    };
    let opening = Opening { policy: Policy::FailFast, grace: Duration::ZERO, settings };
    let scope = Scoped::new(opening, f);
    let main = Main { port, batch: VecDeque::new(), sleep: Sleep::default() };
    let shutdown = limit.map(|limit| Shutdown { limit, signals: None, timer: None });
    (Program { scope, main, shutdown }, place)
}

/// The orderly end of a program.
struct Shutdown {
    limit: Duration,
    signals: Option<Signals>,
    timer: Option<Timer>,
}

impl Shutdown {
    /// `Ready`: the scope has had its time.
    fn poll(&mut self, node: Option<&Arc<Tree>>, context: &mut Context<'_>) -> Poll<()> {
        let signals = self.signals.get_or_insert_with(Signals::new);
        while signals.poll(context).is_ready() {
            if self.timer.is_some() {
                std::process::exit(130);
            }
            if let Some(node) = node {
                node.cancel(Cause::Shutdown);
            }
            let end = runtime::now().checked_add(self.limit);
            self.timer = end.map(Timer::at);
        }
        self.timer.as_mut().map_or(Poll::Pending, |timer| timer.poll(context))
    }
}

pin_project! {
    /// The scope, and the queue of its thread beside it.
    struct Program<S> {
        #[pin]
        scope: S,
        main: Main,
        shutdown: Option<Shutdown>,
    }
}

struct Main {
    port: Port,
    batch: VecDeque<Work>,
    sleep: Sleep,
}

impl<F, Fut, T> Future for Program<Scoped<F, Fut, Plain>>
where
    F: FnOnce(Scope) -> Fut,
    Fut: Future<Output = T>,
{
    type Output = Result<T, Failure>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.scope.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        if let Some(shutdown) = this.shutdown
            && shutdown.poll(this.scope.node(), context).is_ready()
        {
            return Poll::Ready(Err(Failure::new(Vec::new(), Cause::Shutdown, 0)));
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
