//! postage: a send into a full broadcast channel waits for the slowest receiver; threads block on its
//! futures. Its watch channel makes a copy for each who was woken.

use ::postage::prelude::{Sink, Stream};
use ::postage::{broadcast, watch};

use super::Rival;
use crate::shape::{Latest, TaskBroadcast, ThreadBroadcast};
use crate::workload::ManyRuns;

pub(super) const RIVAL: Rival = Rival {
    many: || {
        ManyRuns::default().whole_threads::<Postage>().whole_tasks::<Postage>().latest::<Postage>()
    },
    ..Rival::new("postage", "postage")
};

struct Postage;

fn make(
    capacity: usize,
    receivers: usize,
) -> (broadcast::Sender<usize>, Vec<broadcast::Receiver<usize>>) {
    let (tx, rx) = broadcast::channel(capacity);
    (tx, vec![rx; receivers])
}

impl ThreadBroadcast for Postage {
    type Tx = broadcast::Sender<usize>;
    type Rx = broadcast::Receiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        make(capacity, receivers)
    }

    #[inline]
    fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.blocking_send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.blocking_recv()
    }
}

impl TaskBroadcast for Postage {
    type Tx = broadcast::Sender<usize>;
    type Rx = broadcast::Receiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        make(capacity, receivers)
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.send(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await
    }
}

impl Latest for Postage {
    type Tx = watch::Sender<usize>;
    type Rx = watch::Receiver<usize>;

    /// A receiver of its begins with the first value unseen, and so does a clone of one that has
    /// seen it.
    fn make(receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, rx) = watch::channel_with(0);
        let mut rxs = vec![rx; receivers];
        rxs.iter_mut().for_each(|rx| {
            rx.try_recv().expect("the first value is there");
        });
        (tx, rxs)
    }

    #[inline]
    fn send(tx: &mut Self::Tx, value: usize) -> bool {
        *tx.borrow_mut() = value;
        true
    }

    #[inline]
    fn read(rx: &mut Self::Rx) -> usize {
        *rx.borrow()
    }

    #[inline]
    async fn changed(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await
    }
}
