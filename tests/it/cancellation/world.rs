//! The book of one round, and producers and consumers as tasks.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::fmt::Write;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use strait::channel::{Receiver, SendError, Sender, TryRecvError, TrySendError};

use crate::support::caps::Kind;
use crate::support::fickle::fickle;
use crate::support::payload::{Item, Ledger, Summary};
use crate::support::rng::Rng;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The channel.
    pub kind: Kind,
    /// Tasks (or threads) that send, and that receive.
    pub actors: (usize, usize),
    /// Messages of each producer.
    pub each: usize,
    /// A future is given up once in this many occasions.
    pub odds: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

/// What all actors of a round share.
#[derive(Debug)]
pub struct World {
    /// The plan.
    pub plan: Plan,
    /// Where each message is written.
    pub book: Ledger,
    /// Futures that were dropped while they waited.
    pub dropped: AtomicUsize,
    /// For each actor: what it is doing, and how many messages it has done with.
    doing: Vec<(AtomicUsize, AtomicUsize)>,
}

const DOING: [&str; 11] = [
    "not begun",
    "send_ref",
    "send",
    "send_acked",
    "send_many",
    "try_send",
    "recv",
    "recv_many",
    "poll_recv",
    "try_recv",
    "done",
];

/// How a future is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By [`fickle`], which works everywhere.
    Fickle,
    /// By tokio's `select!` and its timer too.
    Tokio,
}

impl World {
    /// A round that has not begun.
    pub fn new(plan: Plan) -> Arc<Self> {
        let (producers, consumers) = plan.actors;
        let book = Ledger::new(producers * plan.each);
        let doing = (0..producers + consumers).map(|_| Default::default()).collect();
        Arc::new(Self { plan, book, dropped: AtomicUsize::new(0), doing })
    }

    /// Notes what an actor is doing.
    pub fn doing(&self, actor: usize, what: usize, messages: usize) {
        self.doing[actor].0.store(what, Relaxed);
        self.doing[actor].1.fetch_add(messages, Relaxed);
    }

    /// For the watchdog.
    pub fn show(&self) -> String {
        let mut told = format!("{:?}\n{} messages alive\n", self.plan, self.book.live());
        for (actor, (what, messages)) in self.doing.iter().enumerate() {
            let role = if actor < self.plan.actors.0 { "producer" } else { "consumer" };
            let (what, messages) = (DOING[what.load(Relaxed)], messages.load(Relaxed));
            writeln!(told, "{role} {actor}: {what} after {messages} messages").unwrap();
        }
        told
    }

    /// After the round: the book must close.
    #[track_caller]
    pub fn settle(&self) -> Summary {
        self.book.settle(true)
    }

    /// Awaits the future, or gives it up.
    async fn maybe<F: Future>(&self, way: Way, rng: &Rng, future: F) -> Option<F::Output> {
        let odds = self.plan.odds;
        let result = match (way, rng.below(4)) {
            (Way::Tokio, 0) => tokio::select! {
                biased;
                output = future => Some(output),
                () = tokio::task::yield_now() => None,
            },
            (Way::Tokio, 1) if rng.one_in(16) => {
                let limit = Duration::from_micros(rng.below(300) as u64);
                tokio::time::timeout(limit, future).await.ok()
            }
            _ => fickle(future, rng, odds).await,
        };
        self.dropped.fetch_add(usize::from(result.is_none()), Relaxed);
        result
    }
}

/// Checks that each producer is heard in order.
#[derive(Debug)]
pub struct Ear {
    last: Vec<Option<usize>>,
    each: usize,
}

impl Ear {
    /// Has heard nothing.
    pub fn new(plan: &Plan) -> Self {
        Self { last: vec![None; plan.actors.0], each: plan.each }
    }

    /// Hears a message.
    pub fn hear(&mut self, item: Item) {
        let id = item.receive();
        let last = self.last[id / self.each].replace(id);
        assert!(last < Some(id), "message {id} after {last:?}");
    }
}

/// A producer: sends its messages in order, in all ways that there are, again if need be.
pub async fn produce(world: Arc<World>, me: usize, tx: Sender<Item>, way: Way) {
    let (plan, book) = (world.plan, &world.book);
    let rng = Rng::new(plan.seed.wrapping_mul(31) + me as u64);
    let mut next = me * plan.each;
    let end = next + plan.each;
    while next < end {
        let before = next;
        let what = 1 + rng.below(5);
        world.doing(me, what, 0);
        match what {
            1 => {
                let mut slot = Some(book.item(next));
                while slot.is_some() {
                    let end = world.maybe(way, &rng, tx.send_ref(&mut slot)).await;
                    assert!(!matches!(end, Some(Err(_))), "nobody has closed");
                }
                book.sent(next);
                next += 1;
            }
            // Given up, these take their message with them, unless it was sent.
            2 | 3 => {
                let item = book.item(next);
                let end = if what == 2 {
                    world.maybe(way, &rng, tx.send(item)).await
                } else {
                    world.maybe(way, &rng, tx.send_acked(item)).await
                };
                match end {
                    Some(Ok(())) => book.sent(next),
                    Some(Err(SendError(_))) => panic!("nobody has closed"),
                    None => {}
                }
                next += 1;
            }
            4 => {
                let some = (next + 1 + rng.below(5)).min(end);
                let mut queue: VecDeque<Item> = (next..some).map(|i| book.item(i)).collect();
                while !queue.is_empty() {
                    let _ = world.maybe(way, &rng, tx.send_many(&mut queue)).await;
                    let left = queue.front().map_or(some, Item::id);
                    (next..left).for_each(|i| book.sent(i));
                    next = left;
                }
            }
            _ => {
                match tx.try_send(book.item(next)) {
                    Ok(()) => book.sent(next),
                    Err(TrySendError::Full(item)) => _ = item.take_back(),
                    Err(TrySendError::Closed(_)) => panic!("nobody has closed"),
                }
                next += 1;
            }
        }
        world.doing(me, what, next - before);
    }
    world.doing(me, 10, 0);
}

/// A consumer: receives in all ways that there are, until the end.
pub async fn consume(world: Arc<World>, me: usize, mut rx: Receiver<Item>, way: Way) {
    let rng = Rng::new(world.plan.seed.wrapping_mul(37) + me as u64);
    let mut ear = Ear::new(&world.plan);
    let mut batch = Vec::new();
    loop {
        let what = 6 + rng.below(4);
        world.doing(me, what, 0);
        let got = match what {
            6 => world.maybe(way, &rng, rx.recv()).await,
            7 => {
                let limit = 1 + rng.below(40);
                let end = world.maybe(way, &rng, rx.recv_many(&mut batch, limit)).await;
                assert!(end.is_some() || batch.is_empty(), "given up, and took something");
                world.doing(me, what, batch.len());
                batch.drain(..).for_each(|item| ear.hear(item));
                match end {
                    Some(Err(end)) => Some(Err(end)),
                    _ => None,
                }
            }
            // A stream that was polled has a place in the line until it is ready or dropped: so it
            // is polled until it is ready, or it is a clone, which goes.
            8 if rng.one_in(2) => loop {
                let polled = world.maybe(way, &rng, poll_fn(|cx| rx.poll_recv(cx))).await;
                if polled.is_some() {
                    break polled;
                }
            },
            8 => {
                let mut clone = rx.clone();
                world.maybe(way, &rng, poll_fn(|cx| clone.poll_recv(cx))).await
            }
            _ => match rx.try_recv() {
                Ok(item) => Some(Ok(item)),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Closed) => break,
            },
        };
        match got {
            Some(Ok(item)) => {
                world.doing(me, what, 1);
                ear.hear(item);
            }
            Some(Err(_)) => break,
            None => {}
        }
    }
    world.doing(me, 10, 0);
}
