//! What meets a select.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use strait::channel::{Receiver, Sender, TryRecvError};
use strait::{select_biased, select_blocking_biased};

use super::cases::Case;
use super::ring::{First, Score, play};
use crate::support::caps::Kind;
use crate::support::hand::{Hand, hand, parked};

/// All of them.
pub const SELECTS: [Case; 11] = [
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
];

type Ends = (Sender<usize>, Receiver<usize>);

/// A channel, another one of the same kind, and what the right side has to say.
struct Stage {
    one: Ends,
    two: Ends,
    told: AtomicUsize,
}

/// Nothing was said.
const NOTHING: usize = usize::MAX;

impl Stage {
    fn new(kind: Kind, fill: bool) -> Self {
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

    fn tell(&self, what: usize) {
        self.told.store(what, SeqCst);
    }

    fn told(&self) -> Option<usize> {
        Some(self.told.load(SeqCst)).filter(|told| *told != NOTHING)
    }

    /// Takes the buffer out, which must be as it was filled.
    fn empty(&self, kind: Kind) {
        (0..kind.cap.unwrap_or(0)).for_each(|i| assert_eq!(self.one.1.try_recv(), Ok(i)));
    }
}

/// Sends 7 to one, or receives from two.
async fn send_one(stage: &Stage, slot: &mut Option<usize>) -> Result<(), usize> {
    select_biased! {
        sent = stage.one.0.send_ref(slot) => sent.map_err(|_| 0),
        got = stage.two.1.recv() => Err(got.unwrap()),
    }
}

/// Receives from one or from two.
async fn receive(stage: &Stage) -> usize {
    select_biased! {
        got = stage.one.1.recv() => got.unwrap(),
        got = stage.two.1.recv() => 100 + got.unwrap(),
    }
}

fn first<T>(there: &Option<T>) -> First {
    if there.is_some() { First::Right } else { First::Left }
}

/// A channel to which a select can wait to send, beside one that is empty.
fn tight(kind: Kind) -> Stage {
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

fn two_sends_one_receive(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap != Some(0) {
        return Score::default();
    }
    let right = Arc::new(|stage: &Stage| {
        let mut slot = Some(8);
        let sent = select_blocking_biased! {
            sent = stage.one.0.send_ref(&mut slot) => sent.is_ok(),
            default => false,
        };
        assert_eq!(slot.is_none(), sent);
        if sent {
            stage.tell(8);
        }
    });
    play(
        rounds,
        seed,
        || Stage::new(kind, false),
        right,
        |stage, step| {
            // The one that receives sends nothing, and the one that sends waits for nothing else.
            let mut receives = parked(async {
                select_biased! {
                    got = stage.one.1.recv() => got.unwrap(),
                    got = stage.two.1.recv() => 100 + got.unwrap(),
                }
            });
            let mut slot = Some(7);
            let mut sends: Hand<_> = hand(async {
                select_biased! {
                    sent = stage.one.0.send_ref(&mut slot) => sent.unwrap(),
                }
            });
            step.start();
            let sent = sends.settle();
            step.finish();
            let got = receives.now();
            let right = stage.told().is_some();
            // Both can be said to have sent only if the second one's is in line: nobody was there.
            assert!(sent.is_none() || !right, "{kind:?}: one receive, and two sends returned");
            if sent.is_some() || !right {
                assert_eq!(got, 7);
                sent.unwrap_or_else(|| sends.ready());
            } else {
                assert_eq!(got, 8);
                sends.asleep();
            }
            drop(sends);
            assert_eq!(slot.is_none(), got == 7);
            assert_eq!(stage.one.1.try_recv(), Err(TryRecvError::Empty));
            if right { First::Right } else { First::Left }
        },
    )
}

fn two_try_sends(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap != Some(0) {
        return Score::default();
    }
    let right = Arc::new(|stage: &Stage| {
        if stage.two.0.try_send(8).is_ok() {
            stage.tell(8);
        }
    });
    play(
        rounds,
        seed,
        || Stage::new(kind, false),
        right,
        |stage, step| {
            let mut select = parked(receive(stage));
            step.start();
            let left = stage.one.0.try_send(7).is_ok();
            step.finish();
            let right = stage.told().is_some();
            assert!(left != right, "{kind:?}: left {left}, right {right}");
            assert_eq!(select.ready(), if left { 7 } else { 108 });
            assert_eq!((stage.one.0.len(), stage.two.0.len()), (0, 0));
            if left { First::Left } else { First::Right }
        },
    )
}

fn two_try_recvs(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    let count = kind.cap.unwrap_or(0);
    let right = Arc::new(move |stage: &Stage| {
        (0..count).for_each(|i| assert_eq!(stage.two.1.try_recv(), Ok(i)));
        if let Ok(got) = stage.two.1.try_recv() {
            stage.tell(got);
        }
    });
    play(
        rounds,
        seed,
        || Stage::new(kind, true),
        right,
        |stage, step| {
            let (mut one, mut two) = (Some(7), Some(8));
            let mut select = parked(async {
                select_biased! {
                    sent = stage.one.0.send_ref(&mut one) => { sent.unwrap(); 7 }
                    sent = stage.two.0.send_ref(&mut two) => { sent.unwrap(); 8 }
                }
            });
            step.start();
            stage.empty(kind);
            let left = stage.one.1.try_recv().ok();
            step.finish();
            let right = stage.told();
            assert!(left.is_some() != right.is_some(), "{kind:?}: {left:?}, {right:?}");
            assert_eq!(left.or(right), Some(select.ready()));
            drop(select);
            assert_eq!((one, two), if left.is_some() { (None, Some(8)) } else { (Some(7), None) });
            if left.is_some() { First::Left } else { First::Right }
        },
    )
}

fn opposite_order(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap != Some(0) {
        return Score::default();
    }
    let right = Arc::new(|stage: &Stage| {
        let said = select_blocking_biased! {
            got = stage.one.1.recv() => got.unwrap(),
            sent = stage.two.0.send(8) => { sent.unwrap(); 0 }
        };
        stage.tell(said);
    });
    play(
        rounds,
        seed,
        || Stage::new(kind, false),
        right,
        |stage, step| {
            let mut select = hand(async {
                select_biased! {
                    sent = stage.one.0.send(7) => { sent.unwrap(); 0 }
                    got = stage.two.1.recv() => got.unwrap(),
                }
            });
            step.start();
            let early = match select.poll() {
                Poll::Ready(end) => Some(end),
                Poll::Pending => None,
            };
            let mut end = early.or_else(|| select.settle());
            while end.is_none() {
                end = select.woken().then(|| select.settle()).flatten();
            }
            step.finish();
            let ends = (end.unwrap(), stage.told().unwrap());
            assert!(ends == (0, 7) || ends == (8, 0), "{kind:?}: {ends:?}");
            first(&early)
        },
    )
}
