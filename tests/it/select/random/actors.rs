//! Those who run the selects: senders and receivers, as tasks or on threads.

#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::arms::{ARMS, Draw, End, Kind, Want, other};
use super::world::{CHANNELS, Ear, World};
use crate::support::fickle::fickle;
use crate::support::payload::Item;
use crate::support::rng::Rng;

/// How it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// On an executor that nobody else may wake.
    Alone,
    /// In tokio.
    Tokio,
    /// On a thread of its own, where it may also block.
    Thread,
}

/// One of them.
pub struct Actor {
    pub(super) world: Arc<World>,
    pub(super) me: usize,
    pub(super) way: Way,
    pub(super) rng: Rng,
    pub(super) ear: Ear,
    next: usize,
    /// The channels on which it has not met the end.
    pub(super) open: [bool; CHANNELS],
    pub(super) readable: [bool; CHANNELS],
}

impl Actor {
    /// Actor `me` of the round.
    pub fn new(world: &Arc<World>, me: usize, way: Way) -> Self {
        let plan = world.plan;
        Self {
            world: world.clone(),
            me,
            way,
            rng: Rng::new(plan.seed.wrapping_mul(53) + me as u64),
            ear: Ear::new(&plan),
            next: me * plan.each,
            open: [true; CHANNELS],
            readable: [true; CHANNELS],
        }
    }

    /// Its life.
    pub async fn live(mut self) {
        if self.me < self.world.plan.actors.0 {
            self.send_all().await
        } else {
            self.serve().await
        }
        self.world.doing(self.me, 8);
    }

    pub(super) fn item(&mut self) -> Item {
        self.next += 1;
        self.world.book.item(self.next - 1)
    }

    fn has_messages(&self) -> bool {
        self.next + ARMS <= (self.me + 1) * self.world.plan.each
    }

    fn any_channel(&self) -> usize {
        self.rng.below(self.world.plan.channels)
    }

    /// One that is not known to be closed.
    fn open_channel(&self) -> Option<usize> {
        let (first, count) = (self.any_channel(), self.world.plan.channels);
        (first..count).chain(0..first).find(|channel| self.open[*channel])
    }

    /// Awaits the future, or gives it up.
    pub(super) async fn maybe<F: Future>(&self, future: F) -> Option<F::Output> {
        let odds = self.world.plan.odds;
        if odds == 0 {
            return Some(future.await);
        }
        let result = match self.way {
            Way::Tokio if self.rng.one_in(64) => {
                let limit = Duration::from_micros(self.rng.below(200) as u64);
                tokio::time::timeout(limit, future).await.ok()
            }
            _ => fickle(future, &self.rng, odds).await,
        };
        self.world.dropped.fetch_add(usize::from(result.is_none()), Relaxed);
        result
    }

    /// A sender: until its messages are used up, or all channels closed.
    async fn send_all(&mut self) {
        while self.has_messages()
            && let Some(to) = self.open_channel()
        {
            let what = self.rng.below(10);
            match what {
                0..2 => self.send(to).await,
                2 => {
                    let from = self.any_channel();
                    self.recv(from, false).await;
                }
                _ => {
                    let at = self.rng.below(ARMS);
                    let kind = self.kind_of_send(at);
                    self.select(at, (kind, to), true).await;
                }
            }
            self.world.did(self.me, what > 2);
        }
        self.world.ended();
    }

    /// A receiver: until its home is closed.
    async fn serve(&mut self) {
        let home = (self.me - self.world.plan.actors.0) % self.world.plan.channels;
        while self.readable[home] {
            let what = self.rng.below(10);
            match what {
                0..2 => self.recv(home, true).await,
                2 => {
                    let from = self.any_channel();
                    self.recv(from, false).await;
                }
                _ => {
                    let at = self.rng.below(ARMS);
                    let many = at == 4 && self.rng.one_in(2);
                    let kind = if many { Kind::Many } else { Kind::Recv };
                    self.select(at, (kind, home), false).await;
                }
            }
            self.world.did(self.me, what > 2);
        }
    }

    fn kind_of_send(&self, at: usize) -> Kind {
        match self.rng.below(8) {
            0 if at == 0 => Kind::Acked,
            0..4 => Kind::Send,
            _ => Kind::Ref,
        }
    }

    /// An arm beside the one that ends. A receiver sends, if it does, where it is not at home: it would
    /// wait for itself.
    fn want(&self, at: usize, home: usize, sender: bool) -> Want {
        let channel = self.any_channel();
        let sends = if sender { !self.rng.one_in(3) } else { self.rng.one_in(4) };
        if sends && self.has_messages() && (sender || channel != home) {
            return self.open[channel].then(|| (self.kind_of_send(at), channel));
        }
        let many = at == 4 && self.rng.one_in(3);
        self.readable[channel].then_some((if many { Kind::Many } else { Kind::Recv }, channel))
    }

    /// One select: this arm, and up to four others, and perhaps a future, a time, a default.
    async fn select(&mut self, at: usize, sure: (Kind, usize), sender: bool) {
        let world = self.world.clone();
        let more = self.rng.below(ARMS);
        let mut wants = [None; ARMS];
        for _ in 0..more {
            let at = self.rng.below(ARMS);
            wants[at] = self.want(at, sure.1, sender);
        }
        wants[at] = Some(sure);
        let mut draw = Draw::new(&world, wants, || self.item());
        draw.biased = self.rng.one_in(2);
        draw.waits = !self.rng.one_in(8);
        if self.rng.one_in(6) {
            draw.other_from = self.any_channel();
            // A future that receives what its own select sends, and that only a receive can end, is
            // another story: see `attacks`.
            let quiet = matches!(draw.wants[0], Some((Kind::Acked, _)));
            draw.other = Some(other(&world, &self.rng, draw.other_from, quiet));
        }
        if self.rng.one_in(32) && self.way != Way::Alone {
            draw.time = Some(Duration::from_micros(self.rng.below(100) as u64));
        }
        draw.encode();
        world.doing(self.me, draw.code);
        let blocks = self.way == Way::Thread && !self.rng.one_in(4);
        let end = match self.rng.below(3) {
            _ if blocks => Some(draw.run_blocking()),
            0 => Some(draw.run().await),
            _ => self.maybe(draw.run()).await,
        };
        self.conclude(&mut draw, end);
    }

    /// Exactly one arm, and nothing of the others.
    fn conclude(&mut self, draw: &mut Draw<'_>, end: Option<End>) {
        let channel = |at: usize| draw.wants[at].expect("the arm is there").1;
        let mut sent = None;
        let mut many = 0;
        let ended = end.is_some();
        match end {
            Some(End::Got(at, Ok(item))) => self.ear.hear(channel(at), item),
            Some(End::Got(at, Err(_))) => self.readable[channel(at)] = false,
            Some(End::Many(Ok(count))) => many = count,
            Some(End::Many(Err(_))) => self.readable[channel(4)] = false,
            Some(End::Sent(at, Ok(())) | End::SentRef(at, Ok(()))) => sent = Some(at),
            Some(End::Sent(at, Err(_)) | End::SentRef(at, Err(_))) => {
                self.open[channel(at)] = false;
            }
            Some(End::Other(Some(item))) => self.ear.hear(draw.other_from, item),
            Some(End::Other(None) | End::Late | End::Default) | None => {}
        }
        assert_eq!(draw.many.len(), many, "an arm that was not chosen has received");
        let from = draw.wants[4].map_or(0, |(_, channel)| channel);
        draw.many.drain(..).for_each(|item| self.ear.hear(from, item));
        self.world.account(draw, sent, ended);
    }
}
