//! What meets a select.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::channel::{Receiver, Sender, TryRecvError};
use strait::select_biased;

use super::cases::Case;
use super::pairs::{
    both_and_receive, opposite_order, two_sends_one_receive, two_try_recvs, two_try_sends,
};
use super::ring::{First, Score, play};
use crate::support::caps::Kind;
use crate::support::hand::{hand, parked};

/// All of them.
pub const SELECTS: [Case; 12] = [
    ("a select begins to wait to send, a receive", send_and_recv),
    ("a select begins to wait to send, a try_recv", send_and_try_recv),
    ("a select that sends is dropped, its message is received", drop_and_try_recv),
    ("a select begins to wait to send, the close comes", send_and_close),
    ("a select begins to wait to send, the cancel comes", send_and_cancel),
    ("a select begins to wait to receive, a message comes", receive_and_message),
    ("a select that receives is dropped, its message comes", drop_and_try_send),
    ("two selects send to one that receives", two_sends_one_receive),
    ("one select receives from two channels, two try_sends", two_try_sends),
    ("one select sends to two channels, two try_recvs", two_try_recvs),
    ("two selects, each sends to the other or receives from it", opposite_order),
    ("a select that sends and receives on one channel, one that receives", both_and_receive),
];

type Ends = (Sender<usize>, Receiver<usize>);

/// A channel, another one of the same kind, and what the right side has to say.
pub(super) struct Stage {
    pub(super) one: Ends,
    pub(super) two: Ends,
    pub(super) told: AtomicUsize,
}

/// Nobody was woken for this long.
pub(super) const STILL: Duration = Duration::from_secs(10);

/// Nothing was said.
pub(super) const NOTHING: usize = usize::MAX;

impl Stage {
    pub(super) fn new(kind: Kind, fill: bool) -> Self {
        let stage = Self { one: kind.open(), two: kind.open(), told: AtomicUsize::new(NOTHING) };
        if fill {
            let fill = |(tx, _): &Ends| {
                (0..kind.cap.unwrap_or(0)).for_each(|i| tx.try_send(i).unwrap());
            };
            fill(&stage.one);
            fill(&stage.two);
        }
        stage
    }

    pub(super) fn tell(&self, what: usize) {
        self.told.store(what, SeqCst);
    }

    pub(super) fn told(&self) -> Option<usize> {
        Some(self.told.load(SeqCst)).filter(|told| *told != NOTHING)
    }

    /// Takes the buffer out, which must be as it was filled.
    pub(super) fn empty(&self, kind: Kind) {
        (0..kind.cap.unwrap_or(0)).for_each(|i| assert_eq!(self.one.1.try_recv(), Ok(i)));
    }
}

/// Sends 7 to one, or receives from two.
pub(super) async fn send_one(stage: &Stage, slot: &mut Option<usize>) -> Result<(), usize> {
    select_biased! {
        sent = stage.one.0.send_ref(slot) => sent.map_err(|_| 0),
        got = stage.two.1.recv() => Err(got.unwrap()),
    }
}

/// Receives from one or from two.
pub(super) async fn receive(stage: &Stage) -> usize {
    select_biased! {
        got = stage.one.1.recv() => got.unwrap(),
        got = stage.two.1.recv() => 100 + got.unwrap(),
    }
}

pub(super) fn first<T>(there: &Option<T>) -> First {
    if there.is_some() { First::Right } else { First::Left }
}

/// A channel to which a select can wait to send, beside one that is empty.
pub(super) fn tight(kind: Kind) -> Stage {
    let stage = Stage::new(kind, true);
    let _ = stage.two.1.drain().count();
    stage
}

fn a_send(
    kind: Kind,
    rounds: usize,
    seed: u64,
    right: impl Fn(&Stage) + Send + Sync + 'static,
) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    play(
        rounds,
        seed,
        || tight(kind),
        Arc::new(right),
        |stage, step| {
            let mut slot = Some(7);
            let mut select = hand(send_one(stage, &mut slot));
            step.start();
            let mut sent = select.settle();
            // It may have to take a new place, and is woken for that.
            step.finish_while(|| {
                if sent.is_none() && select.woken() {
                    sent = select.settle();
                }
            });
            assert_eq!(sent.unwrap_or_else(|| select.ready()), Ok(()));
            drop(select);
            assert_eq!((slot, stage.told()), (None, Some(7)));
            first(&sent)
        },
    )
}

fn send_and_recv(kind: Kind, rounds: usize, seed: u64) -> Score {
    a_send(kind, rounds, seed, move |stage| {
        stage.empty(kind);
        stage.tell(stage.one.1.recv_blocking().unwrap());
    })
}

fn send_and_try_recv(kind: Kind, rounds: usize, seed: u64) -> Score {
    a_send(kind, rounds, seed, move |stage| {
        stage.empty(kind);
        loop {
            if let Ok(got) = stage.one.1.try_recv() {
                return stage.tell(got);
            }
        }
    })
}

fn drop_and_try_recv(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    let right = Arc::new(move |stage: &Stage| {
        stage.empty(kind);
        if let Ok(got) = stage.one.1.try_recv() {
            stage.tell(got);
        }
    });
    play(
        rounds,
        seed,
        || tight(kind),
        right,
        |stage, step| {
            let mut slot = Some(7);
            let select = parked(send_one(stage, &mut slot));
            step.start();
            drop(select);
            step.finish();
            let told = stage.told();
            assert_eq!(slot.is_none(), told == Some(7), "{kind:?}: {slot:?} and {told:?}");
            assert_eq!(stage.one.1.try_recv(), Err(TryRecvError::Empty));
            assert_eq!(stage.one.0.len(), 0);
            first(&told)
        },
    )
}

fn send_and_close(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    let right = Arc::new(|stage: &Stage| _ = stage.one.0.close());
    play(
        rounds,
        seed,
        || tight(kind),
        right,
        |stage, step| {
            let mut slot = Some(7);
            let mut select = hand(send_one(stage, &mut slot));
            step.start();
            let sent = select.settle();
            step.finish();
            stage.empty(kind);
            // In line before the close, it can be received; or it was refused.
            let got = stage.one.1.try_recv();
            let end = sent.unwrap_or_else(|| select.ready());
            drop(select);
            assert_eq!(got, if end.is_ok() { Ok(7) } else { Err(TryRecvError::Closed) });
            assert_eq!(slot.is_none(), end.is_ok());
            if end.is_ok() { First::Left } else { First::Right }
        },
    )
}

fn send_and_cancel(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    let right = Arc::new(|stage: &Stage| _ = stage.one.1.cancel());
    play(
        rounds,
        seed,
        || tight(kind),
        right,
        |stage, step| {
            let mut slot = Some(7);
            let mut select = hand(send_one(stage, &mut slot));
            step.start();
            let sent = select.settle();
            step.finish();
            assert_eq!(sent.unwrap_or_else(|| select.ready()), Err(0));
            drop(select);
            assert_eq!(slot, Some(7));
            assert_eq!(stage.one.1.try_recv(), Err(TryRecvError::Closed));
            first(&sent)
        },
    )
}

fn receive_and_message(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|stage: &Stage| while stage.two.0.try_send(7).is_err() {});
    play(
        rounds,
        seed,
        || Stage::new(kind, false),
        right,
        |stage, step| {
            let mut select = hand(receive(stage));
            step.start();
            let mut got = select.settle();
            let early = first(&got);
            // A `try_send` waits for a select that waits.
            while got.is_none() {
                got = select.woken().then(|| select.settle()).flatten();
            }
            step.finish();
            assert_eq!(got, Some(107));
            early
        },
    )
}

fn drop_and_try_send(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|stage: &Stage| {
        if stage.one.0.try_send(7).is_ok() {
            stage.tell(7);
        }
    });
    play(
        rounds,
        seed,
        || Stage::new(kind, false),
        right,
        |stage, step| {
            let select = parked(receive(stage));
            let mut second = parked(receive(stage));
            step.start();
            let woken = select.woken();
            drop(select);
            step.finish();
            // The second one waits all the time.
            assert_eq!(stage.told(), Some(7), "{kind:?}: refused, though a select waits");
            assert_eq!(second.ready(), 7, "{kind:?}: the wake-up went with the one that left");
            if woken { First::Right } else { First::Left }
        },
    )
}
