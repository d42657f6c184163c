//! tachyonix: tasks, bounded, one receiver that is not shared. No rendezvous, no unbounded channel.

use ::tachyonix::{Receiver, Sender, channel};

use super::Rival;
use super::idiom::{self, Branches};
use crate::shape::{Capacity, MIXED, Message, Tasks};
use crate::workload::{MixRuns, TaskRuns};

pub(super) const RIVAL: Rival = Rival {
    tasks: |capacity| bounded(capacity).then(TaskRuns::of_lone::<Tachyonix>),
    task_picks: |arms, capacity| {
        bounded(capacity).then(|| idiom::branches::<Tachyonix>(arms)).flatten()
    },
    task_mixes: |capacity| {
        bounded(capacity).then(MixRuns::of_lone_tasks::<Branches<Tachyonix, MIXED>>)
    },
    ..Rival::new("tachyonix", "tachyonix")
};

fn bounded(capacity: Capacity) -> bool {
    matches!(capacity, Capacity::Bounded(_))
}

pub(super) struct Tachyonix;

impl<M: Message> Tasks<M> for Tachyonix {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        channel(capacity.room_or(0))
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().await.ok()
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.try_send(message).is_ok()
    }
}
