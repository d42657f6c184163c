//! A lab is believed only if it tells a broken channel from a sound one.

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use tokio::sync::mpsc;

use super::{Job, MixRuns, PickRuns, ThreadRuns};
use crate::shape::{Capacity, Event, TaskPick, Tasks, ThreadMix, ThreadPick, Threads, Turns};
use crate::tally::{Fault, message};

/// Loses the message whose sequence number is `LOST`.
struct Lossy<const LOST: usize>;

impl<const LOST: usize> Threads for Lossy<LOST> {
    type Tx = Sender<usize>;
    type Rx = Receiver<usize>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        crossbeam_channel::unbounded()
    }

    fn send(tx: &Self::Tx, sent: usize) -> bool {
        sent == message(0, LOST) || tx.send(sent).is_ok()
    }

    fn recv(rx: &Self::Rx) -> Option<usize> {
        rx.recv().ok()
    }

    fn try_send(tx: &Self::Tx, sent: usize) -> bool {
        Self::send(tx, sent)
    }

    fn try_recv(rx: &Self::Rx) -> Option<usize> {
        rx.try_recv().ok()
    }
}

/// Selects by asking one channel after the other.
impl<const LOST: usize> ThreadPick for Lossy<LOST> {
    type Channel = Self;

    fn serve<T: Turns>(rxs: &[Receiver<usize>], turns: &mut T) {
        while turns.go_on() {
            let mut around = rxs.iter().cycle().map(Receiver::try_recv);
            match around.find(|received| *received != Err(TryRecvError::Empty)) {
                Some(Ok(message)) => turns.take(message),
                _ => return,
            }
        }
    }
}

/// Sends, and says now and then that it has not.
impl<const LOST: usize> ThreadMix for Lossy<LOST> {
    type Channel = Self;
    type Pick = Self;

    fn either(tx: &Sender<usize>, sent: usize, rx: &Receiver<usize>) -> Event {
        match rx.try_recv() {
            Ok(message) => Event::Received(message),
            Err(TryRecvError::Disconnected) => Event::Closed,
            Err(TryRecvError::Empty) if sent == message(0, LOST) => {
                tx.send(sent).map_or(Event::Closed, |()| Self::either(tx, sent + 1, rx))
            }
            Err(TryRecvError::Empty) => tx.send(sent).map_or(Event::Closed, |()| Event::Sent),
        }
    }

    fn send_any(txs: &[Sender<usize>], sent: usize) -> bool {
        Self::send(&txs[sent % txs.len()], sent)
    }
}

/// The same for one task.
struct LossyTask<const LOST: usize>;

impl<const LOST: usize> Tasks for LossyTask<LOST> {
    type Tx = mpsc::UnboundedSender<usize>;
    type Rx = mpsc::UnboundedReceiver<usize>;

    fn make(_: Capacity) -> (Self::Tx, Self::Rx) {
        mpsc::unbounded_channel()
    }

    async fn send(tx: &Self::Tx, sent: usize) -> bool {
        Self::try_send(tx, sent)
    }

    async fn recv(rx: &mut Self::Rx) -> Option<usize> {
        rx.recv().await
    }

    fn try_send(tx: &Self::Tx, sent: usize) -> bool {
        sent == message(0, LOST) || tx.send(sent).is_ok()
    }
}

impl<const LOST: usize> TaskPick for LossyTask<LOST> {
    type Channel = Self;

    async fn serve<T: Turns + Send>(rxs: &mut [mpsc::UnboundedReceiver<usize>], turns: &mut T) {
        let [a, b] = rxs else { unreachable!("as many as arms") };
        while turns.go_on() {
            let received =
                tokio::select! { received = a.recv() => received, received = b.recv() => received };
            let Some(message) = received else { return };
            turns.take(message);
        }
    }
}

fn job(producers: usize, consumers: usize) -> Job {
    Job { producers, consumers, messages: 4096, ..Job::at(Capacity::Unbounded) }
}

#[test]
fn a_sound_channel_passes() {
    let runs = ThreadRuns::of::<Lossy<{ usize::MAX >> 40 }>>();
    for run in [runs.same, runs.fill, runs.attempt, runs.empty, runs.once, runs.streams] {
        assert!(run(job(1, 1)).is_ok());
    }
    assert!((runs.streams)(job(4, 1)).is_ok());
    assert!((runs.streams)(job(4, 4)).is_ok());
}

#[test]
fn a_lost_message_is_a_fault() {
    let runs = ThreadRuns::of::<Lossy<7>>();
    let lost = Err(Fault::Count { sent: 4096, received: 4095 });
    for (producers, consumers) in [(1, 1), (4, 1), (4, 4)] {
        assert_eq!((runs.streams)(job(producers, consumers)).map(drop), lost);
    }
    assert_eq!((runs.attempt)(job(1, 1)).map(drop), lost);
}

#[test]
fn a_full_channel_that_takes_more_is_a_fault() {
    let runs = ThreadRuns::of::<Lossy<7>>();
    assert_eq!((runs.full)(job(1, 1)).map(drop), Err(Fault::Answer));
}

const SOUND: usize = usize::MAX >> 40;

fn two_arms() -> Job {
    Job { arms: 2, busy: 2, workers: 1, ..job(2, 1) }
}

#[test]
fn a_sound_select_passes() {
    let runs = PickRuns::of_threads::<Lossy<SOUND>>();
    let tasks = PickRuns::of_tasks::<LossyTask<SOUND>>();
    for run in [runs.recv, tasks.recv] {
        assert_eq!(run(two_arms()).map(drop), Ok(()));
    }
    for run in [runs.ready, runs.plain, tasks.ready, tasks.plain] {
        assert_eq!(run(Job { producers: 1, ..two_arms() }).map(drop), Ok(()));
    }
    let mixes = MixRuns::of_threads::<Lossy<SOUND>>();
    for run in [Some(mixes.cancel), mixes.cancel_crowd, mixes.both].into_iter().flatten() {
        assert_eq!(run(job(4, 4)).map(drop), Ok(()));
    }
    assert_eq!((mixes.cross)(job(1, 1)).map(drop), Ok(()));
}

#[test]
fn a_message_that_a_select_never_sees_is_a_fault() {
    let lost = Err(Fault::Count { sent: 4096, received: 4095 });
    for runs in [PickRuns::of_threads::<Lossy<7>>(), PickRuns::of_tasks::<LossyTask<7>>()] {
        assert_eq!((runs.recv)(two_arms()).map(drop), lost);
    }
    let mixes = MixRuns::of_threads::<Lossy<7>>();
    assert_eq!(mixes.both.map(|both| both(job(4, 4)).map(drop)), Some(lost));
}

#[test]
fn a_send_that_was_not_chosen_and_arrives_is_a_fault() {
    let mixes = MixRuns::of_threads::<Lossy<7>>();
    assert!(matches!((mixes.cross)(job(1, 1)), Err(Fault::Count { .. })));
}
