//! futures-channel: tasks, one receiver that is not shared. Its bounded capacity cannot be exact:
//! it is the buffer and one message more for each sender. The buffer is made one smaller, so a
//! channel with one sender holds what the row says and one with four holds three more, hence the
//! double dagger; at capacity 0 it would hold one, so those rows are left out. A send is a
//! `start_send` and a flush, which waits until there is room for the next: a send that is dropped
//! while it waits was delivered, hence the dagger.

use ::futures::{SinkExt, StreamExt};
use ::futures_channel::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded,
};

use super::Rival;
use crate::shape::{Capacity, Message, Tasks};
use crate::workload::TaskRuns;

pub(super) const RIVAL: Rival = Rival {
    cancel_safe: false,
    tasks: |capacity| match capacity {
        Capacity::Rendezvous => None,
        Capacity::Bounded(_) => Some(TaskRuns::of_lone::<Bounded>()),
        Capacity::Unbounded => Some(TaskRuns::of_lone::<Unbounded>()),
    },
    ..Rival::new("futures-channel", "futures-channel")
};

pub(super) struct Bounded;
struct Unbounded;

impl<M: Message> Tasks<M> for Bounded {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        channel(capacity.room_or(0).saturating_sub(1))
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.next().await
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
        unbounded()
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.unbounded_send(message).is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.next().await
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.unbounded_send(message).is_ok()
    }
}
