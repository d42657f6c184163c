//! tokio: a receiver is not shared, so it takes part where there is one consumer; no rendezvous.
//! Bounded and unbounded channels are different types. Threads use its blocking forms. An async
//! send is a `reserve`, the form that is documented as safe to cancel.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use ::futures::stream;
use ::tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel,
};
use ::tokio_stream::{StreamExt, StreamMap};

use super::Rival;
use super::idiom::{self, BiasedBranches, Branches, Unordered};
use super::tokio_sync;
use crate::shape::{Bridge, Capacity, MIXED, Message, TaskPick, Tasks, Threads, Turns};
use crate::workload::{BridgeRuns, MixRuns, PickRuns, TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    threads: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(ThreadRuns::of_lone::<Bounded>()),
        Capacity::Unbounded => Some(ThreadRuns::of_lone::<Unbounded>()),
    },
    tasks: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(TaskRuns::of_lone::<Bounded>()),
        Capacity::Unbounded => Some(TaskRuns::of_lone::<Unbounded>()),
    },
    bridges: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(BridgeRuns::of::<Bounded>()),
        Capacity::Unbounded => Some(BridgeRuns::of::<Unbounded>()),
    },
    task_picks: |arms, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => branches::<Bounded>(arms),
        Capacity::Unbounded => branches::<Unbounded>(arms),
    },
    task_mixes: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(MixRuns::of_lone_tasks::<Branches<Bounded, MIXED>>()),
        Capacity::Unbounded => Some(MixRuns::of_lone_tasks::<Branches<Unbounded, MIXED>>()),
    },
    sync: tokio_sync::sync,
    many: tokio_sync::many,
    ..Rival::new("tokio", "tokio")
};

pub(super) const BIASED: Rival = Rival {
    task_picks: |arms, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => biased_branches::<Bounded>(arms),
        Capacity::Unbounded => biased_branches::<Unbounded>(arms),
    },
    ..Rival::new("tokio-biased", "tokio")
};

pub(super) const UNORDERED: Rival = Rival {
    task_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_tasks::<Unordered<Bounded>>()),
        Capacity::Unbounded => Some(PickRuns::of_tasks::<Unordered<Unbounded>>()),
    },
    ..Rival::new("unordered-tokio", "tokio")
};

pub(super) const STREAM_MAP: Rival = Rival {
    task_picks: |_, capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(PickRuns::of_tasks::<Streams<Bounded>>()),
        Capacity::Unbounded => Some(PickRuns::of_tasks::<Streams<Unbounded>>()),
    },
    ..Rival::new("stream-map", "tokio-stream")
};

/// Its macro over its own channels goes as far as the macro can: 64 take long to compile.
fn branches<C: Tasks>(arms: usize) -> Option<PickRuns> {
    match arms {
        64 => Some(PickRuns::of_tasks::<Branches<C, 64>>()),
        _ => idiom::branches::<C>(arms),
    }
}

fn biased_branches<C: Tasks>(arms: usize) -> Option<PickRuns> {
    match arms {
        2 => Some(PickRuns::of_tasks::<BiasedBranches<C, 2>>()),
        8 => Some(PickRuns::of_tasks::<BiasedBranches<C, 8>>()),
        _ => None,
    }
}

pub(super) struct Bounded;
struct Unbounded;

/// A `StreamMap` of receivers.
struct Streams<C>(PhantomData<C>);

impl<M: Message> Threads<M> for Bounded {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        channel(capacity.room_or(0))
    }

    #[inline]
    fn send(tx: &Self::Tx, message: M) -> bool {
        tx.blocking_send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.blocking_recv()
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
    type Tx = UnboundedSender<M>;
    type Rx = UnboundedReceiver<M>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        unbounded_channel()
    }

    #[inline]
    fn send(tx: &Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.blocking_recv()
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

impl<M: Message> Tasks<M> for Bounded {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        channel(capacity.room_or(0))
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.reserve().await.map(|permit| permit.send(message)).is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().await
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.try_send(message).is_ok()
    }
}

/// A send into an unbounded channel never waits, so it is no future.
impl<M: Message> Tasks<M> for Unbounded {
    type Tx = UnboundedSender<M>;
    type Rx = UnboundedReceiver<M>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        unbounded_channel()
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().await
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }
}

impl Bridge for Bounded {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        channel(capacity.room_or(0))
    }

    fn to_thread(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        channel(capacity.room_or(0))
    }
}

impl Bridge for Unbounded {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(_: Capacity) -> (UnboundedSender<usize>, UnboundedReceiver<usize>) {
        unbounded_channel()
    }

    fn to_thread(_: Capacity) -> (UnboundedSender<usize>, UnboundedReceiver<usize>) {
        unbounded_channel()
    }
}

/// How a receiver is read as a stream.
trait Polled: Tasks {
    fn poll(rx: &mut Self::Rx, context: &mut Context<'_>) -> Poll<Option<usize>>;
}

impl Polled for Bounded {
    #[inline]
    fn poll(rx: &mut Self::Rx, context: &mut Context<'_>) -> Poll<Option<usize>> {
        rx.poll_recv(context)
    }
}

impl Polled for Unbounded {
    #[inline]
    fn poll(rx: &mut Self::Rx, context: &mut Context<'_>) -> Poll<Option<usize>> {
        rx.poll_recv(context)
    }
}

impl<C: Polled> TaskPick for Streams<C> {
    type Channel = C;

    async fn serve<T: Turns + Send>(rxs: &mut [C::Rx], turns: &mut T) {
        let streams = rxs.iter_mut().map(|rx| stream::poll_fn(move |context| C::poll(rx, context)));
        let mut streams: StreamMap<usize, _> = streams.enumerate().collect();
        while turns.go_on() {
            let Some((_, message)) = streams.next().await else { return };
            turns.take(message);
        }
    }
}
