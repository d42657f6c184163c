//! Everything that names tokio.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, EnterGuard, Handle, Id, RuntimeFlavor};

use crate::kernel::prim::{Global, Guard, Mutex, cores};

use super::crowd::{Crowd, Drainer};
use super::port::{Kind, Port};

/// A runtime of tokio.
#[derive(Clone)]
pub(super) struct Runtime(Handle);

/// The queue of each runtime that has one, for as long as its drainers are there.
fn crowds() -> Guard<'static, HashMap<Id, Port>> {
    static CROWDS: Global<Mutex<HashMap<Id, Port>>> = Global::new();
    CROWDS.get_or_init(Mutex::default).lock()
}

impl Runtime {
    /// That of the current thread.
    pub(super) fn try_current() -> Option<Self> {
        Handle::try_current().ok().map(Self)
    }

    /// That of the current thread, or one of ours, which is started when it is first needed.
    pub(super) fn current() -> Self {
        static OURS: Global<tokio::runtime::Runtime> = Global::new();
        Self::try_current().unwrap_or_else(|| {
            let ours = OURS.get_or_init(|| {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(cores()).thread_name("strait").enable_all();
                builder.build().expect("the system can start a runtime")
            });
            Self(ours.handle().clone())
        })
    }

    /// The queue whose jobs run on the threads of this runtime.
    pub(super) fn crowd(&self) -> Port {
        let mut crowds = crowds();
        let id = self.0.id();
        if let Some(port) = crowds.get(&id) {
            return port.clone();
        }
        let (port, drainers) = Crowd::open(self.0.metrics().num_workers(), None);
        crowds.insert(id, port.clone());
        let keeper = Arc::new(Keeper { id, port: port.clone() });
        for drainer in drainers {
            drop(self.0.spawn(Kept { drainer, _keeper: keeper.clone() }));
        }
        port
    }

    /// Runs `f` on a thread where it may block.
    pub(super) fn blocking(&self, f: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn_blocking(f));
    }

    /// Makes timers and sockets work on this thread.
    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.0.enter()
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runtime({})", self.0.id())
    }
}

/// Closes the queue of a runtime when its last drainer is gone.
struct Keeper {
    id: Id,
    port: Port,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let gone = crowds().remove(&self.id);
        if let Kind::Crowd(crowd) = self.port.kind() {
            crowd.close();
        }
        drop(gone);
    }
}

struct Kept {
    drainer: Drainer,
    _keeper: Arc<Keeper>,
}

impl Future for Kept {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.drainer).poll(context)
    }
}

/// Whether resources of tokio will do anything more in this poll of a task of tokio.
pub(super) fn has_budget() -> bool {
    tokio::task::coop::has_budget_remaining()
}

/// Now, by the clock of tokio, which a test may have stopped.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Calls `f` after a while.
pub(super) fn later(delay: Duration, f: impl FnOnce() + Send + 'static) {
    drop(Runtime::current().0.spawn(async move {
        tokio::time::sleep(delay).await;
        f();
    }));
}

/// A point in time to wait for, by the clock of tokio.
#[derive(Debug)]
pub(super) struct Timer(Pin<Box<tokio::time::Sleep>>);

impl Timer {
    pub(super) fn at(time: Instant) -> Self {
        let runtime = Runtime::current();
        let _guard = runtime.enter();
        Self(Box::pin(tokio::time::sleep_until(time.into())))
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

/// Runs a future to its end on this thread, inside the current runtime or one of its own, whose
/// threads it waits for if it is to be `tidy`.
pub(super) fn block_on<F: Future>(
    future: F,
    place: &'static Location<'static>,
    tidy: bool,
) -> F::Output {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::CurrentThread => panic!(
            "run_blocking at {place} would block the only thread of a current-thread runtime; \
             await a scope instead"
        ),
        Ok(handle) => tokio::task::block_in_place(|| handle.block_on(future)),
        Err(_) => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(cores()).thread_name("strait").enable_all();
            let runtime = builder.build().expect("the system can start a runtime");
            let output = runtime.block_on(future);
            if !tidy {
                runtime.shutdown_background();
            }
            output
        }
    }
}

/// The same on a runtime of one thread whose clock stands still while there is something to do.
#[cfg(feature = "test")]
pub(super) fn block_on_paused<F: Future>(future: F) -> F::Output {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build();
    runtime.expect("the system can start a runtime").block_on(future)
}

/// Lets the stopped clock go on.
#[cfg(feature = "test")]
pub(super) async fn advance(duration: Duration) {
    tokio::time::advance(duration).await;
}

/// Requests of the system that the program end: an interrupt from the keyboard, or a termination.
pub(super) struct Signals {
    interrupt: Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>>,
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// To be made inside of a runtime.
    pub(super) fn new() -> Self {
        Self {
            interrupt: Box::pin(tokio::signal::ctrl_c()),
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .ok(),
        }
    }

    /// The next request.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        #[cfg(unix)]
        if let Some(terminate) = &mut self.terminate
            && let Poll::Ready(Some(())) = terminate.poll_recv(context)
        {
            return Poll::Ready(());
        }
        let interrupted = std::task::ready!(self.interrupt.as_mut().poll(context));
        self.interrupt = match interrupted {
            Ok(()) => Box::pin(tokio::signal::ctrl_c()),
            // There are no signals here.
            Err(_) => Box::pin(std::future::pending()),
        };
        Poll::Ready(())
    }
}
