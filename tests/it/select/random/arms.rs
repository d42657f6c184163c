//! One random select.
//!
//! A select has its arms when it is compiled, so here each of five places has all the arms that it may
//! be, and all but one of them are switched off.

#![forbid(unsafe_code)]

use std::fmt::Write;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use strait::channel::{RecvError, SendError};
use strait::select::{After, after};
use strait::{select, select_biased, select_blocking, select_blocking_biased};

use super::world::World;
use crate::support::payload::Item;
use crate::support::rng::Rng;

/// The most arms on channels.
pub const ARMS: usize = 5;

/// What an arm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `recv`.
    Recv,
    /// `recv_many`, in the last place only.
    Many,
    /// `send`.
    Send,
    /// `send_ref`.
    Ref,
    /// `send_acked`, in the first place only.
    Acked,
}

/// An arm: what, and on which channel.
pub type Want = Option<(Kind, usize)>;

/// A future of anybody.
pub type Other = Pin<Box<dyn Future<Output = Option<Item>> + Send + Sync>>;

/// A select that is to be done.
pub struct Draw<'w> {
    world: &'w World,
    /// The arms.
    pub wants: [Want; ARMS],
    /// Their messages.
    pub items: [Option<Item>; ARMS],
    ids: [usize; ARMS],
    /// What `recv_many` has received.
    pub many: Vec<Item>,
    /// One arm more.
    pub other: Option<Other>,
    /// The channel that it receives from.
    pub other_from: usize,
    /// Another one.
    pub time: Option<Duration>,
    /// Whether it waits.
    pub waits: bool,
    /// Whether it prefers the first.
    pub biased: bool,
    /// All of this as a number, for [`shown`].
    pub code: u64,
}

/// How a select ended.
#[derive(Debug)]
pub enum End {
    /// A receive.
    Got(usize, Result<Item, RecvError>),
    /// A receive of several.
    Many(Result<usize, RecvError>),
    /// A send.
    Sent(usize, Result<(), SendError<Item>>),
    /// A send from a slot.
    SentRef(usize, Result<(), SendError<()>>),
    /// The other future, and what it has received.
    Other(Option<Item>),
    /// The time.
    Late,
    /// No arm was ready.
    Default,
}

/// A future of anybody; it may receive from the channel, unless it is to be `quiet`.
pub fn other(world: &World, rng: &Rng, channel: usize, quiet: bool) -> Other {
    match rng.below(if quiet { 4 } else { 6 }) {
        0 => Box::pin(ready(None)),
        1 => Box::pin(pending()),
        2 | 3 => {
            let mut left = rng.below(4);
            Box::pin(poll_fn(move |cx| {
                if left == 0 {
                    return Poll::Ready(None);
                }
                left -= 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            }))
        }
        // It uses the channels of the others, while the select is away.
        4 => {
            let rx = world.rx(channel).clone();
            Box::pin(async move { rx.recv().await.ok() })
        }
        _ => {
            let rx = world.rx(channel).clone();
            Box::pin(poll_fn(move |_| match rx.try_recv() {
                Ok(item) => Poll::Ready(Some(item)),
                Err(_) => Poll::Pending,
            }))
        }
    }
}

impl<'w> Draw<'w> {
    /// A select of these arms; `item` makes a message.
    pub fn new(world: &'w World, wants: [Want; ARMS], mut item: impl FnMut() -> Item) -> Self {
        let sends = |want: Want| {
            want.is_some_and(|(kind, _)| matches!(kind, Kind::Send | Kind::Ref | Kind::Acked))
        };
        let items = wants.map(|want| sends(want).then(&mut item));
        let ids = items.each_ref().map(|item| item.as_ref().map_or(usize::MAX, Item::id));
        Self {
            world,
            wants,
            items,
            ids,
            many: Vec::new(),
            other: None,
            other_from: 0,
            time: None,
            waits: true,
            biased: false,
            code: 0,
        }
    }

    /// The arms that send, and their messages.
    pub fn ids(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        self.ids.into_iter().enumerate().filter(|(_, id)| *id != usize::MAX)
    }

    /// Whether the arm sends from a slot.
    pub fn is_by_ref(&self, at: usize) -> bool {
        matches!(self.wants[at], Some((Kind::Ref, _)))
    }

    /// The slots that are empty now.
    pub fn gone(&self) -> Vec<usize> {
        (0..ARMS).filter(|at| self.is_by_ref(*at) && self.items[*at].is_none()).collect()
    }

    fn channel(&self, at: usize, kind: Kind) -> Option<usize> {
        self.wants[at].and_then(|(is, channel)| (is == kind).then_some(channel))
    }

    /// A number that says what it is.
    pub fn encode(&mut self) {
        let want = |(at, want): (usize, &Want)| {
            want.map_or(0, |(kind, channel)| {
                ((1 + kind as u64) << 4 | channel as u64) << (8 * at + 8)
            })
        };
        let flags = u64::from(self.biased)
            | u64::from(!self.waits) << 1
            | u64::from(self.other.is_some()) << 2
            | u64::from(self.time.is_some()) << 3
            | 1 << 4;
        self.code = flags | self.wants.iter().enumerate().map(want).sum::<u64>();
    }

    /// Does it, in a task.
    pub async fn run(&mut self) -> End {
        self.encode();
        let (other, time) = (self.other.take(), self.time);
        match (self.waits, self.biased, other.is_some() || time.is_some()) {
            (true, false, false) => choose!(self, select, {}),
            (true, true, false) => choose!(self, select_biased, {}),
            (true, false, true) => choose!(self, select, {
                item = other => End::Other(item),
                _ = timer(time) => End::Late,
            }),
            (true, true, true) => choose!(self, select_biased, {
                item = other => End::Other(item),
                _ = timer(time) => End::Late,
            }),
            (false, false, _) => choose!(self, select, {
                item = other => End::Other(item),
                default => End::Default,
            }),
            (false, true, _) => choose!(self, select_biased, {
                item = other => End::Other(item),
                default => End::Default,
            }),
        }
    }

    /// Does it, on a thread.
    pub fn run_blocking(&mut self) -> End {
        self.encode();
        let (other, time) = (self.other.take(), self.time);
        match (self.waits, self.biased, other.is_some() || time.is_some()) {
            (true, false, false) => choose!(self, select_blocking, {}),
            (true, true, false) => choose!(self, select_blocking_biased, {}),
            (true, false, true) => choose!(self, select_blocking, {
                item = other => End::Other(item),
                _ = timer(time) => End::Late,
            }),
            (true, true, true) => choose!(self, select_blocking_biased, {
                item = other => End::Other(item),
                _ = timer(time) => End::Late,
            }),
            (false, false, _) => choose!(self, select_blocking, {
                item = other => End::Other(item),
                default => End::Default,
            }),
            (false, true, _) => choose!(self, select_blocking_biased, {
                item = other => End::Other(item),
                default => End::Default,
            }),
        }
    }
}

fn timer(time: Option<Duration>) -> Option<After> {
    time.map(after)
}

/// All arms of the five places, in their order.
macro_rules! choose {
    ($draw:expr, $select:ident, { $($more:tt)* }) => {{
        let draw = &mut *$draw;
        let world = draw.world;
        let recv = |at| draw.channel(at, Kind::Recv).map(|channel| world.rx(channel).recv());
        let many = draw.channel(4, Kind::Many);
        let send = |at| draw.channel(at, Kind::Send).map(|channel| world.tx(channel));
        let acked = draw.channel(0, Kind::Acked).map(|channel| world.tx(channel));
        let by_ref = |at| draw.channel(at, Kind::Ref).map(|channel| world.tx(channel));
        let receives = [recv(0), recv(1), recv(2), recv(3), recv(4)];
        let sends = [send(0), send(1), send(2), send(3), send(4)];
        let by_refs = [by_ref(0), by_ref(1), by_ref(2), by_ref(3), by_ref(4)];
        let [r0, r1, r2, r3, r4] = receives;
        let [i0, i1, i2, i3, i4] = &mut draw.items;
        let r5 = many.map(|channel| world.rx(channel).recv_many(&mut draw.many, 7));
        let s5 = acked.map(|tx| tx.send_acked(i0.take().unwrap()));
        let s0 = sends[0].map(|tx| tx.send(i0.take().unwrap()));
        let s1 = sends[1].map(|tx| tx.send(i1.take().unwrap()));
        let s2 = sends[2].map(|tx| tx.send(i2.take().unwrap()));
        let s3 = sends[3].map(|tx| tx.send(i3.take().unwrap()));
        let s4 = sends[4].map(|tx| tx.send(i4.take().unwrap()));
        let p0 = by_refs[0].map(|tx| tx.send_ref(i0));
        let p1 = by_refs[1].map(|tx| tx.send_ref(i1));
        let p2 = by_refs[2].map(|tx| tx.send_ref(i2));
        let p3 = by_refs[3].map(|tx| tx.send_ref(i3));
        let p4 = by_refs[4].map(|tx| tx.send_ref(i4));
        choose!(@run $select, {
            done = r0 => End::Got(0, done),
            done = s0 => End::Sent(0, done),
            done = p0 => End::SentRef(0, done),
            done = s5 => End::Sent(0, done),
            done = r1 => End::Got(1, done),
            done = s1 => End::Sent(1, done),
            done = p1 => End::SentRef(1, done),
            done = r2 => End::Got(2, done),
            done = s2 => End::Sent(2, done),
            done = p2 => End::SentRef(2, done),
            done = r3 => End::Got(3, done),
            done = s3 => End::Sent(3, done),
            done = p3 => End::SentRef(3, done),
            done = r4 => End::Got(4, done),
            done = s4 => End::Sent(4, done),
            done = p4 => End::SentRef(4, done),
            done = r5 => End::Many(done),
        }, { $($more)* })
    }};
    (@run $select:ident, { $($arms:tt)* }, { $($more:tt)* }) => {
        $select! { $($arms)* $($more)* }
    };
}
use choose;

/// What [`Draw::encode`] or [`plain`](super::plain) noted.
pub fn shown(code: u64) -> String {
    if code & 1 << 4 == 0 {
        return super::plain::NAMES[code as usize & 15].to_owned();
    }
    let names = ["recv", "recv_many", "send", "send_ref", "send_acked"];
    let mut told = String::from("select");
    for (bit, name) in [" biased", " default", " future", " time"].into_iter().enumerate() {
        if code >> bit & 1 == 1 {
            told.push_str(name);
        }
    }
    for at in 0..ARMS {
        let want = code >> (8 * at + 8) & 255;
        if want != 0 {
            write!(told, ", {} {}", names[(want >> 4) as usize - 1], want & 15).unwrap();
        }
    }
    told
}
