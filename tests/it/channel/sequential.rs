//! C6, C19, C20, R3 and all that has one right answer when one thread does everything: random
//! programs against a model that is exact, with futures that are polled, left, and dropped by hand.
//!
//! The model: messages stand in one line, those of waiting senders behind the stored ones. A send is
//! admitted when fewer than `limit` stand before it; `limit` is the capacity, and for capacities 0
//! and 1 one more for each waiting receiver. Whoever was admitted may go, though the receiver that
//! admitted it has left since; it may also wait again.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::pin::Pin;

use strait::channel::futures::Recv;
use strait::channel::{Receiver, RecvError, SendError, Sender, TryRecvError, TrySendError};

use crate::support::caps::{CAPS, Cap, open};
use crate::support::hand::{Hand, hand};
use crate::support::rng::{Rng, seed};
use crate::support::slot::{Fate, Told, told_send};
use crate::support::watch::scaled;

type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), SendError<()>>> + 'a>>;

struct Waiting<'a> {
    id: u32,
    send: Hand<Sending<'a>>,
    told: Told,
    admitted: bool,
}

struct Machine<'a> {
    cap: Cap,
    tx: &'a Sender<u32>,
    rx: &'a Receiver<u32>,
    line: VecDeque<u32>,
    sends: Vec<Waiting<'a>>,
    receives: Vec<Hand<Recv<'a, u32>>>,
    closed: bool,
    next: u32,
    log: Vec<String>,
}

impl<'a> Machine<'a> {
    fn limit(&self) -> usize {
        match self.cap {
            None => usize::MAX,
            Some(cap) if cap < 2 => cap + self.receives.len(),
            Some(cap) => cap,
        }
    }

    /// Marks who may go, and checks that those who may have been told.
    fn admit(&mut self) {
        let limit = self.limit();
        for waiting in &mut self.sends {
            let place = self.line.iter().position(|id| *id == waiting.id);
            waiting.admitted |= place.is_none_or(|place| place < limit);
            assert!(!waiting.admitted || waiting.send.woken(), "send {} was not told", waiting.id);
        }
        let anyone = self.receives.is_empty() || self.receives.iter().any(|r| r.woken());
        assert!(self.line.is_empty() || anyone, "messages, and every receiver sleeps");
        if self.closed {
            assert!(self.receives.iter().all(|r| r.woken()), "closed, and a receiver sleeps");
        }
    }

    fn try_send(&mut self) {
        let id = self.next;
        self.next += 1;
        let want = if self.closed {
            Err(TrySendError::Closed(id))
        } else if self.line.len() < self.limit() {
            self.line.push_back(id);
            Ok(())
        } else {
            Err(TrySendError::Full(id))
        };
        assert_eq!(self.tx.try_send(id), want);
    }

    fn send(&mut self) {
        let id = self.next;
        self.next += 1;
        let admitted = self.line.len() < self.limit();
        let told = Told::default();
        let future: Sending<'a> = Box::pin(told_send(self.tx, id, told.clone()));
        let mut send = hand(future);
        let result = send.settle();
        if self.closed {
            assert_eq!((result, told.fate()), (Some(Err(SendError(()))), Fate::Back));
            return;
        }
        self.line.push_back(id);
        assert_eq!(result, admitted.then_some(Ok(())), "send {id}");
        if !admitted {
            self.sends.push(Waiting { id, send, told, admitted });
        }
    }

    fn poll_send(&mut self, at: usize) {
        let limit = self.limit();
        let waiting = &mut self.sends[at];
        let place = self.line.iter().position(|id| *id == waiting.id);
        let must = place.is_none_or(|place| place < limit);
        match waiting.send.settle() {
            Some(result) => {
                assert_eq!(result, Ok(()));
                assert!(waiting.admitted, "send {} went without leave", waiting.id);
                self.sends.swap_remove(at);
            }
            None => {
                assert!(!must, "send {} may go, and waits", waiting.id);
                waiting.admitted = false;
            }
        }
    }

    fn drop_send(&mut self, at: usize) {
        let Waiting { id, send, told, admitted } = self.sends.swap_remove(at);
        drop(send);
        let place = self.line.iter().position(|x| *x == id);
        match told.fate() {
            Fate::Sent => assert!(admitted, "send {id} was sent, and nobody had admitted it"),
            Fate::Back => drop(self.line.remove(place.expect("received, and given back"))),
            Fate::Unknown => unreachable!("its future is gone"),
        }
    }

    fn try_recv(&mut self) {
        let empty = if self.closed { TryRecvError::Closed } else { TryRecvError::Empty };
        assert_eq!(self.rx.try_recv(), self.line.pop_front().ok_or(empty));
    }

    fn recv(&mut self) {
        let mut receive = hand(self.rx.recv());
        let result = receive.settle();
        self.received(result);
        if result.is_none() {
            self.receives.push(receive);
        }
    }

    fn received(&mut self, result: Option<Result<u32, RecvError>>) {
        let want = match self.line.pop_front() {
            Some(id) => Some(Ok(id)),
            None if self.closed => Some(Err(RecvError)),
            None => None,
        };
        assert_eq!(result, want);
    }

    fn poll_recv(&mut self, at: usize) {
        let result = self.receives[at].settle();
        self.received(result);
        if result.is_some() {
            self.receives.swap_remove(at);
        }
    }

    fn look(&self) {
        let Some(cap) = self.cap.filter(|c| *c >= 2) else { return };
        let stored = self.line.len().min(cap);
        assert_eq!((self.tx.len(), self.rx.len()), (stored, stored));
        assert_eq!(self.tx.is_full(), stored == cap);
    }

    fn step(&mut self, rng: &Rng) {
        let op = rng.below(100);
        let (sends, receives) = (self.sends.len(), self.receives.len());
        let at = rng.below(sends.max(receives).max(1));
        let name = match op {
            0..15 => "try_send",
            15..33 => "send",
            33..48 => "try_recv",
            48..63 => "recv",
            63..71 if at < sends => "poll send",
            71..80 if at < sends => "drop send",
            80..88 if at < receives => "poll recv",
            88..96 if at < receives => "drop recv",
            96 if at == 0 => "close",
            _ => "len",
        };
        self.log.push(format!("{name} {at} (line {:?}, {receives} receive)", self.line));
        match name {
            "try_send" => self.try_send(),
            "send" => self.send(),
            "try_recv" => self.try_recv(),
            "recv" => self.recv(),
            "poll send" => self.poll_send(at),
            "drop send" => self.drop_send(at),
            "poll recv" => self.poll_recv(at),
            "drop recv" => drop(self.receives.swap_remove(at)),
            "close" => {
                assert_eq!(self.tx.close(), !self.closed);
                self.closed = true;
            }
            _ => self.look(),
        }
        self.admit();
    }

    /// Nothing waits any more: the room is exact.
    fn finish(&mut self) {
        self.receives.clear();
        while !self.line.is_empty() {
            self.try_recv();
            self.admit();
        }
        while !self.sends.is_empty() {
            self.poll_send(0);
        }
        if let (Some(cap), false) = (self.cap, self.closed) {
            let room = (0..cap as u32 + 5).take_while(|i| self.tx.try_send(*i).is_ok()).count();
            assert_eq!(room, cap);
        }
    }
}

#[test]
fn random_programs() {
    let start = seed(1);
    for cap in CAPS {
        for round in 0..scaled(2_000) as u64 {
            let (tx, rx) = open(cap);
            let rng = Rng::new(start + round);
            let mut machine = Machine {
                cap,
                tx: &tx,
                rx: &rx,
                line: VecDeque::new(),
                sends: Vec::new(),
                receives: Vec::new(),
                closed: false,
                next: 0,
                log: Vec::new(),
            };
            // Short programs first: a failure is then easy to read.
            let steps = 5 + round as usize / 10;
            let run = std::panic::AssertUnwindSafe(|| {
                for _ in 0..steps {
                    machine.step(&rng);
                }
                machine.finish();
            });
            if let Err(panic) = std::panic::catch_unwind(run) {
                eprintln!("capacity {cap:?}, STRAIT_SEED={}:", start + round);
                machine.log.iter().for_each(|line| eprintln!("  {line}"));
                std::panic::resume_unwind(panic);
            }
        }
    }
}
