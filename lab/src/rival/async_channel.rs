//! async-channel: bounded and unbounded, no rendezvous. Its receives stand for all futures where
//! an idiom of the futures crate is what is measured.

use ::async_channel::{Receiver, Sender, bounded, unbounded};

use super::Rival;
use super::idiom::{self, All, BiasedMacro, Branches, Macro, Unordered};
use crate::shape::{Capacity, MIXED, Tasks};
use crate::workload::{MixRuns, PickRuns};

pub(super) const RIVAL: Rival = Rival {
    task_picks: |arms, _| idiom::branches::<AsyncChannel>(arms),
    task_mixes: |capacity| match capacity {
        Capacity::Rendezvous => None,
        _ => Some(MixRuns::of_tasks::<Branches<AsyncChannel, MIXED>>()),
    },
    ..Rival::new("async-channel", "async-channel")
};

pub(super) const FUTURES: Rival = Rival {
    task_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_tasks::<Macro<AsyncChannel, 2>>()),
        8 => Some(PickRuns::of_tasks::<Macro<AsyncChannel, 8>>()),
        _ => None,
    },
    ..Rival::new("futures", "futures")
};

pub(super) const FUTURES_BIASED: Rival = Rival {
    task_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_tasks::<BiasedMacro<AsyncChannel, 2>>()),
        8 => Some(PickRuns::of_tasks::<BiasedMacro<AsyncChannel, 8>>()),
        _ => None,
    },
    ..Rival::new("futures-biased", "futures")
};

pub(super) const SELECT_ALL: Rival = Rival {
    task_picks: |_, _| Some(PickRuns::of_tasks::<All<AsyncChannel>>()),
    ..Rival::new("select-all", "futures")
};

pub(super) const UNORDERED: Rival = Rival {
    task_picks: |_, _| Some(PickRuns::of_tasks::<Unordered<AsyncChannel>>()),
    ..Rival::new("unordered", "futures")
};

struct AsyncChannel;

impl Tasks for AsyncChannel {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        match capacity {
            Capacity::Rendezvous => unreachable!("it has no rendezvous"),
            Capacity::Bounded(capacity) => bounded(capacity),
            Capacity::Unbounded => unbounded(),
        }
    }

    #[inline]
    async fn send(tx: &Self::Tx, message: usize) -> bool {
        tx.send(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: usize) -> bool {
        tx.try_send(message).is_ok()
    }
}
