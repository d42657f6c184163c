//! crossbeam-channel: threads only. It selects by a macro over arms that the source names, fair or
//! biased, and by a `Select` over as many as there are.

use ::crossbeam_channel::{Receiver, Select, Sender, bounded, select, select_biased, unbounded};

use super::Rival;
use crate::shape::{Capacity, Event, MIXED, Message, ThreadMix, ThreadPick, Threads, Turns};
use crate::workload::{MixRuns, PickRuns, ThreadRuns};

pub(super) const RIVAL: Rival = Rival {
    threads: |_| Some(ThreadRuns::of::<Crossbeam>()),
    thread_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_threads::<Fair<2>>()),
        8 => Some(PickRuns::of_threads::<Fair<8>>()),
        _ => None,
    },
    thread_mixes: |_| Some(MixRuns::of_threads::<Fair<MIXED>>()),
    ..Rival::new("crossbeam", "crossbeam-channel")
};

pub(super) const BIASED: Rival = Rival {
    thread_picks: |arms, _| match arms {
        2 => Some(PickRuns::of_threads::<Biased<2>>()),
        8 => Some(PickRuns::of_threads::<Biased<8>>()),
        _ => None,
    },
    ..Rival::new("crossbeam-biased", "crossbeam-channel")
};

pub(super) const DYNAMIC: Rival = Rival {
    thread_picks: |_, _| Some(PickRuns::of_threads::<Dynamic>()),
    ..Rival::new("crossbeam-dynamic", "crossbeam-channel")
};

struct Crossbeam;

impl<M: Message> Threads<M> for Crossbeam {
    type Tx = Sender<M>;
    type Rx = Receiver<M>;

    fn make(capacity: Capacity) -> (Self::Tx, Self::Rx) {
        match capacity {
            Capacity::Rendezvous => bounded(0),
            Capacity::Bounded(capacity) => bounded(capacity),
            Capacity::Unbounded => unbounded(),
        }
    }

    #[inline]
    fn send(tx: &Self::Tx, message: M) -> bool {
        tx.send(message).is_ok()
    }

    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<M> {
        rx.recv().ok()
    }

    #[inline]
    fn try_send(tx: &Self::Tx, message: M) -> bool {
        tx.try_send(message).is_ok()
    }

    #[inline]
    fn try_recv(rx: &mut Self::Rx) -> Option<M> {
        rx.try_recv().ok()
    }
}

/// `select!` over so many arms.
struct Fair<const ARMS: usize>;

/// `select_biased!` over so many arms.
struct Biased<const ARMS: usize>;

/// `Select`, made once.
struct Dynamic;

macro_rules! pick {
    ($pick:ident $select:ident $arms:literal: $($rx:ident)+) => {
        impl ThreadPick for $pick<$arms> {
            type Channel = Crossbeam;

            fn serve<T: Turns>(rxs: &mut [Receiver<usize>], turns: &mut T) {
                let [$($rx),+] = rxs else { unreachable!("as many as arms") };
                while turns.go_on() {
                    let received = $select! { $(recv($rx) -> received => received,)+ };
                    let Ok(message) = received else { return };
                    turns.take(message);
                }
            }
        }
    };
}

pick!(Fair select 2: a b);
pick!(Fair select 4: a b c d);
pick!(Fair select 8: a b c d e f g h);
pick!(Biased select_biased 2: a b);
pick!(Biased select_biased 8: a b c d e f g h);

impl ThreadPick for Dynamic {
    type Channel = Crossbeam;

    fn serve<T: Turns>(rxs: &mut [Receiver<usize>], turns: &mut T) {
        let mut select = Select::new();
        for rx in &*rxs {
            select.recv(rx);
        }
        while turns.go_on() {
            let operation = select.select();
            let rx = &rxs[operation.index()];
            let Ok(message) = operation.recv(rx) else { return };
            turns.take(message);
        }
    }
}

impl ThreadMix for Fair<MIXED> {
    type Channel = Crossbeam;
    type Pick = Self;

    fn either(tx: &Sender<usize>, message: usize, rx: &mut Receiver<usize>) -> Event {
        select! {
            send(tx, message) -> sent => sent.map_or(Event::Closed, |()| Event::Sent),
            recv(rx) -> received => received.map_or(Event::Closed, Event::Received),
        }
    }

    fn send_any(txs: &[Sender<usize>], message: usize) -> bool {
        let [a, b, c, d] = txs else { unreachable!("as many as arms") };
        select! {
            send(a, message) -> sent => sent.is_ok(),
            send(b, message) -> sent => sent.is_ok(),
            send(c, message) -> sent => sent.is_ok(),
            send(d, message) -> sent => sent.is_ok(),
        }
    }
}
