//! strait's channels of one to many: a broadcast whose senders wait, and one whose receivers lag,
//! which takes part where the senders are paced; the latest value.

use ::strait::channel::{
    BroadcastBuilder, BroadcastReceiver, BroadcastSender, LatestReceiver, LatestSender, latest,
};

use super::Rival;
use crate::shape::{Latest, TaskBroadcast, ThreadBroadcast};
use crate::workload::ManyRuns;

pub(super) const LAGGING: Rival = Rival {
    own: true,
    many: || {
        ManyRuns::default().paced_threads::<Broadcast<true>>().paced_tasks::<Broadcast<true>>()
    },
    ..Rival::new("strait-lagging", "strait")
};

pub(super) fn many() -> ManyRuns {
    ManyRuns::default()
        .whole_threads::<Broadcast<false>>()
        .whole_tasks::<Broadcast<false>>()
        .latest::<Value>()
}

struct Broadcast<const LAGS: bool>;
struct Value;

impl<const LAGS: bool> Broadcast<LAGS> {
    fn subscribed(
        capacity: usize,
        receivers: usize,
    ) -> (BroadcastSender<usize>, Vec<BroadcastReceiver<usize>>) {
        let (tx, rx) = BroadcastBuilder::new(capacity).lagging(LAGS).build();
        let mut rxs: Vec<_> = (1..receivers).map(|_| tx.subscribe()).collect();
        rxs.push(rx);
        (tx, rxs)
    }
}

impl<const LAGS: bool> ThreadBroadcast for Broadcast<LAGS> {
    type Tx = BroadcastSender<usize>;
    type Rx = BroadcastReceiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        Self::subscribed(capacity, receivers)
    }

    #[inline]
    fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.send_blocking(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv_blocking().ok()
    }
}

impl<const LAGS: bool> TaskBroadcast for Broadcast<LAGS> {
    type Tx = BroadcastSender<usize>;
    type Rx = BroadcastReceiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        Self::subscribed(capacity, receivers)
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.send(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await.ok()
    }
}

impl Latest for Value {
    type Tx = LatestSender<usize>;
    type Rx = LatestReceiver<usize>;

    fn make(receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = latest(0);
        let mut rxs: Vec<Self::Rx> = (1..receivers).map(|_| tx.subscribe()).collect();
        rxs.push(rx);
        (tx, rxs)
    }

    #[inline]
    fn send(tx: &mut Self::Tx, value: usize) -> bool {
        tx.send(value).is_ok()
    }

    #[inline]
    fn read(rx: &mut Self::Rx) -> usize {
        *rx.borrow()
    }

    #[inline]
    async fn changed(rx: &mut Self::Rx) -> Option<usize> {
        rx.changed().await.ok().copied()
    }
}
