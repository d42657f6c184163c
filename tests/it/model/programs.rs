//! Random programs on a channel, and what they did.

#![forbid(unsafe_code)]

use std::future::Future;
use std::hint::spin_loop;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use strait::channel::{
    Receiver, RecvTimeoutError, SendTimeoutError, Sender, TryRecvError, TrySendError,
};

use super::history::{Clock, Event, Notes, Op, Outcome, What, merge};
use crate::support::caps::Kind;
use crate::support::hand::{Hand, hand};
use crate::support::rng::Rng;
use crate::support::slot::{Fate, Told, told_send};

/// How wide and how long.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Threads.
    pub threads: usize,
    /// Steps of each.
    pub steps: usize,
    /// Whether they may close and cancel.
    pub ends: bool,
}

type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A call that is under way as a future.
struct Waiting<'a> {
    call: usize,
    hand: Hand<Running<'a>>,
    /// `None` for a receive.
    told: Option<Told>,
}

async fn send_ref(tx: &Sender<u32>, message: u32, told: Told) -> Outcome {
    match told_send(tx, message, told).await {
        Ok(()) => Outcome::Sent,
        Err(_) => Outcome::SendClosed,
    }
}

async fn send(tx: &Sender<u32>, message: u32) -> Outcome {
    match tx.send(message).await {
        Ok(()) => Outcome::Sent,
        Err(_) => Outcome::SendClosed,
    }
}

async fn recv(rx: &Receiver<u32>) -> Outcome {
    rx.recv().await.map_or(Outcome::RecvClosed, Outcome::Got)
}

/// One thread of a program.
struct Actor<'a> {
    kind: Kind,
    tx: &'a Sender<u32>,
    rx: &'a Receiver<u32>,
    next: &'a AtomicU32,
    ends: bool,
    notes: Notes<'a>,
    waiting: Vec<Waiting<'a>>,
}

/// Futures that one thread may have under way: the checker has to try all their orders.
const WAITING: usize = 2;

impl<'a> Actor<'a> {
    fn message(&self) -> u32 {
        self.next.fetch_add(1, SeqCst)
    }

    fn step(&mut self, rng: &Rng) {
        for _ in 0..rng.below(60) {
            spin_loop();
        }
        let room = self.waiting.len() < WAITING;
        match rng.below(20) {
            0..3 => self.try_send(),
            3..6 => _ = self.try_recv(),
            6..9 if room => self.start_send(rng.one_in(3)),
            9..12 if room => self.start_recv(),
            12 => self.send_timeout(Duration::from_micros(rng.below(40) as u64)),
            13 => self.recv_timeout(Duration::from_micros(rng.below(40) as u64)),
            // `len` may count a send that is about to be refused, beside a close, or that was passed
            // by, in a lock-free channel.
            14 if !self.ends && !self.kind.lock_free && self.kind.cap.is_none_or(|c| c >= 2) => {
                self.len();
            }
            15 if self.ends && rng.one_in(3) => self.end(rng.one_in(2)),
            16..18 if !self.waiting.is_empty() => _ = self.poll(rng.below(self.waiting.len())),
            _ if !self.waiting.is_empty() => {
                let at = rng.below(self.waiting.len());
                self.give_up(at);
            }
            _ => _ = self.try_recv(),
        }
    }

    fn try_send(&mut self) {
        let message = self.message();
        let call = self.notes.call(Op::TrySend(message));
        let outcome = match self.tx.try_send(message) {
            Ok(()) => Outcome::Sent,
            Err(TrySendError::Full(_)) => Outcome::Full,
            Err(TrySendError::Closed(_)) => Outcome::SendClosed,
        };
        self.notes.end(call, outcome);
    }

    fn try_recv(&mut self) -> bool {
        let call = self.notes.call(Op::TryRecv);
        let outcome = match self.rx.try_recv() {
            Ok(message) => Outcome::Got(message),
            Err(TryRecvError::Empty) => Outcome::Empty,
            Err(TryRecvError::Closed) => Outcome::RecvClosed,
        };
        self.notes.end(call, outcome);
        matches!(outcome, Outcome::Got(_))
    }

    fn send_timeout(&mut self, limit: Duration) {
        let message = self.message();
        let call = self.notes.call(Op::Send(message));
        self.notes.note(call, What::Leaves);
        let outcome = match self.tx.send_timeout(message, limit) {
            Ok(()) => Outcome::Sent,
            Err(SendTimeoutError::Timeout(_)) => Outcome::Withdrawn,
            Err(SendTimeoutError::Closed(_)) => Outcome::SendClosed,
        };
        self.notes.end(call, outcome);
    }

    fn recv_timeout(&mut self, limit: Duration) {
        let call = self.notes.call(Op::Recv);
        self.notes.note(call, What::Leaves);
        let outcome = match self.rx.recv_timeout(limit) {
            Ok(message) => Outcome::Got(message),
            Err(RecvTimeoutError::Timeout) => Outcome::Abandoned,
            Err(RecvTimeoutError::Closed) => Outcome::RecvClosed,
        };
        self.notes.end(call, outcome);
    }

    fn len(&mut self) {
        let call = self.notes.call(Op::Len);
        let count = self.rx.len();
        self.notes.end(call, Outcome::Counted(count));
    }

    fn end(&mut self, cancel: bool) {
        let call = self.notes.call(if cancel { Op::Cancel } else { Op::Close });
        let first = if cancel { self.rx.cancel() } else { self.tx.close() };
        self.notes.end(call, Outcome::Ended(first));
    }

    fn start_send(&mut self, by_value: bool) {
        let message = self.message();
        let call = self.notes.call(Op::Send(message));
        let told = Told::default();
        let future: Running<'a> = if by_value {
            Box::pin(send(self.tx, message))
        } else {
            Box::pin(send_ref(self.tx, message, told.clone()))
        };
        self.start(Waiting { call, hand: hand(future), told: Some(told) });
    }

    fn start_recv(&mut self) {
        let call = self.notes.call(Op::Recv);
        let future: Running<'a> = Box::pin(recv(self.rx));
        self.start(Waiting { call, hand: hand(future), told: None });
    }

    fn start(&mut self, waiting: Waiting<'a>) {
        self.waiting.push(waiting);
        self.poll(self.waiting.len() - 1);
    }

    /// Polls until it is ready or waits in earnest. True when it was ready.
    fn poll(&mut self, at: usize) -> bool {
        let waiting = &mut self.waiting[at];
        match waiting.hand.settle() {
            Some(outcome) => {
                self.notes.end(waiting.call, outcome);
                self.waiting.swap_remove(at);
                true
            }
            None => {
                self.notes.note(waiting.call, What::Waits);
                false
            }
        }
    }

    fn give_up(&mut self, at: usize) {
        let Waiting { call, hand, told } = self.waiting.swap_remove(at);
        self.notes.note(call, What::Leaves);
        drop(hand);
        let outcome = match told.map(|told| told.fate()) {
            None => Outcome::Abandoned,
            Some(Fate::Back) => Outcome::Withdrawn,
            Some(Fate::Sent) => Outcome::Sent,
            Some(Fate::Unknown) => Outcome::SentOrWithdrawn,
        };
        self.notes.end(call, outcome);
    }

    /// After all threads: the woken ones go on until nobody is woken; then nobody may be ready.
    fn settle(&mut self) {
        while let Some(at) = self.waiting.iter().position(|w| w.hand.woken()) {
            self.poll(at);
        }
        for at in 0..self.waiting.len() {
            let (call, sends) = (self.waiting[at].call, self.waiting[at].told.is_some());
            assert!(!self.poll(at), "call {call} (sends: {sends}) is ready and was not woken");
        }
    }
}

/// Runs a program on a channel of that capacity, empties it, and returns what happened.
pub fn run(kind: Kind, shape: Shape, seed: u64) -> Vec<Event> {
    let (tx, rx) = kind.open();
    let (clock, next, gate) = (Clock::default(), AtomicU32::new(1), AtomicUsize::new(0));
    let new = || Actor {
        kind,
        tx: &tx,
        rx: &rx,
        next: &next,
        ends: shape.ends,
        notes: clock.notes(),
        waiting: Vec::new(),
    };
    let act = |thread: usize| {
        let rng = Rng::new(seed * 16 + thread as u64 + 1);
        let mut actor = new();
        gate.fetch_add(1, SeqCst);
        while gate.load(SeqCst) < shape.threads {
            std::thread::yield_now();
        }
        (0..shape.steps).for_each(|_| actor.step(&rng));
        (actor.notes.events, actor.waiting)
    };
    let mut all = Vec::new();
    let mut last = new();
    std::thread::scope(|scope| {
        let act = &act;
        let threads: Vec<_> = (1..shape.threads).map(|i| scope.spawn(move || act(i))).collect();
        let (events, waiting) = act(0);
        all.push(events);
        last.waiting.extend(waiting);
        for thread in threads {
            let (events, waiting) = thread.join().unwrap();
            all.push(events);
            last.waiting.extend(waiting);
        }
    });
    last.settle();
    let rng = Rng::new(seed + 5);
    while !last.waiting.is_empty() || last.try_recv() {
        if !last.waiting.is_empty() && rng.one_in(2) {
            let at = rng.below(last.waiting.len());
            last.give_up(at);
            last.settle();
        }
        last.try_recv();
        last.settle();
    }
    let Actor { notes, .. } = last;
    all.push(notes.events);
    merge(all)
}
