//! Random programs of selects and plain calls on two channels, and what they did.

#![forbid(unsafe_code)]

use std::future::Future;
use std::hint::spin_loop;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering::SeqCst};

use strait::channel::{Receiver, Sender, bounded};
use strait::{select, select_biased, select_blocking, select_blocking_biased};

use super::check::Line;
use super::spec::{Arm, Arms, End, Op};
use crate::model::history::{Clock, Notes, What, merge};
use crate::support::hand::{Hand, hand};
use crate::support::rng::Rng;

/// How wide and how long.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Threads.
    pub threads: usize,
    /// Steps of each.
    pub steps: usize,
}

type Ends = (Sender<u32>, Receiver<u32>);
type Running<'a> = Pin<Box<dyn Future<Output = End> + Send + 'a>>;

/// The messages of a select, and whether they are there when it goes.
struct Slots([Option<u32>; 3], Arms, Arc<AtomicU8>);

impl Drop for Slots {
    fn drop(&mut self) {
        for (at, arm) in self.1.into_iter().enumerate() {
            if matches!(arm, Some(Arm::Send(..))) && self.0[at].is_none() {
                self.2.fetch_or(1 << at, SeqCst);
            }
        }
    }
}

/// A select of these arms: every place has both arms that it may be.
macro_rules! choose {
    ($select:ident, $ends:expr, $slots:expr, $($default:tt)*) => {{
        let (ends, arms) = ($ends, $slots.1);
        let recv = |at: usize| match arms[at] {
            Some(Arm::Recv(channel)) => Some(ends[channel].1.recv()),
            _ => None,
        };
        let to = |at: usize| match arms[at] {
            Some(Arm::Send(channel, _)) => Some(&ends[channel].0),
            _ => None,
        };
        let (r0, r1, r2, t0, t1, t2) = (recv(0), recv(1), recv(2), to(0), to(1), to(2));
        let [m0, m1, m2] = &mut $slots.0;
        choose!(@run $select, {
            got = r0 => End::Chose(0, Some(got.unwrap())),
            sent = t0.map(|tx| tx.send_ref(m0)) => { sent.unwrap(); End::Chose(0, None) }
            got = r1 => End::Chose(1, Some(got.unwrap())),
            sent = t1.map(|tx| tx.send_ref(m1)) => { sent.unwrap(); End::Chose(1, None) }
            got = r2 => End::Chose(2, Some(got.unwrap())),
            sent = t2.map(|tx| tx.send_ref(m2)) => { sent.unwrap(); End::Chose(2, None) }
        }, { $($default)* })
    }};
    (@run $select:ident, { $($arms:tt)* }, { $($default:tt)* }) => {
        $select! { $($arms)* $($default)* }
    };
}

async fn run_select(ends: &[Ends], mut slots: Slots, biased: bool) -> End {
    if biased { choose!(select_biased, ends, slots,) } else { choose!(select, ends, slots,) }
}

fn run_now(ends: &[Ends], mut slots: Slots, biased: bool) -> End {
    if biased {
        choose!(select_blocking_biased, ends, slots, default => End::Nothing)
    } else {
        choose!(select_blocking, ends, slots, default => End::Nothing)
    }
}

async fn run_plain(ends: &[Ends], mut slots: Slots) -> End {
    match slots.1[0] {
        Some(Arm::Recv(channel)) => End::Chose(0, Some(ends[channel].1.recv().await.unwrap())),
        Some(Arm::Send(channel, _)) => {
            ends[channel].0.send_ref(&mut slots.0[0]).await.unwrap();
            End::Chose(0, None)
        }
        None => unreachable!("a plain call has an arm"),
    }
}

/// A call that is under way as a future.
struct Waiting<'a> {
    call: usize,
    op: Op,
    hand: Hand<Running<'a>>,
    /// The messages that have gone.
    gone: Arc<AtomicU8>,
}

/// One thread of a program.
struct Actor<'a> {
    ends: &'a [Ends],
    next: &'a AtomicU32,
    notes: Notes<'a, Op, End>,
    waiting: Vec<Waiting<'a>>,
}

/// Futures that one thread may have under way: the checker has to try all their orders.
const WAITING: usize = 2;

impl<'a> Actor<'a> {
    fn arm(&self, rng: &Rng) -> Arm {
        let channel = rng.below(self.ends.len());
        if rng.one_in(2) {
            Arm::Recv(channel)
        } else {
            Arm::Send(channel, self.next.fetch_add(1, SeqCst))
        }
    }

    fn arms(&self, rng: &Rng) -> Arms {
        let count = 1 + rng.below(3);
        [0, 1, 2].map(|at| (at < count).then(|| self.arm(rng)))
    }

    fn step(&mut self, rng: &Rng) {
        for _ in 0..rng.below(60) {
            spin_loop();
        }
        let room = self.waiting.len() < WAITING;
        match rng.below(16) {
            0..2 => {
                let arm = self.arm(rng);
                _ = self.attempt(arm);
            }
            2..5 => {
                let arms = self.arms(rng);
                let call = self.notes.call(Op::Now(arms));
                let end = run_now(self.ends, self.slots(arms).0, rng.one_in(2));
                self.notes.end(call, end);
            }
            5..7 if room => {
                let arm = self.arm(rng);
                self.start(Op::Plain(arm), false);
            }
            7..12 if room => {
                let arms = self.arms(rng);
                self.start(Op::Select(arms), rng.one_in(2));
            }
            12..14 if !self.waiting.is_empty() => _ = self.poll(rng.below(self.waiting.len())),
            _ if !self.waiting.is_empty() => {
                let at = rng.below(self.waiting.len());
                self.give_up(at);
            }
            _ => {
                let arm = self.arm(rng);
                _ = self.attempt(arm);
            }
        }
    }

    fn slots(&self, arms: Arms) -> (Slots, Arc<AtomicU8>) {
        let gone = Arc::new(AtomicU8::new(0));
        let message = |arm: Option<Arm>| match arm {
            Some(Arm::Send(_, message)) => Some(message),
            _ => None,
        };
        (Slots(arms.map(message), arms, gone.clone()), gone)
    }

    /// A call that does not wait. Whether it did something.
    fn attempt(&mut self, arm: Arm) -> bool {
        let call = self.notes.call(Op::Try(arm));
        let end = match arm {
            Arm::Recv(channel) => match self.ends[channel].1.try_recv() {
                Ok(message) => End::Chose(0, Some(message)),
                Err(_) => End::Nothing,
            },
            Arm::Send(channel, message) => match self.ends[channel].0.try_send(message) {
                Ok(()) => End::Chose(0, None),
                Err(_) => End::Nothing,
            },
        };
        self.notes.end(call, end);
        end != End::Nothing
    }

    fn start(&mut self, op: Op, biased: bool) {
        let call = self.notes.call(op);
        let (slots, gone) = self.slots(op.arms());
        let future: Running<'a> = match op {
            Op::Plain(_) => Box::pin(run_plain(self.ends, slots)),
            _ => Box::pin(run_select(self.ends, slots, biased)),
        };
        self.waiting.push(Waiting { call, op, hand: hand(future), gone });
        self.poll(self.waiting.len() - 1);
    }

    /// Polls until it is ready or waits in earnest. True when it was ready.
    fn poll(&mut self, at: usize) -> bool {
        let waiting = &mut self.waiting[at];
        self.notes.note(waiting.call, What::Runs);
        match waiting.hand.settle() {
            Some(end) => {
                self.notes.end(waiting.call, end);
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
        let Waiting { call, op, hand, gone } = self.waiting.swap_remove(at);
        self.notes.note(call, What::Runs);
        self.notes.note(call, What::Leaves);
        drop(hand);
        let gone = gone.load(SeqCst);
        assert!(gone.count_ones() < 2, "call {call}, {op:?}: more than one arm ({gone:#b})");
        let end = match gone {
            0 => End::GivenUp,
            _ => End::Chose(gone.trailing_zeros() as usize, None),
        };
        self.notes.end(call, end);
    }

    /// After all threads: the woken ones go on until nobody is woken; then nobody may be ready.
    fn settle(&mut self) {
        while let Some(at) = self.waiting.iter().position(|w| w.hand.woken()) {
            self.poll(at);
        }
        for at in 0..self.waiting.len() {
            let (call, op) = (self.waiting[at].call, self.waiting[at].op);
            assert!(!self.poll(at), "call {call}, {op:?}, is ready and was not woken");
        }
    }

    /// Empties the channels, and gives up all that waits.
    fn finish(&mut self, rng: &Rng) {
        self.settle();
        loop {
            let waits = !self.waiting.is_empty();
            if waits && rng.one_in(2) {
                let at = rng.below(self.waiting.len());
                self.give_up(at);
                self.settle();
            }
            let mut got = false;
            for channel in 0..self.ends.len() {
                got |= self.attempt(Arm::Recv(channel));
                self.settle();
            }
            if !waits && !got {
                break;
            }
        }
    }
}

/// Runs a program on channels of these capacities, empties them, and returns what happened.
pub fn run(caps: [usize; 2], shape: Shape, seed: u64) -> Vec<Line> {
    let ends = caps.map(bounded);
    let (clock, next, gate) = (Clock::default(), AtomicU32::new(1), AtomicUsize::new(0));
    let new = || Actor { ends: &ends, next: &next, notes: clock.notes(), waiting: Vec::new() };
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
    last.finish(&Rng::new(seed + 5));
    all.push(last.notes.events);
    merge(all)
}
