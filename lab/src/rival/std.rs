//! The standard library's `mpsc`: threads, one receiver that is not shared. Bounded (a rendezvous
//! included) and unbounded senders are different types.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::Rival;
use crate::shape::{Capacity, Message, Threads};
use crate::workload::ThreadRuns;

pub(super) const RIVAL: Rival = Rival {
    threads: |capacity| match capacity {
        Capacity::Unbounded => Some(ThreadRuns::of_lone::<Unbounded>()),
        _ => Some(ThreadRuns::of_lone::<Bounded>()),
    },
    ..Rival::new("std", "std")
};

struct Bounded;
struct Unbounded;

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
