//! Dispatchers: where jobs run, as values.

#![forbid(unsafe_code)]

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::frame::{self, Frame};
use super::gate::Gate;
use super::port::{Kind, Port};
use super::runtime::Runtime;
use super::threads;
use super::view::View;
use super::world;

/// Where jobs run. A cheap handle: clones are the same dispatcher.
///
/// | dispatcher | threads | jobs |
/// |---|---|---|
/// | [`default`](Self::default) | those of the current tokio runtime | `Send` |
/// | [`pool`](Self::pool) | so many of its own | `Send` |
/// | [`single`](Self::single) | one of its own | any, see [`spawn_local`](super::Scope::spawn_local) |
/// | [`main`](Self::main) | the one that called [`run_blocking`](super::run_blocking) | any |
/// | [`blocking`](Self::blocking) | as many as are needed | `Send`, may block |
/// | [`limited`](Self::limited) | those of the dispatcher that it is a view of | so many at a time |
///
/// The threads of `pool` and `single` end when the last handle is gone and the jobs on them have
/// ended, or after [`close`](Self::close).
#[derive(Clone)]
pub struct Dispatcher {
    port: Port,
    owner: Option<Arc<Owner>>,
}

/// The last handle to threads of ours.
struct Owner(Arc<Gate>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.orphan();
    }
}

impl Default for Dispatcher {
    /// The threads of the tokio runtime that is current, where its timers and sockets work. If
    /// there is none, a runtime is started, once for the process.
    fn default() -> Self {
        Self::of(world::port(false).unwrap_or_else(|| Runtime::current().crowd()))
    }
}

impl Dispatcher {
    fn of(port: Port) -> Self {
        Self { port, owner: None }
    }

    /// As many threads of its own as said, for work that takes the processor for long.
    ///
    /// # Panics
    /// If `threads` is 0.
    #[track_caller]
    pub fn pool(name: &str, threads: usize) -> Self {
        assert!(threads > 0, "a pool has at least one thread");
        if let Some(port) = world::port(false) {
            return Self::of(port);
        }
        let (port, gate) = threads::pool(name, threads);
        Self { port, owner: Some(Arc::new(Owner(gate))) }
    }

    /// One thread of its own, for jobs that must stay on one: their futures need not be `Send`.
    pub fn single(name: &str) -> Self {
        if let Some(port) = world::port(true) {
            return Self::of(port);
        }
        let (port, gate) = threads::single(name);
        Self { port, owner: Some(Arc::new(Owner(gate))) }
    }

    /// Threads where jobs may block: each poll of a job is made on one that has nothing else to
    /// do, of tokio's blocking pool.
    pub fn blocking() -> Self {
        let port = world::port(false);
        Self::of(port.unwrap_or_else(|| Port::new(Kind::Blocking(Runtime::current()))))
    }

    /// The thread that runs the program: the one that called [`run_blocking`](super::run_blocking)
    /// above the current job.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn main() -> Self {
        let port = frame::with(|frame: &Frame| frame.settings().main.clone()).flatten();
        Self::of(port.expect("the main dispatcher is that of `run_blocking`, which is not above"))
    }

    /// A view of this dispatcher that runs at most `limit` of its jobs at the same time, in the
    /// order in which they became ready. It has no threads, and may be limited again.
    ///
    /// A job that waits does not count. So this is not a lock; for that there is a semaphore.
    ///
    /// # Panics
    /// If `limit` is 0.
    #[track_caller]
    #[must_use]
    pub fn limited(&self, limit: usize) -> Self {
        assert!(limit > 0, "a view runs at least one job at a time");
        let kind = Kind::View { below: self.port.clone(), view: View::new(limit) };
        Self { port: Port::new(kind), owner: self.owner.clone() }
    }

    /// Closes the threads of a [`pool`](Self::pool) or a [`single`](Self::single) dispatcher, also
    /// if this is a view of it: no job is taken any more; those that are there are cancelled, with
    /// [`Cause::Closed`](super::Cause::Closed), and the threads end when they have ended. For that
    /// this waits. On other dispatchers it does nothing.
    ///
    /// A job that closes the dispatcher that it runs on is cancelled, too.
    ///
    /// # Cancel safety
    /// The first poll closes; the rest has no effect.
    pub async fn close(&self) {
        let Some(gate) = self.port.gate().cloned() else { return };
        gate.close();
        poll_fn(|context| match gate.is_gone(context.waker()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// Whether the current job runs here.
    pub fn is_current(&self) -> bool {
        self.port.is_current()
    }

    pub(super) fn port(&self) -> &Port {
        &self.port
    }

    #[track_caller]
    pub(super) fn assert_solo(&self) {
        assert!(
            match self.port.kind() {
                Kind::Solo(_) => true,
                Kind::World(world) => world.is_solo(),
                _ => false,
            },
            "a job that is not `Send` needs a dispatcher of one thread: `single` or `main`"
        );
    }
}

impl PartialEq for Dispatcher {
    fn eq(&self, other: &Self) -> bool {
        self.port.is(&other.port)
    }
}

impl Eq for Dispatcher {}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.port.kind() {
            Kind::Crowd(crowd) if crowd.gate().is_some() => "pool",
            Kind::Crowd(_) => "default",
            Kind::Solo(solo) if solo.gate().is_some() => "single",
            Kind::Solo(_) => "main",
            Kind::View { .. } => "limited",
            Kind::Blocking(_) => "blocking",
            Kind::World(_) => "of a test",
        };
        write!(f, "Dispatcher::{kind}")
    }
}
