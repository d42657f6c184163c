//! Duels in which more than one operation meets a select, or two selects each other.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use strait::channel::TryRecvError;
use strait::{select_biased, select_blocking_biased};

use super::ring::{First, Score, play};
use super::selects::{STILL, Stage, first, receive};
use crate::support::caps::Kind;
use crate::support::hand::{Hand, hand, parked};

pub(super) fn two_sends_one_receive(kind: Kind, rounds: usize, seed: u64) -> Score {
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

pub(super) fn two_try_sends(kind: Kind, rounds: usize, seed: u64) -> Score {
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

pub(super) fn two_try_recvs(kind: Kind, rounds: usize, seed: u64) -> Score {
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

pub(super) fn opposite_order(kind: Kind, rounds: usize, seed: u64) -> Score {
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

pub(super) fn both_and_receive(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap != Some(0) {
        return Score::default();
    }
    let right = Arc::new(|stage: &Stage| {
        let got = select_blocking_biased! {
            got = stage.one.1.recv() => got.unwrap(),
            got = stage.one.1.recv() => got.unwrap(),
        };
        stage.tell(got);
    });
    play(
        rounds,
        seed,
        || Stage::new(kind, false),
        right,
        |stage, step| {
            let mut slot = Some(7);
            let mut select = hand(async {
                select_biased! {
                    got = stage.one.1.recv() => panic!("{got:?} from itself"),
                    sent = stage.one.0.send_ref(&mut slot) => sent.unwrap(),
                }
            });
            step.start();
            let early = select.settle();
            let mut end = early;
            let since = Instant::now();
            while end.is_none() {
                end = select.woken().then(|| select.settle()).flatten();
                assert!(since.elapsed() < STILL, "{kind:?}: both sleep");
            }
            step.finish();
            assert_eq!(stage.told(), Some(7));
            first(&early)
        },
    )
}
