//! A world for a test: all dispatchers on one thread, in an order that a seed decides, and time
//! that passes when nothing is left to do.
//!
//! Inside, each dispatcher that is made gives its jobs to one queue, and the thread takes a random
//! one of those that are ready. When none is, the thread waits in tokio's runtime, whose clock is
//! stopped and jumps to the next timer. So a run depends on the seed alone, as long as no other
//! thread takes part.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::sync::Arc;
#[cfg(feature = "test")]
use std::task::{Context, Poll, Waker};

use crate::kernel::prim::Mutex;
#[cfg(feature = "test")]
use crate::kernel::waiter::wake;

use super::lane::Lane;
use super::port::{Kind, Port, Work};
#[cfg(feature = "test")]
use super::sleepers::Sleep;
use super::sleepers::Sleepers;

/// Entries that are run before timers are looked at.
#[cfg(feature = "test")]
const BATCH: usize = 64;

/// One dispatcher of a world.
pub(super) struct World {
    shared: Arc<Shared>,
    /// Of a dispatcher of one thread: its entries, which stay in order. Each has a turn among
    /// those that are ready.
    line: Option<Lane<Work>>,
}

struct Shared {
    state: Mutex<State>,
    sleepers: Sleepers,
}

struct State {
    ready: Vec<Work>,
    #[cfg(feature = "test")]
    random: u64,
    /// Who waits until nothing is left to do.
    #[cfg(feature = "test")]
    idle: Vec<Waker>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

/// A dispatcher of the world that this thread is in, if it is in one.
pub(super) fn port(is_solo: bool) -> Option<Port> {
    let shared = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()?;
    let line = is_solo.then(Lane::new);
    Some(Port::new(Kind::World(World { shared, line })))
}

impl World {
    pub(super) fn submit(&self, port: &Port, work: Work) {
        let entry = match &self.line {
            Some(line) => {
                line.push(work);
                Work::Turn(port.clone())
            }
            None => work,
        };
        self.shared.state.lock().ready.push(entry);
        self.shared.sleepers.notify();
    }

    /// A turn of a dispatcher of one thread.
    pub(super) fn turn(&self) {
        if let Some(work) = self.line.as_ref().and_then(Lane::pop) {
            work.run();
        }
    }

    pub(super) fn is_solo(&self) -> bool {
        self.line.is_some()
    }
}

#[cfg(feature = "test")]
impl Shared {
    /// Takes one of those that are ready (xorshift64*, Vigna 2016).
    fn next(&self) -> Option<Work> {
        let mut state = self.state.lock();
        let count = u64::try_from(state.ready.len()).ok().filter(|count| *count > 0)?;
        state.random ^= state.random >> 12;
        state.random ^= state.random << 25;
        state.random ^= state.random >> 27;
        let drawn = state.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16;
        let at = usize::try_from(drawn % count).ok()?;
        Some(state.ready.swap_remove(at))
    }
}

/// The thread is in the world until this is dropped.
#[cfg(feature = "test")]
pub(super) struct Inside {
    shared: Arc<Shared>,
    before: Option<Arc<Shared>>,
    sleep: Sleep,
}

#[cfg(feature = "test")]
impl Inside {
    pub(super) fn new(seed: u64) -> Self {
        let random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let state = State { ready: Vec::new(), random, idle: Vec::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), sleepers: Sleepers::new() });
        let before = CURRENT.with(|current| current.replace(Some(shared.clone())));
        Self { shared, before, sleep: Sleep::default() }
    }

    /// Runs some of what is ready. `Pending`: the waker will be called.
    pub(super) fn turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let sleepers = &self.shared.sleepers;
        sleepers.get_up(0, &mut self.sleep);
        for _ in 0..BATCH {
            let Some(work) = self.shared.next() else {
                let idle = std::mem::take(&mut self.shared.state.lock().idle);
                if !idle.is_empty() {
                    idle.into_iter().for_each(wake);
                    return Poll::Ready(());
                }
                let is_empty = || self.shared.state.lock().ready.is_empty();
                let asleep = sleepers.lie_down(0, &mut self.sleep, context.waker(), is_empty);
                return if asleep { Poll::Pending } else { Poll::Ready(()) };
            };
            sleepers.found(&mut self.sleep);
            work.run();
        }
        Poll::Ready(())
    }
}

#[cfg(feature = "test")]
impl Drop for Inside {
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = CURRENT.try_with(|current| *current.borrow_mut() = before);
        let left = std::mem::take(&mut self.shared.state.lock().ready);
        drop(left);
    }
}

/// Wakes the waker when nothing is left to do at this time. `false`: this is no world.
#[cfg(feature = "test")]
pub(super) fn when_idle(waker: &Waker) -> bool {
    let waker = waker.clone();
    let shared = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten();
    match shared {
        Some(shared) => {
            shared.state.lock().idle.push(waker);
            true
        }
        None => false,
    }
}
