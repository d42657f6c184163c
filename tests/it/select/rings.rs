//! Selects that stand in a ring: each sends to the next or receives from the one before, whichever
//! comes first. Two of them are the pair in opposite order: A sends c or receives d, B receives c or
//! sends d. All channels are rendezvous channels, so nothing moves unless two selects meet.

#![forbid(unsafe_code)]
#![allow(dead_code, unreachable_pub)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use strait::channel::{Receiver, Sender};
use strait::{select, select_biased, select_blocking, select_blocking_biased};
use tokio::runtime::Builder;

use crate::support::caps::Kind;
use crate::support::exec::Chaos;
use crate::support::watch::{scaled, thread, within_or};

/// Where the selects run.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// On one thread, polled at random.
    Chaos,
    /// On tokio, with so many workers.
    Tokio(usize),
    /// Each on a thread.
    Threads,
    /// Every other one on a thread.
    Mixed,
}

/// All ways.
pub const WAYS: [On; 5] = [On::Chaos, On::Tokio(1), On::Tokio(2), On::Threads, On::Mixed];

/// What is shared.
#[derive(Debug)]
struct Ring {
    on: On,
    links: Vec<(Sender<usize>, Receiver<usize>)>,
    /// What each has sent, and received.
    done: Vec<[AtomicUsize; 2]>,
    left: AtomicUsize,
    end: Option<Instant>,
}

/// How an arm ended.
enum Did {
    Sent(bool),
    Received(Option<usize>),
}

impl Ring {
    fn new(size: usize, on: On, meetings: usize, end: Option<Instant>) -> Arc<Self> {
        let link = |i: usize| Kind::all(Some(0))[i * i % 4].open();
        Arc::new(Self {
            on,
            links: (0..size).map(link).collect(),
            done: (0..size).map(|_| Default::default()).collect(),
            left: AtomicUsize::new(meetings),
            end,
        })
    }

    fn ends(&self, me: usize) -> (&Sender<usize>, &Receiver<usize>) {
        let before = (me + self.links.len() - 1) % self.links.len();
        (&self.links[me].0, &self.links[before].1)
    }

    /// Notes it. False at the end.
    fn did(&self, me: usize, did: &Did) -> bool {
        let size = self.links.len();
        match did {
            Did::Sent(false) | Did::Received(None) => return false,
            Did::Sent(true) => self.done[me][0].fetch_add(1, SeqCst),
            Did::Received(Some(from)) => {
                assert_eq!(*from, (me + size - 1) % size);
                let count = self.done[me][1].fetch_add(1, SeqCst);
                let left = self.left.fetch_sub(1, SeqCst);
                let late =
                    count.is_multiple_of(64) && self.end.is_some_and(|end| Instant::now() >= end);
                if left == 1 || late {
                    self.links.iter().for_each(|(tx, _)| _ = tx.close());
                }
                count
            }
        };
        true
    }

    async fn task(self: Arc<Self>, me: usize) {
        let (tx, rx) = self.ends(me);
        for turn in me.. {
            let did = match turn % 3 {
                0 => select! {
                    sent = tx.send(me) => Did::Sent(sent.is_ok()),
                    got = rx.recv() => Did::Received(got.ok()),
                },
                1 => select_biased! {
                    sent = tx.send(me) => Did::Sent(sent.is_ok()),
                    got = rx.recv() => Did::Received(got.ok()),
                },
                _ => select_biased! {
                    got = rx.recv() => Did::Received(got.ok()),
                    sent = tx.send(me) => Did::Sent(sent.is_ok()),
                },
            };
            if !self.did(me, &did) {
                break;
            }
        }
    }

    fn on_thread(&self, me: usize) {
        let (tx, rx) = self.ends(me);
        for turn in me.. {
            let did = match turn % 3 {
                0 => select_blocking! {
                    sent = tx.send(me) => Did::Sent(sent.is_ok()),
                    got = rx.recv() => Did::Received(got.ok()),
                },
                1 => select_blocking_biased! {
                    sent = tx.send(me) => Did::Sent(sent.is_ok()),
                    got = rx.recv() => Did::Received(got.ok()),
                },
                _ => select_blocking_biased! {
                    got = rx.recv() => Did::Received(got.ok()),
                    sent = tx.send(me) => Did::Sent(sent.is_ok()),
                },
            };
            if !self.did(me, &did) {
                break;
            }
        }
    }

    fn run(self: &Arc<Self>) {
        let size = self.links.len();
        let workers = if let On::Tokio(workers) = self.on { workers } else { 2 };
        let (mut tasks, mut threads) = (Vec::new(), Vec::new());
        let runtime = Builder::new_multi_thread().worker_threads(workers).build().unwrap();
        match self.on {
            On::Chaos => {
                let mut chaos = Chaos::new(size as u64);
                (0..size).for_each(|me| chaos.spawn(self.clone().task(me)));
                assert_eq!(chaos.run(true), Ok(()), "all sleep: {self:?}");
            }
            On::Tokio(_) => {
                tasks.extend((0..size).map(|me| runtime.spawn(self.clone().task(me))));
            }
            On::Threads | On::Mixed => {
                for me in 0..size {
                    let own = self.clone();
                    if me % 2 == 0 || matches!(self.on, On::Threads) {
                        threads.push(thread(move || own.on_thread(me)));
                    } else {
                        tasks.push(runtime.spawn(own.task(me)));
                    }
                }
            }
        }
        tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }

    /// What was sent was received, or is there still.
    fn settle(&self) -> usize {
        let size = self.links.len();
        let counts = |i: usize| self.done[i].each_ref().map(|count| count.load(SeqCst));
        for me in 0..size {
            let rest = self.links[me].1.drain().count();
            let (sent, received) = (counts(me)[0], counts((me + 1) % size)[1]);
            assert_eq!(sent, received + rest, "from {me} of {size} to the next, {:?}", self.on);
        }
        (0..size).map(|me| counts(me)[1]).sum()
    }
}

/// Runs a ring until there were so many meetings, or for that long. Says how many there were.
pub fn ring(size: usize, on: On, meetings: usize, time: Option<Duration>) -> usize {
    let end = time.map(|time| Instant::now() + time);
    let ring = Ring::new(size, on, meetings, end);
    let shown = ring.clone();
    let limit = 60 + time.map_or(0, |time| time.as_secs());
    within_or(
        limit,
        move || {
            ring.run();
            ring.settle()
        },
        move || format!("a ring of {size}, {on:?}: {:?}", shown.done),
    )
}

#[test]
fn rings_turn() {
    for on in WAYS {
        for size in [2, 3, 8, 64] {
            let start = Instant::now();
            let meetings = ring(size, on, scaled(2_000), None);
            println!("{on:?}, {size}: {meetings} meetings in {:?}", start.elapsed());
            assert!(meetings >= scaled(2_000));
        }
    }
}

/// The pair is polled by hand, in every order, with nothing left to chance.
#[test]
fn a_pair_meets_in_every_order_of_polls() {
    use crate::support::hand::hand;
    for kind in Kind::all(Some(0)) {
        for order in 0..256_u32 {
            let ((c, c_rx), (d, d_rx)) = (kind.open::<u32>(), kind.open::<u32>());
            let mut a = hand(async {
                select_biased! {
                    sent = c.send(1) => sent.map(|()| 0),
                    got = d_rx.recv() => Ok(got.unwrap()),
                }
            });
            let mut b = hand(async {
                select_biased! {
                    got = c_rx.recv() => Ok(got.unwrap()),
                    sent = d.send(2) => sent.map(|()| 0),
                }
            });
            let (mut from_a, mut from_b) = (None, None);
            let poll = |poll: std::task::Poll<Result<u32, _>>| match poll {
                std::task::Poll::Ready(end) => Some(end.unwrap()),
                std::task::Poll::Pending => None,
            };
            for turn in 0..8 {
                if order >> turn & 1 == 0 {
                    from_a = from_a.or_else(|| poll(a.poll()));
                } else {
                    from_b = from_b.or_else(|| poll(b.poll()));
                }
            }
            // Then whoever was woken, or has not run.
            for _ in 0..1_000 {
                if from_a.is_none() && (a.woken() || order == 255) {
                    from_a = poll(a.poll());
                }
                if from_b.is_none() && (b.woken() || order == 0) {
                    from_b = poll(b.poll());
                }
            }
            let ends = (from_a, from_b);
            assert!(
                ends == (Some(0), Some(1)) || ends == (Some(2), Some(0)),
                "{kind:?}, order {order:#b}: {ends:?}"
            );
        }
    }
}
