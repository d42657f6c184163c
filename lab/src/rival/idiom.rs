//! How programs select among the futures of any library: nothing here knows which.
//!
//! - [`Branches`], [`BiasedBranches`]: `tokio::select!`, which takes up to 64 branches. Each turn
//!   makes all futures anew and drops those that did not win.
//! - [`Macro`], [`BiasedMacro`]: the same with `futures::select!`.
//! - [`All`]: `select_all`, which polls every future each time it is woken.
//! - [`Unordered`]: `FuturesUnordered`, which polls only those that were woken.

use std::marker::PhantomData;
use std::pin::pin;

use ::futures::future::{FutureExt, select_all};
use ::futures::stream::{FuturesUnordered, StreamExt};

use crate::shape::{Event, MIXED, TaskMix, TaskPick, Tasks, Turns};
use crate::workload::PickRuns;

pub(super) struct Branches<C, const ARMS: usize>(PhantomData<C>);
pub(super) struct BiasedBranches<C, const ARMS: usize>(PhantomData<C>);
pub(super) struct Macro<C, const ARMS: usize>(PhantomData<C>);
pub(super) struct BiasedMacro<C, const ARMS: usize>(PhantomData<C>);
pub(super) struct All<C>(PhantomData<C>);
pub(super) struct Unordered<C>(PhantomData<C>);

/// `tokio::select!` over so many receives.
pub(super) fn branches<C: Tasks>(arms: usize) -> Option<PickRuns> {
    match arms {
        2 => Some(PickRuns::of_tasks::<Branches<C, 2>>()),
        8 => Some(PickRuns::of_tasks::<Branches<C, 8>>()),
        _ => None,
    }
}

macro_rules! branches {
    ($pick:ident $arms:literal ($($biased:tt)*): $($rx:ident)+) => {
        impl<C: Tasks> TaskPick for $pick<C, $arms> {
            type Channel = C;

            async fn serve<T: Turns + Send>(rxs: &mut [C::Rx], turns: &mut T) {
                let [$($rx),+] = rxs else { unreachable!("as many as arms") };
                while turns.go_on() {
                    let received = ::tokio::select! {
                        $($biased)*
                        $(received = C::recv($rx) => received,)+
                    };
                    let Some(message) = received else { return };
                    turns.take(message);
                }
            }
        }
    };
}

branches!(Branches 2 (): a b);
branches!(Branches 4 (): a b c d);
branches!(Branches 8 (): a b c d e f g h);
branches!(BiasedBranches 2 (biased;): a b);
branches!(BiasedBranches 8 (biased;): a b c d e f g h);
branches!(Branches 64 ():
    a0 a1 a2 a3 a4 a5 a6 a7 b0 b1 b2 b3 b4 b5 b6 b7 c0 c1 c2 c3 c4 c5 c6 c7 d0 d1 d2 d3 d4 d5 d6 d7
    e0 e1 e2 e3 e4 e5 e6 e7 f0 f1 f2 f3 f4 f5 f6 f7 g0 g1 g2 g3 g4 g5 g6 g7 h0 h1 h2 h3 h4 h5 h6 h7
);

macro_rules! futures_macro {
    ($pick:ident $select:ident $arms:literal: $($rx:ident)+) => {
        impl<C: Tasks> TaskPick for $pick<C, $arms> {
            type Channel = C;

            async fn serve<T: Turns + Send>(rxs: &mut [C::Rx], turns: &mut T) {
                let [$($rx),+] = rxs else { unreachable!("as many as arms") };
                while turns.go_on() {
                    $(let mut $rx = pin!(C::recv($rx).fuse());)+
                    let received = ::futures::$select! { $(received = $rx => received,)+ };
                    let Some(message) = received else { return };
                    turns.take(message);
                }
            }
        }
    };
}

futures_macro!(Macro select 2: a b);
futures_macro!(Macro select 8: a b c d e f g h);
futures_macro!(BiasedMacro select_biased 2: a b);
futures_macro!(BiasedMacro select_biased 8: a b c d e f g h);

/// A receive that gives its receiver back.
async fn receive<C: Tasks>(rx: &mut C::Rx) -> (Option<usize>, &mut C::Rx) {
    (C::recv(rx).await, rx)
}

impl<C: Tasks> TaskPick for All<C> {
    type Channel = C;

    async fn serve<T: Turns + Send>(rxs: &mut [C::Rx], turns: &mut T) {
        let mut receives: Vec<_> = rxs.iter_mut().map(|rx| Box::pin(receive::<C>(rx))).collect();
        while turns.go_on() {
            let ((received, rx), _, mut others) = select_all(receives).await;
            let Some(message) = received else { return };
            turns.take(message);
            others.push(Box::pin(receive::<C>(rx)));
            receives = others;
        }
    }
}

impl<C: Tasks> TaskPick for Unordered<C> {
    type Channel = C;

    async fn serve<T: Turns + Send>(rxs: &mut [C::Rx], turns: &mut T) {
        let mut receives: FuturesUnordered<_> = rxs.iter_mut().map(receive::<C>).collect();
        while turns.go_on() {
            let Some((Some(message), rx)) = receives.next().await else { return };
            turns.take(message);
            receives.push(receive::<C>(rx));
        }
    }
}

impl<C: Tasks> TaskMix for Branches<C, MIXED> {
    type Channel = C;
    type Pick = Self;

    async fn either(tx: &mut C::Tx, message: usize, rx: &mut C::Rx) -> Event {
        ::tokio::select! {
            sent = C::send(tx, message) => if sent { Event::Sent } else { Event::Closed },
            received = C::recv(rx) => received.map_or(Event::Closed, Event::Received),
        }
    }

    async fn send_any(txs: &mut [C::Tx], message: usize) -> bool {
        let [a, b, c, d] = txs else { unreachable!("as many as arms") };
        ::tokio::select! {
            sent = C::send(a, message) => sent,
            sent = C::send(b, message) => sent,
            sent = C::send(c, message) => sent,
            sent = C::send(d, message) => sent,
        }
    }
}
