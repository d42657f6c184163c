//! Channels that break their word once.

use async_channel::{Receiver, Sender, TryRecvError, unbounded};

use crate::shape::{
    Bridge, Capacity, Event, Message, TaskMix, TaskPick, Tasks, ThreadMix, ThreadPick, Threads,
    Turns,
};
use crate::tally::message;

/// Keeps its word.
pub(super) const SOUND: u8 = 0;
/// Loses a message.
pub(super) const LOSES: u8 = 1;
/// Sends a message twice.
pub(super) const DOUBLES: u8 = 2;
/// Sends a message in place of another.
pub(super) const SWAPS: u8 = 3;

/// To whose messages it happens: the first producer's, and to the one with this number.
pub(super) const AT: usize = 7;

/// A channel for threads and tasks without limit, whatever capacity is asked for.
pub(super) struct Broken<const HOW: u8>;

/// What becomes of a message.
fn fate<const HOW: u8>(word: usize) -> impl Iterator<Item = usize> {
    let fate: &[usize] = match HOW {
        LOSES if word == message(0, AT) => &[],
        DOUBLES if word == message(0, AT) => &[0, 0],
        SWAPS if word == message(0, AT) => &[1],
        _ => &[0],
    };
    fate.iter().map(move |more| word + more)
}

fn pass_on<M: Message, const HOW: u8>(tx: &Sender<M>, sent: M) -> bool {
    fate::<HOW>(sent.unpack()).all(|word| tx.try_send(M::pack(word)).is_ok())
}

impl<M: Message, const HOW: u8> Threads<M> for Broken<HOW> {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        unbounded()
    }

    fn send(tx: &Self::Tx, sent: M) -> bool {
        pass_on::<M, HOW>(tx, sent)
    }

    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv_blocking().ok()
    }

    fn try_send(tx: &Self::Tx, sent: M) -> bool {
        pass_on::<M, HOW>(tx, sent)
    }

    fn try_recv(rx: &mut Self::Rx) -> Option<M> {
        rx.try_recv().ok()
    }
}

impl<M: Message, const HOW: u8> Tasks<M> for Broken<HOW> {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        unbounded()
    }

    async fn send(tx: &mut Self::Tx, sent: M) -> bool {
        pass_on::<M, HOW>(tx, sent)
    }

    async fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().await.ok()
    }

    fn try_send(tx: &mut Self::Tx, sent: M) -> bool {
        pass_on::<M, HOW>(tx, sent)
    }
}

impl<const HOW: u8> Bridge for Broken<HOW> {
    type Threads = Self;
    type Tasks = Self;

    fn to_task(_: Capacity) -> (Sender<usize>, Receiver<usize>) {
        unbounded()
    }

    fn to_thread(_: Capacity) -> (Sender<usize>, Receiver<usize>) {
        unbounded()
    }
}

/// Selects by asking one channel after the other.
impl<const HOW: u8> ThreadPick for Broken<HOW> {
    type Channel = Self;

    fn serve<T: Turns>(rxs: &mut [Receiver<usize>], turns: &mut T) {
        while turns.go_on() {
            let mut around = rxs.iter().cycle().map(Receiver::try_recv);
            match around.find(|received| *received != Err(TryRecvError::Empty)) {
                Some(Ok(message)) => turns.take(message),
                _ => return,
            }
        }
    }
}

impl<const HOW: u8> TaskPick for Broken<HOW> {
    type Channel = Self;

    async fn serve<T: Turns + Send>(rxs: &mut [Receiver<usize>], turns: &mut T) {
        while turns.go_on() {
            let receives = rxs.iter().map(|rx| Box::pin(rx.recv()));
            let (Ok(message), ..) = futures::future::select_all(receives).await else { return };
            turns.take(message);
        }
    }
}

/// Receives if there is something, else sends; one that doubles has sent when it says that it has
/// not.
fn either<const HOW: u8>(tx: &Sender<usize>, sent: usize, rx: &Receiver<usize>) -> Event {
    match rx.try_recv() {
        Ok(message) => Event::Received(message),
        Err(TryRecvError::Closed) => Event::Closed,
        Err(TryRecvError::Empty) if pass_on::<usize, HOW>(tx, sent) => Event::Sent,
        Err(TryRecvError::Empty) => Event::Closed,
    }
}

impl<const HOW: u8> ThreadMix for Broken<HOW> {
    type Channel = Self;
    type Pick = Self;

    fn either(tx: &Sender<usize>, sent: usize, rx: &mut Receiver<usize>) -> Event {
        either::<HOW>(tx, sent, rx)
    }

    fn send_any(txs: &[Sender<usize>], sent: usize) -> bool {
        pass_on::<usize, HOW>(&txs[sent % txs.len()], sent)
    }
}

impl<const HOW: u8> TaskMix for Broken<HOW> {
    type Channel = Self;
    type Pick = Self;

    async fn either(tx: &mut Sender<usize>, sent: usize, rx: &mut Receiver<usize>) -> Event {
        either::<HOW>(tx, sent, rx)
    }

    async fn send_any(txs: &mut [Sender<usize>], sent: usize) -> bool {
        pass_on::<usize, HOW>(&txs[sent % txs.len()], sent)
    }
}
