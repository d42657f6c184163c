//! The designs beside strait's, as sequences of steps. They are written by hand from what their
//! sources say; only strait's own are counted from its code.

use super::program::{Design, Effect, Place, Rest, Side, Step, check, load, rmw, store};
use super::worker::Patience;

use Effect::Nothing;

/// Messages of one word, with a stamp: four to a line.
pub(super) const CELLS: u64 = 4;

/// Seven pauses, then yields: crossbeam's `Backoff`. kanal yields earlier, the others are given
/// the same.
const PAUSES: u32 = 7;

fn side(steps: &[Step], idle: &[Step]) -> Side {
    Side { ways: vec![(1.0, steps.to_vec())], idle: idle.to_vec(), ..Side::default() }
}

fn design(name: &'static str, send: Side, recv: Side) -> Design {
    Design {
        name,
        send,
        recv,
        cells: CELLS,
        batch: 0,
        patience: Patience::Fixed(PAUSES),
        after_loss: Rest::None,
    }
}

/// A ring behind a lock that is tried only when it looks free and the ring as it should, with
/// pauses and then yields in between; the lock lies beside what it guards. A simpler kanal 0.1.1
/// (`mutex.rs`, `internal.rs`, `backoff.rs`), which also hands messages to those who wait.
pub(super) fn spin_lock() -> Design {
    let lock = rmw(Place::Lock, Effect::Lock);
    let unlock = store(Place::Lock, Effect::Unlock);
    let noted = store(Place::Lock, Nothing);
    let send = [
        load(Place::Lock, Effect::SeePut),
        lock,
        load(Place::Lock, Effect::Put),
        store(Place::Cell, Effect::Publish),
        noted,
        unlock,
    ];
    let recv = [
        load(Place::Lock, Effect::SeeGet),
        lock,
        load(Place::Lock, Effect::Get),
        load(Place::Cell, Effect::Take),
        noted,
        unlock,
    ];
    design("spin-lock", side(&send, &[unlock]), side(&recv, &[unlock]))
}

/// The same behind a lock that its holder hands to the next in line, who waits at a line of its
/// own: J. Mellor-Crummey, M. Scott, *Algorithms for Scalable Synchronization* (TOCS 1991). The
/// store by which one who comes names itself to the one before is left out, in its favor.
pub(super) fn queued_lock() -> Design {
    let locked = [rmw(Place::Lock, Effect::Queue), load(Place::Own, Effect::Turn)];
    let unlock = [load(Place::Own, Nothing), rmw(Place::Lock, Effect::Pass)];
    let send = [load(Place::Rear, Effect::Put), store(Place::Cell, Effect::Publish)];
    let recv = [load(Place::Rear, Effect::Get), load(Place::Cell, Effect::Take)];
    let noted = [store(Place::Rear, Nothing)];
    let around = |inner: [Step; 2]| [&locked[..], &inner, &noted, &unlock].concat();
    design("queued-lock", side(&around(send), &unlock), side(&around(recv), &unlock))
}

/// A ring of stamped slots: look at the counter and the slot, claim by compare-and-swap, write,
/// stamp. D. Vyukov's bounded queue, as crossbeam-channel 0.5 has it (`flavors/array.rs`), with
/// its look at the waiting list of the other side and its pauses after a lost claim.
pub(super) fn cas_ring() -> Design {
    let send = [
        load(Place::Rear, Effect::SeeRear),
        load(Place::Cell, Effect::Slot),
        rmw(Place::Rear, Effect::ClaimRear),
        store(Place::Cell, Nothing),
        store(Place::Cell, Effect::Publish),
        load(Place::Meta, Nothing),
    ];
    let recv = [
        load(Place::Front, Effect::SeeFront),
        load(Place::Cell, Effect::Look),
        rmw(Place::Front, Effect::ClaimFront),
        load(Place::Cell, Nothing),
        store(Place::Cell, Effect::Take),
        load(Place::Meta, Nothing),
    ];
    // The lost compare-and-swap has brought the counter along.
    let retried =
        |side: Side, seen: Effect| Side { lost: vec![check(Place::Rear, seen)], again: 0, ..side };
    let send = retried(side(&send, &[load(Place::Front, Nothing)]), Effect::SeeRear);
    let recv = retried(side(&recv, &[load(Place::Rear, Nothing)]), Effect::SeeFront);
    Design { after_loss: Rest::Growing, ..design("cas-ring", send, recv) }
}

/// Both sides take tickets by fetch-and-add and meet in the cell by a swap each; sends beyond the
/// capacity wait for the front. LCRQ (A. Morrison, Y. Afek, PPoPP 2013) with cells that are used
/// once, and a bound.
pub(super) fn faa_cells() -> Design {
    let send = [
        rmw(Place::Rear, Effect::TakeRear),
        load(Place::Segment, Nothing),
        store(Place::Cell, Nothing),
        rmw(Place::Cell, Effect::Publish),
    ];
    let waits = [
        load(Place::Front, Effect::Renew),
        store(Place::Rear, Nothing),
        check(Place::Front, Effect::Admission),
    ];
    let send =
        Side { over: [&send[..], &waits].concat(), ..side(&send, &[load(Place::Front, Nothing)]) };
    design("faa-cells", send, side(&met(), &[]))
}

/// The receiving side of cells that wait for their partner.
fn met() -> [Step; 5] {
    [
        rmw(Place::Front, Effect::TakeFront),
        load(Place::Segment, Nothing),
        load(Place::Cell, Effect::Await),
        load(Place::Cell, Nothing),
        rmw(Place::Cell, Effect::Take),
    ]
}

/// N. Koval, D. Alistarh, R. Elizarov, *Fast and Scalable Channels in Kotlin Coroutines* (PPoPP
/// 2023), section 3: each receive moves the end of the buffer by one, and tells the send that
/// waits there. Without capacity nothing is moved, and the receive itself tells.
pub(super) fn kotlin(capacity: u64) -> Design {
    let send = [
        rmw(Place::Rear, Effect::TakeRear),
        load(Place::Segment, Nothing),
        store(Place::Cell, Nothing),
        load(Place::Front, Nothing),
        load(Place::End, Nothing),
        rmw(Place::Cell, Effect::Publish),
        load(Place::Cell, Effect::Resumption),
    ];
    let expand = [
        rmw(Place::End, Effect::TakeEnd),
        load(Place::Rear, Nothing),
        rmw(Place::Ahead, Effect::Resume),
        // The count of those that have done this, a fourth counter.
        rmw(Place::Lock, Nothing),
    ];
    let met = met();
    let recv = if capacity == 0 { met.to_vec() } else { [&met[..], &expand].concat() };
    design("kotlin", side(&send, &[]), side(&recv, &[]))
}
