//! The standard library's `mpsc`: threads, one receiver that is not shared. Bounded (a rendezvous
//! included) and unbounded senders are different types. Its locks, with their poison.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Rival;
use crate::shape::{Capacity, Message, ThreadMutex, ThreadRwLock, Threads, Twins};
use crate::workload::{SyncRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    threads: |capacity| match capacity {
        Capacity::Unbounded => Some(ThreadRuns::of_lone::<Unbounded>()),
        _ => Some(ThreadRuns::of_lone::<Bounded>()),
    },
    sync: || SyncRuns::default().thread_mutex::<Locks>().thread_rw_lock::<Locks>(),
    ..Rival::new("std", "std")
};

struct Bounded;
struct Unbounded;
struct Locks;

impl<M: Message> Threads<M> for Bounded {
    type Tx = SyncSender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        sync_channel(capacity.room_or(0))
    }

    #[inline]
    fn send(tx: &Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: M) -> bool {
        tx.try_send(message).is_ok()
    }

    #[inline]
    fn try_recv(rx: &mut Self::Rx) -> Option<M> {
        rx.try_recv().ok()
    }
}

impl<M: Message> Threads<M> for Unbounded {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        channel()
    }

    #[inline]
    fn send(tx: &Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn try_recv(rx: &mut Self::Rx) -> Option<M> {
        rx.try_recv().ok()
    }
}

impl ThreadMutex for Locks {
    type Mutex = Mutex<usize>;
    type Guard<'a> = MutexGuard<'a, usize>;

    fn make() -> Self::Mutex {
        Mutex::new(0)
    }

    #[inline]
    fn lock(mutex: &Self::Mutex) -> Self::Guard<'_> {
        mutex.lock().expect("no one panics with it")
    }
}

impl ThreadRwLock for Locks {
    type Lock = RwLock<Twins>;
    type Read<'a> = RwLockReadGuard<'a, Twins>;
    type Write<'a> = RwLockWriteGuard<'a, Twins>;

    fn make() -> Self::Lock {
        RwLock::new((0, 0))
    }

    #[inline]
    fn read(lock: &Self::Lock) -> Self::Read<'_> {
        lock.read().expect("no one panics with it")
    }

    #[inline]
    fn write(lock: &Self::Lock) -> Self::Write<'_> {
        lock.write().expect("no one panics with it")
    }
}
