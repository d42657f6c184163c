//! async-broadcast: a send into a full channel waits for the slowest receiver. In its form without a
//! box for each future; threads block on its futures.

use ::async_broadcast::{Receiver, Sender, broadcast};

use super::Rival;
use crate::shape::{TaskBroadcast, ThreadBroadcast};
use crate::workload::ManyRuns;

pub(super) const RIVAL: Rival = Rival {
    many: || ManyRuns::default().whole_threads::<Whole>().whole_tasks::<Whole>(),
    ..Rival::new("async-broadcast", "async-broadcast")
};

struct Whole;

fn make(capacity: usize, receivers: usize) -> (Sender<usize>, Vec<Receiver<usize>>) {
    let (tx, rx) = broadcast(capacity);
    (tx, vec![rx; receivers])
}

impl ThreadBroadcast for Whole {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        make(capacity, receivers)
    }

    #[inline]
    fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.broadcast_blocking(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv_blocking().ok()
    }
}

impl TaskBroadcast for Whole {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(capacity: usize, receivers: usize) -> (Self::Tx, Vec<Self::Rx>) {
        make(capacity, receivers)
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: usize) -> bool {
        tx.broadcast_direct(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv_direct().await.ok()
    }
}
