//! What meets what.

#![forbid(unsafe_code)]

use std::sync::Arc;

use strait::channel::{Receiver, Sender, TryRecvError};

use super::ring::{First, Score, Step, play};
use crate::support::caps::Kind;
use crate::support::hand::{hand, parked};
use crate::support::payload::Ledger;
use crate::support::slot::{Fate, Told, told_send};

/// The two ends, with `filled` messages inside.
type Ends = (Sender<usize>, Receiver<usize>);

/// A case, by name.
pub type Case = (&'static str, fn(Kind, usize, u64) -> Score);

/// All of them.
pub const CASES: [Case; 10] = [
    ("a receive begins to wait, a message comes", receive_and_message),
    ("a receive begins to wait, the end comes", receive_and_close),
    ("a send begins to wait, room comes", send_and_room),
    ("a send begins to wait, the cancel comes", send_and_cancel),
    ("a wait for the end, the end comes", end_and_close),
    ("a receive is dropped, its message comes", drop_and_message),
    ("a send is dropped, its room comes", drop_and_room),
    ("a send, the close", send_and_close),
    ("a send, the last receiver goes", send_and_last_receiver),
    ("two receives, one message, the end", receives_and_end),
];

fn filled(kind: Kind) -> Ends {
    let (tx, rx) = kind.open();
    (0..kind.cap.unwrap_or(0)).for_each(|i| tx.try_send(i).unwrap());
    (tx, rx)
}

fn first<T>(there: &Option<T>) -> First {
    if there.is_some() { First::Right } else { First::Left }
}

fn receive_and_message(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|(tx, _): &Ends| while tx.try_send(7).is_err() {});
    play(
        rounds,
        seed,
        || kind.open(),
        right,
        |(_, rx), step| {
            let mut receive = hand(rx.recv());
            step.start();
            let got = receive.settle();
            step.finish();
            assert_eq!(got.unwrap_or_else(|| receive.ready()), Ok(7));
            first(&got)
        },
    )
}

fn receive_and_close(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|(tx, _): &Ends| _ = tx.close());
    play(
        rounds,
        seed,
        || kind.open(),
        right,
        |(_, rx), step| {
            let mut receive = hand(rx.recv());
            step.start();
            let got = receive.settle();
            step.finish();
            assert!(got.unwrap_or_else(|| receive.ready()).is_err());
            first(&got)
        },
    )
}

fn send_and_room(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    // A rendezvous channel has its message only when the send has begun.
    let right = Arc::new(|(_, rx): &Ends| while rx.try_recv().is_err() {});
    play(
        rounds,
        seed,
        || filled(kind),
        right,
        |(tx, _), step| {
            let mut send = hand(tx.send(7));
            step.start();
            let sent = send.settle();
            step.finish();
            assert_eq!(sent.unwrap_or_else(|| send.ready()), Ok(()));
            first(&sent)
        },
    )
}

fn send_and_cancel(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    let right = Arc::new(|(_, rx): &Ends| _ = rx.cancel());
    play(
        rounds,
        seed,
        || filled(kind),
        right,
        |(tx, rx), step| {
            let mut send = hand(tx.send(7));
            step.start();
            let sent = send.settle();
            step.finish();
            assert!(sent.unwrap_or_else(|| send.ready()).is_err());
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
            first(&sent)
        },
    )
}

fn end_and_close(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|(tx, _): &Ends| _ = tx.close());
    play(
        rounds,
        seed,
        || kind.open(),
        right,
        |(tx, _), step| {
            let mut end = hand(tx.closed());
            step.start();
            let seen = end.settle();
            step.finish();
            seen.unwrap_or_else(|| end.ready());
            first(&seen)
        },
    )
}

fn drop_and_message(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|(tx, _): &Ends| while tx.try_send(7).is_err() {});
    play(
        rounds,
        seed,
        || kind.open(),
        right,
        |(_, rx), step| {
            let leaving = parked(rx.recv());
            let mut second = parked(rx.recv());
            step.start();
            let told = leaving.woken();
            drop(leaving);
            step.finish();
            assert_eq!(second.ready(), Ok(7), "the wake-up went with the one that left");
            if told { First::Right } else { First::Left }
        },
    )
}

fn drop_and_room(kind: Kind, rounds: usize, seed: u64) -> Score {
    if kind.cap.is_none() {
        return Score::default();
    }
    let right = Arc::new(|(_, rx): &Ends| _ = rx.try_recv());
    play(
        rounds,
        seed,
        || filled(kind),
        right,
        |(tx, rx), step| {
            let told = Told::default();
            let leaving = parked(told_send(tx, 100, told.clone()));
            let mut second = parked(tx.send(101));
            step.start();
            let first = if leaving.woken() { First::Right } else { First::Left };
            drop(leaving);
            step.finish();
            match told.fate() {
                // Its place is free: for a buffer that means room for the second; at capacity 0 the
                // receive took the one or the other.
                Fate::Back => assert_eq!(second.ready(), Ok(())),
                Fate::Sent => {
                    second.asleep();
                    assert!(rx.try_recv().is_ok());
                    assert_eq!(second.ready(), Ok(()));
                }
                Fate::Unknown => unreachable!("its future is gone"),
            }
            first
        },
    )
}

fn send_and_close(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|(tx, _): &Ends| _ = tx.close());
    play(
        rounds,
        seed,
        || kind.open(),
        right,
        |(tx, rx), step| {
            // At capacity 0 somebody has to wait for it.
            let demand = parked(rx.recv());
            step.start();
            let sent = tx.try_send(7);
            step.finish();
            drop(demand);
            assert_eq!(rx.try_recv().is_ok(), sent.is_ok(), "sent, or refused: {sent:?}");
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
            if sent.is_ok() { First::Left } else { First::Right }
        },
    )
}

fn send_and_last_receiver(kind: Kind, rounds: usize, seed: u64) -> Score {
    type Own = (Sender<crate::support::payload::Item>, std::sync::Mutex<Option<Last>>, Ledger);
    type Last = Receiver<crate::support::payload::Item>;
    let right = Arc::new(|(_, last, _): &Own| drop(last.lock().unwrap().take()));
    let setup = || {
        let (tx, rx) = kind.open();
        (tx, std::sync::Mutex::new(Some(rx)), Ledger::new(1))
    };
    play(rounds, seed, setup, right, |(tx, _, book): &Own, step: &Step<'_>| {
        let mut send = hand(tx.send(book.item(0)));
        step.start();
        let sent = send.settle();
        step.finish();
        let result = sent.unwrap_or_else(|| send.ready());
        drop(send);
        let first = if result.is_ok() { First::Left } else { First::Right };
        if let Err(back) = result {
            back.0.take_back();
        }
        assert_eq!(book.live(), 0, "a message outlives the last receiver");
        book.settle(false);
        first
    })
}

fn receives_and_end(kind: Kind, rounds: usize, seed: u64) -> Score {
    let right = Arc::new(|(tx, _): &Ends| {
        while tx.try_send(7).is_err() {}
        tx.close();
    });
    play(
        rounds,
        seed,
        || kind.open(),
        right,
        |(_, rx), step| {
            let mut one = hand(rx.recv());
            let mut two = hand(rx.recv());
            step.start();
            let (a, b) = (one.settle(), two.settle());
            step.finish();
            // They run in the order in which they are woken, or in any other: both come to an end.
            let first = first(&a);
            let mut seen = vec![a, b];
            while seen.iter().any(Option::is_none) {
                assert!(
                    seen[0].is_none() && one.woken() || seen[1].is_none() && two.woken(),
                    "one is left asleep: {seen:?}"
                );
                if seen[1].is_none() && two.woken() {
                    seen[1] = two.settle();
                } else if seen[0].is_none() {
                    seen[0] = one.settle();
                }
            }
            let got = seen.iter().filter(|end| **end == Some(Ok(7))).count();
            assert_eq!(got, 1, "{seen:?}");
            first
        },
    )
}
