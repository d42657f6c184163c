//! Random programs against a sequential model: senders, receivers that come and go, futures that are
//! polled and dropped at random. The model is a list of elements and a place for each receiver.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, VecDeque};

use strait::channel::{
    BroadcastBuilder, BroadcastReceiver, BroadcastRecvError, BroadcastTryRecvError, TrySendError,
};

use crate::support::hand::{Hand, hand};
use crate::support::payload::{Item, Ledger};
use crate::support::rng::{Rng, seed};
use crate::support::watch::scaled;

/// What a channel should be.
struct Spec {
    capacity: usize,
    lags: bool,
    replay: usize,
    /// All that was ever sent to somebody.
    sent: Vec<usize>,
    /// The places of the receivers.
    places: BTreeMap<usize, usize>,
    closed: bool,
}

#[derive(Debug, PartialEq)]
enum Received {
    Element(usize),
    Lagged(u64),
    Empty,
    Closed,
}

impl Spec {
    fn is_full(&self) -> bool {
        let slowest = self.places.values().min();
        !self.lags && slowest.is_some_and(|place| self.sent.len() - place >= self.capacity)
    }

    fn send(&mut self, id: usize) -> Result<usize, bool> {
        if self.closed {
            return Err(false);
        }
        if self.is_full() {
            return Err(true);
        }
        if !self.places.is_empty() || self.replay > 0 {
            self.sent.push(id);
        }
        Ok(self.places.len())
    }

    fn recv(&mut self, receiver: usize) -> Received {
        let place = self.places.get_mut(&receiver).unwrap();
        let oldest = self.sent.len().saturating_sub(self.capacity);
        if self.lags && *place < oldest {
            let lost = oldest - *place;
            *place = oldest;
            return Received::Lagged(lost as u64);
        }
        match self.sent.get(*place) {
            Some(id) => {
                *place += 1;
                Received::Element(*id)
            }
            None if self.closed => Received::Closed,
            None => Received::Empty,
        }
    }

    /// How many elements are to be alive: those that somebody is to read, or that are kept.
    fn live(&self) -> usize {
        let kept = self.sent.len().min(self.capacity);
        if self.replay > 0 {
            return kept;
        }
        let oldest = self.sent.len() - kept;
        let unread = self.places.values().map(|place| self.sent.len() - (*place).max(oldest));
        unread.max().unwrap_or(0)
    }
}

fn try_recv(rx: &mut BroadcastReceiver<Item>) -> Received {
    match rx.try_recv_ref() {
        Ok(item) => Received::Element(item.id()),
        Err(BroadcastTryRecvError::Empty) => Received::Empty,
        Err(BroadcastTryRecvError::Lagged(n)) => Received::Lagged(n),
        Err(BroadcastTryRecvError::Closed) => Received::Closed,
    }
}

/// A receive by a future that is polled up to `polls` times and dropped.
fn recv(rx: &mut BroadcastReceiver<Item>, polls: usize) -> Received {
    let mut future = hand(rx.recv_ref());
    for _ in 0..polls {
        match future.poll() {
            std::task::Poll::Pending => {}
            std::task::Poll::Ready(Ok(item)) => return Received::Element(item.id()),
            std::task::Poll::Ready(Err(BroadcastRecvError::Lagged(n))) => {
                return Received::Lagged(n);
            }
            std::task::Poll::Ready(Err(BroadcastRecvError::Closed)) => return Received::Closed,
        }
    }
    Received::Empty
}

const STEPS: usize = 120;

fn program(seed: u64) {
    let rng = Rng::new(seed);
    let (capacity, lags) = (1 + rng.below(6), rng.one_in(2));
    let replay = if rng.one_in(2) { rng.below(capacity + 1) } else { 0 };
    let ledger = Ledger::new(STEPS);
    let (tx, rx) = BroadcastBuilder::new(capacity).lagging(lags).replay(replay).build();
    let mut spec = Spec {
        capacity,
        lags,
        replay,
        sent: Vec::new(),
        places: BTreeMap::from([(0, 0)]),
        closed: false,
    };
    let mut receivers = BTreeMap::from([(0, rx)]);
    // Sends that wait, in their order.
    let mut sends: VecDeque<(usize, Hand<_>)> = VecDeque::new();
    // What is leaked and displaced lives until the receiver is used again.
    let mut leaked = false;
    for step in 0..STEPS {
        let some = receivers.keys().copied().nth(rng.below(receivers.len().max(1)));
        match (rng.below(20), some) {
            (0..6, _) => match (tx.try_send(ledger.item(step)), spec.send(step)) {
                (Ok(n), Ok(m)) => assert_eq!(n, m),
                (Err(TrySendError::Full(_)), Err(true)) => {}
                (Err(TrySendError::Closed(_)), Err(false)) => {}
                (is, should) => panic!("a send gives {is:?}, should give {should:?}"),
            },
            (6..8, _) => {
                let mut send = hand(tx.send(ledger.item(step)));
                match (send.settle(), spec.send(step)) {
                    (Some(Ok(n)), Ok(m)) => assert_eq!(n, m),
                    (Some(Err(_)), Err(false)) => {}
                    (None, Err(true)) => sends.push_back((step, send)),
                    (is, should) => panic!("a send gives {is:?}, should give {should:?}"),
                }
            }
            (8, _) => drop(sends.remove(rng.below(sends.len().max(1)))),
            (9..13, Some(some)) => {
                let rx = receivers.get_mut(&some).unwrap();
                assert_eq!(try_recv(rx), spec.recv(some));
            }
            (13..16, Some(some)) => {
                let rx = receivers.get_mut(&some).unwrap();
                assert_eq!(recv(rx, 1 + rng.below(6)), spec.recv(some));
            }
            (16, _) if receivers.len() < 5 => {
                let start = spec.sent.len().saturating_sub(replay);
                spec.places.insert(step, start);
                receivers.insert(step, tx.subscribe());
            }
            (17, Some(some)) if receivers.len() < 5 => {
                spec.places.insert(step, spec.places[&some]);
                receivers.insert(step, receivers[&some].clone());
            }
            (18, Some(some)) => {
                spec.places.remove(&some);
                receivers.remove(&some);
            }
            // A guard that is leaked: the element comes again.
            (19, Some(some)) => match receivers.get_mut(&some).unwrap().try_recv_ref() {
                Ok(guard) => {
                    std::mem::forget(guard);
                    leaked = true;
                }
                Err(_) => drop(spec.recv(some)),
            },
            _ => {}
        }
        if step + 10 == STEPS {
            assert!(tx.close());
            spec.closed = true;
        }
        // Who waits and could send now was woken: one after the other, until nobody is.
        while let Some(i) = sends.iter().position(|(_, send)| send.woken()) {
            let (id, send) = &mut sends[i];
            match (send.settle(), spec.send(*id)) {
                (Some(Ok(n)), Ok(m)) => assert_eq!(n, m),
                (Some(Err(_)), Err(false)) => {}
                (None, Err(true)) => continue,
                (is, should) => panic!("a send gives {is:?}, should give {should:?}"),
            }
            drop(sends.remove(i));
        }
        assert!(sends.is_empty() || spec.is_full(), "there is room, and nobody was woken");
        let held = sends.len() + spec.live();
        let live = ledger.live();
        let extra = if lags && leaked { receivers.len() as i64 } else { 0 };
        let expected = held as i64..=held as i64 + extra;
        assert!(expected.contains(&live), "{live} are alive, not {expected:?}, at step {step}");
        for (number, rx) in &receivers {
            assert_eq!(rx.len(), spec.sent.len() - spec.places[number]);
        }
    }
    drop((sends, receivers));
    drop(tx);
    ledger.settle(false);
}

#[test]
fn random_programs() {
    let first = seed(0xb0ad);
    for i in 0..scaled(3_000) as u64 {
        let seed = first.wrapping_add(i);
        let result = std::panic::catch_unwind(|| program(seed));
        assert!(result.is_ok(), "the program of seed {seed:#x} fails");
    }
}
