//! What the actors of a round share.
//!
//! Why a round ends: a *sender* has so many messages, and whenever it waits, it waits to send too. A
//! *receiver* has a home channel, and whenever it waits, it waits to receive from there too; every
//! channel is the home of one at least. So a message that waits to be received meets a receiver,
//! sooner or later. When the senders have ended and no message is alive, whoever notices closes all
//! channels, and the receivers end. So nobody is woken by the end before the last message is through:
//! one that was forgotten, or a receiver that sleeps beside it, is a hang.

#![forbid(unsafe_code)]

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};

use strait::channel::{Receiver, Sender};

use super::arms::{Draw, shown};
use crate::support::caps::Kind;
use crate::support::payload::{Item, Ledger, Summary};
use crate::support::rng::Rng;

/// The most channels of a round.
pub const CHANNELS: usize = 4;

/// How a round ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All channels are closed when nothing is left to do.
    Closed,
    /// They are cancelled.
    Cancelled,
    /// One is closed in the middle.
    CutShort,
    /// One is cancelled in the middle.
    TornDown,
}

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The channels; the first `channels` of them.
    pub kinds: [Kind; CHANNELS],
    /// How many there are.
    pub channels: usize,
    /// Actors that send, and that receive (at least as many as channels).
    pub actors: (usize, usize),
    /// Messages of each.
    pub each: usize,
    /// A future is given up once in this many occasions; 0 is never.
    pub odds: usize,
    /// How it ends.
    pub ending: Ending,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Plan {
    /// A plan drawn from a seed.
    pub fn new(each: usize, seed: u64) -> Self {
        let rng = Rng::new(seed);
        let caps = [Some(0), Some(0), Some(0), Some(1), Some(1), Some(2), Some(64), None];
        let kind = |_| {
            let cap = caps[rng.below(caps.len())];
            // Most are of the usual kind.
            Kind::all(cap)[[0, 0, 0, 0, 1, 1, 2, 3][rng.below(8)]]
        };
        let channels = 1 + rng.below(CHANNELS);
        let endings = [Ending::Closed, Ending::Closed, Ending::Cancelled, Ending::CutShort];
        Self {
            kinds: [0; CHANNELS].map(kind),
            channels,
            actors: (1 + rng.below(4), channels + rng.below(3)),
            each,
            odds: [0, 2, 3, 8][rng.below(4)],
            ending: if rng.one_in(8) { Ending::TornDown } else { endings[rng.below(4)] },
            seed,
        }
    }

    /// Actors in all.
    pub fn all(&self) -> usize {
        self.actors.0 + self.actors.1
    }
}

/// All that is shared.
#[derive(Debug)]
pub struct World {
    /// The plan.
    pub plan: Plan,
    /// Where each message is written.
    pub book: Ledger,
    /// Futures that were given up.
    pub dropped: AtomicUsize,
    /// Selects, and plain calls.
    pub done: [AtomicUsize; 2],
    ends: Vec<(Sender<Item>, Receiver<Item>)>,
    senders: AtomicUsize,
    cut: AtomicBool,
    /// For each actor: what it is doing, and how much it has done.
    doing: Vec<(AtomicU64, AtomicUsize)>,
}

impl World {
    /// A round that has not begun.
    pub fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self {
            plan,
            book: Ledger::new(plan.all() * plan.each),
            dropped: AtomicUsize::new(0),
            done: Default::default(),
            ends: plan.kinds[..plan.channels].iter().map(|kind| kind.open()).collect(),
            senders: AtomicUsize::new(plan.actors.0),
            cut: AtomicBool::new(false),
            doing: (0..plan.all()).map(|_| Default::default()).collect(),
        })
    }

    /// The sending ends.
    pub fn tx(&self, channel: usize) -> &Sender<Item> {
        &self.ends[channel].0
    }

    /// The receiving ends.
    pub fn rx(&self, channel: usize) -> &Receiver<Item> {
        &self.ends[channel].1
    }

    /// Notes what an actor begins to do.
    pub fn doing(&self, actor: usize, code: u64) {
        self.doing[actor].0.store(code, Relaxed);
    }

    /// An actor has done something. Closes the channels when that was the last.
    pub fn did(&self, actor: usize, select: bool) {
        let count = 1 + self.doing[actor].1.fetch_add(1, Relaxed);
        self.done[usize::from(!select)].fetch_add(1, Relaxed);
        let middle = count > self.plan.each / 2;
        if middle && matches!(self.plan.ending, Ending::CutShort | Ending::TornDown) {
            self.cut_one();
        }
        self.look();
    }

    fn cut_one(&self) {
        if !self.cut.load(Relaxed) && !self.cut.swap(true, SeqCst) {
            let (tx, rx) = &self.ends[self.plan.seed as usize % self.ends.len()];
            _ = if self.plan.ending == Ending::CutShort { tx.close() } else { rx.cancel() };
        }
    }

    /// A sender has ended.
    pub fn ended(&self) {
        self.senders.fetch_sub(1, SeqCst);
        self.look();
    }

    /// Each looks after its own step, so the one whose step was last sees all.
    fn look(&self) {
        if self.senders.load(SeqCst) == 0 && self.book.live() == 0 {
            for (tx, rx) in &self.ends {
                _ = if self.plan.ending == Ending::Cancelled { rx.cancel() } else { tx.close() };
            }
        }
    }

    /// For the watchdog.
    pub fn show(&self) -> String {
        let mut told = format!("{:?}\n{} messages alive\n", self.plan, self.book.live());
        for (channel, (tx, _)) in self.ends.iter().enumerate() {
            writeln!(told, "channel {channel}: {tx:?}").unwrap();
        }
        for (actor, (code, count)) in self.doing.iter().enumerate() {
            let role = if actor < self.plan.actors.0 { "sender" } else { "receiver" };
            let (doing, count) = (shown(code.load(Relaxed)), count.load(Relaxed));
            writeln!(told, "{role} {actor}, after {count} steps: {doing}").unwrap();
        }
        told
    }

    /// After the round: the book must close.
    #[track_caller]
    pub fn settle(&self) -> Summary {
        self.book.settle(self.plan.ending != Ending::TornDown)
    }

    /// Notes what became of the messages of a select, which ended with an arm or was given up.
    #[track_caller]
    pub fn account(&self, draw: &mut Draw<'_>, chosen: Option<usize>, ended: bool) {
        let gone = draw.gone();
        assert!(gone.len() < 2, "{} arms at once: {}", gone.len(), shown(draw.code));
        if ended {
            let by_ref = chosen.filter(|at| draw.is_by_ref(*at));
            assert_eq!(gone.first().copied(), by_ref, "{}", shown(draw.code));
        }
        let done = chosen.or(gone.first().copied());
        for (at, id) in draw.ids() {
            if done == Some(at) {
                self.book.sent(id);
            } else if ended || done.is_some() {
                self.book.unsent(id, draw.items[at].take());
            }
        }
        draw.items.iter_mut().for_each(|item| _ = item.take().map(Item::take_back));
    }
}

/// Checks that each producer is heard in order on each channel.
#[derive(Debug)]
pub struct Ear {
    last: Vec<[Option<usize>; CHANNELS]>,
    each: usize,
}

impl Ear {
    /// Has heard nothing.
    pub fn new(plan: &Plan) -> Self {
        Self { last: vec![[None; CHANNELS]; plan.all()], each: plan.each }
    }

    /// Hears a message.
    pub fn hear(&mut self, channel: usize, item: Item) {
        let id = item.receive();
        let last = self.last[id / self.each][channel].replace(id);
        assert!(last < Some(id), "message {id} after {last:?}");
    }
}
