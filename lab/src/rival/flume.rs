//! flume: both sides at every capacity. A send future that is dropped may have delivered its
//! message, and so may a send that a `Selector` did not choose, hence the dagger. A `Selector` is
//! made anew for each wait.

use ::flume::{Receiver, Selector, Sender, bounded, unbounded};

use super::Rival;
use super::idiom::{self, Branches};
use crate::shape::{
    Bridge, Capacity, Event, MIXED, Message, Tasks, ThreadMix, ThreadPick, Threads, Turns,
};
use crate::workload::{BridgeRuns, MixRuns, PickRuns, TaskRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    cancel_safe: false,
    threads: |_| Some(ThreadRuns::of::<Flume>()),
    tasks: |_| Some(TaskRuns::of::<Flume>()),
    bridges: |_| Some(BridgeRuns::of::<Flume>()),
    thread_picks: |_, _| Some(PickRuns::of_threads::<Flume>()),
    task_picks: |arms, _| idiom::branches::<Flume>(arms),
    // Among sends alone, at capacity 0, its threads wait for ever.
    thread_mixes: |_| Some(MixRuns { both: None, ..MixRuns::of_threads::<Flume>() }),
    task_mixes: |_| Some(MixRuns::of_tasks::<Branches<Flume, MIXED>>()),
    ..Rival::new("flume", "flume")
};

pub(super) struct Flume;

fn make<M: Message>(capacity: Capacity) -> (Sender<M>, Receiver<M>) {
    match capacity {
        Capacity::Rendezvous => bounded(0),
        Capacity::Bounded(capacity) => bounded(capacity),
        Capacity::Unbounded => unbounded(),
    }
}

impl<M: Message> Threads<M> for Flume {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        make(capacity)
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

impl<M: Message> Tasks<M> for Flume {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        make(capacity)
    }

    #[inline]
    async fn send(tx: &mut Self::Tx, message: M) -> bool {
        tx.send_async(message).await.is_ok()
    }

    #[inline]
    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv_async().await.ok()
    }

    #[inline]
    fn try_send(tx: &mut Self::Tx, message: M) -> bool {
        tx.try_send(message).is_ok()
    }
}

impl Bridge for Flume {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        make(capacity)
    }

    fn to_thread(capacity: Capacity) -> (Sender<usize>, Receiver<usize>) {
        make(capacity)
    }
}

impl ThreadPick for Flume {
    type Channel = Self;

    fn serve<T: Turns>(rxs: &mut [Receiver<usize>], turns: &mut T) {
        while turns.go_on() {
            let all = rxs.iter().fold(Selector::new(), |all, rx| all.recv(rx, |received| received));
            let Ok(message) = all.wait() else { return };
            turns.take(message);
        }
    }
}

impl ThreadMix for Flume {
    type Channel = Self;
    type Pick = Self;

    fn either(tx: &Sender<usize>, message: usize, rx: &mut Receiver<usize>) -> Event {
        Selector::new()
            .send(tx, message, |sent| sent.map_or(Event::Closed, |()| Event::Sent))
            .recv(rx, |received| received.map_or(Event::Closed, Event::Received))
            .wait()
    }

    fn send_any(txs: &[Sender<usize>], message: usize) -> bool {
        let sends = txs.iter();
        sends.fold(Selector::new(), |all, tx| all.send(tx, message, |sent| sent.is_ok())).wait()
    }
}
