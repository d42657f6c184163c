//! strait's select: macros over arms that the source names, 64 at most, fair or biased.

use ::strait::channel::{Receiver, Sender};
use ::strait::{select, select_biased, select_blocking, select_blocking_biased};

use super::Rival;
use super::strait::{self, Strait};
use super::{strait_many, strait_sync};
use crate::shape::{Event, MIXED, TaskMix, TaskPick, ThreadMix, ThreadPick, Turns};
use crate::workload::{MixRuns, PickRuns};

pub(super) const PLAIN: Rival = Rival {
    thread_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_threads::<Fair<2>>()),
        8 => Some(PickRuns::of_threads::<Fair<8>>()),
        64 => Some(PickRuns::of_threads::<Fair<64>>()),
        _ => None,
    },
    task_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_tasks::<Fair<2>>()),
        8 => Some(PickRuns::of_tasks::<Fair<8>>()),
        64 => Some(PickRuns::of_tasks::<Fair<64>>()),
        _ => None,
    },
    thread_mixes: |_| Some(MixRuns::of_threads::<Fair<MIXED>>()),
    task_mixes: |_| Some(MixRuns::of_tasks::<Fair<MIXED>>()),
    sync: strait_sync::sync,
    many: strait_many::many,
    ..strait::PLAIN
};

pub(super) const BIASED: Rival = Rival {
    own: true,
    thread_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_threads::<Biased<2>>()),
        8 => Some(PickRuns::of_threads::<Biased<8>>()),
        _ => None,
    },
    task_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_tasks::<Biased<2>>()),
        8 => Some(PickRuns::of_tasks::<Biased<8>>()),
        _ => None,
    },
    ..Rival::new("strait-biased", "strait")
};

type Channel = Strait<false, false>;

struct Fair<const ARMS: usize>;
struct Biased<const ARMS: usize>;

macro_rules! pick {
    ($pick:ident $blocking:ident $select:ident $arms:literal: $($rx:ident)+) => {
        impl ThreadPick for $pick<$arms> {
            type Channel = Channel;

            fn serve<T: Turns>(rxs: &mut [Receiver<usize>], turns: &mut T) {
                let [$($rx),+] = rxs else { unreachable!("as many as arms") };
                while turns.go_on() {
                    let received = $blocking! { $(received = $rx.recv() => received,)+ };
                    let Ok(message) = received else { return };
                    turns.take(message);
                }
            }
        }

        impl TaskPick for $pick<$arms> {
            type Channel = Channel;

            async fn serve<T: Turns + Send>(rxs: &mut [Receiver<usize>], turns: &mut T) {
                let [$($rx),+] = rxs else { unreachable!("as many as arms") };
                while turns.go_on() {
                    let received = $select! { $(received = $rx.recv() => received,)+ };
                    let Ok(message) = received else { return };
                    turns.take(message);
                }
            }
        }
    };
}

pick!(Fair select_blocking select 2: a b);
pick!(Fair select_blocking select 4: a b c d);
pick!(Fair select_blocking select 8: a b c d e f g h);
pick!(Fair select_blocking select 64:
    a0 a1 a2 a3 a4 a5 a6 a7 b0 b1 b2 b3 b4 b5 b6 b7 c0 c1 c2 c3 c4 c5 c6 c7 d0 d1 d2 d3 d4 d5 d6 d7
    e0 e1 e2 e3 e4 e5 e6 e7 f0 f1 f2 f3 f4 f5 f6 f7 g0 g1 g2 g3 g4 g5 g6 g7 h0 h1 h2 h3 h4 h5 h6 h7
);
pick!(Biased select_blocking_biased select_biased 2: a b);
pick!(Biased select_blocking_biased select_biased 8: a b c d e f g h);

impl ThreadMix for Fair<MIXED> {
    type Channel = Channel;
    type Pick = Self;

    fn either(tx: &Sender<usize>, message: usize, rx: &mut Receiver<usize>) -> Event {
        select_blocking! {
            sent = tx.send(message) => sent.map_or(Event::Closed, |()| Event::Sent),
            received = rx.recv() => received.map_or(Event::Closed, Event::Received),
        }
    }

    fn send_any(txs: &[Sender<usize>], message: usize) -> bool {
        let [a, b, c, d] = txs else { unreachable!("as many as arms") };
        select_blocking! {
            sent = a.send(message) => sent.is_ok(),
            sent = b.send(message) => sent.is_ok(),
            sent = c.send(message) => sent.is_ok(),
            sent = d.send(message) => sent.is_ok(),
        }
    }
}

impl TaskMix for Fair<MIXED> {
    type Channel = Channel;
    type Pick = Self;

    async fn either(tx: &mut Sender<usize>, message: usize, rx: &mut Receiver<usize>) -> Event {
        select! {
            sent = tx.send(message) => sent.map_or(Event::Closed, |()| Event::Sent),
            received = rx.recv() => received.map_or(Event::Closed, Event::Received),
        }
    }

    async fn send_any(txs: &mut [Sender<usize>], message: usize) -> bool {
        let [a, b, c, d] = txs else { unreachable!("as many as arms") };
        select! {
            sent = a.send(message) => sent.is_ok(),
            sent = b.send(message) => sent.is_ok(),
            sent = c.send(message) => sent.is_ok(),
            sent = d.send(message) => sent.is_ok(),
        }
    }
}
