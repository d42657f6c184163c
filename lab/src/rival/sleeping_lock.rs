//! A control, written here to be slow: a queue behind a lock whose holder sleeps now and then. A
//! lab that does not find it far behind everyone else measures nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::Rival;
use crate::shape::{Capacity, Message, Threads};
use crate::workload::ThreadRuns;

pub(super) const RIVAL: Rival = Rival {
    control: true,
    threads: |_| {
        let streams = ThreadRuns::of::<SleepingLock>().streams;
        Some(ThreadRuns { streams, ..ThreadRuns::default() })
    },
    ..Rival::new("sleeping-lock", "strait-lab")
};

/// How long its holder sleeps; the system adds some.
const NAP: Duration = Duration::from_micros(20);

/// The operations between two naps. With a nap in each, rounds that suit the others would take
/// minutes.
const WAKE: usize = 64;

struct SleepingLock;

struct State<M> {
    queue: VecDeque<M>,
    capacity: usize,
    senders: usize,
    receivers: usize,
    operations: usize,
}

struct Channel<M> {
    state: Mutex<State<M>>,
    changed: Condvar,
}

impl<M> Channel<M> {
    fn lock(&self) -> MutexGuard<'_, State<M>> {
        let mut state = self.state.lock().expect("no one panics with it");
        state.operations += 1;
        if state.operations.is_multiple_of(WAKE) {
            thread::sleep(NAP);
        }
        state
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State<M>>,
        until: impl Fn(&State<M>) -> bool,
    ) -> MutexGuard<'a, State<M>> {
        self.changed.wait_while(state, |state| !until(state)).expect("no one panics with it")
    }
}

struct Tx<M>(Arc<Channel<M>>);
struct Rx<M>(Arc<Channel<M>>);

macro_rules! counted {
    ($end:ident $count:ident) => {
        impl<M> Clone for $end<M> {
            fn clone(&self) -> Self {
                self.0.lock().$count += 1;
                Self(Arc::clone(&self.0))
            }
        }

        impl<M> Drop for $end<M> {
            fn drop(&mut self) {
                self.0.lock().$count -= 1;
                self.0.changed.notify_all();
            }
        }
    };
}

counted!(Tx senders);
counted!(Rx receivers);

impl<M: Message> Threads<M> for SleepingLock {
    type Tx = Tx<M>;
    type Rx = Rx<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        let state = State {
            queue: VecDeque::new(),
            capacity: capacity.room_or(usize::MAX).max(1),
            senders: 1,
            receivers: 1,
            operations: 0,
        };
        let channel = Arc::new(Channel { state: Mutex::new(state), changed: Condvar::new() });
        (Tx(Arc::clone(&channel)), Rx(channel))
    }

    fn send(tx: &Self::Tx, message: M) -> bool {
        let room = |state: &State<M>| state.queue.len() < state.capacity || state.receivers == 0;
        let mut state = tx.0.wait(tx.0.lock(), room);
        let open = state.receivers > 0;
        if open {
            state.queue.push_back(message);
            tx.0.changed.notify_all();
        }
        open
    }

    fn recv(rx: &mut Self::Rx) -> Option<M> {
        let there = |state: &State<M>| !state.queue.is_empty() || state.senders == 0;
        let message = rx.0.wait(rx.0.lock(), there).queue.pop_front();
        rx.0.changed.notify_all();
        message
    }

    fn try_send(tx: &Self::Tx, message: M) -> bool {
        let mut state = tx.0.lock();
        let room = state.queue.len() < state.capacity && state.receivers > 0;
        if room {
            state.queue.push_back(message);
            tx.0.changed.notify_all();
        }
        room
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<M> {
        let message = rx.0.lock().queue.pop_front();
        rx.0.changed.notify_all();
        message
    }
}
