//! `Send`, `Sync` and `Unpin` of every public type, as one table.
//!
//! A message type stands for each kind of message: one that may cross threads and be shared, one
//! that may only cross, one that may do neither, and one that may be shared but never cross.

use std::cell::Cell;
use std::marker::{PhantomData, PhantomPinned};
use std::rc::Rc;
use std::sync::MutexGuard;

use strait::channel::arms::{RecvArm, RecvEach, RecvManyArm, SendArm};
use strait::channel::futures::*;
use strait::channel::*;
use strait::graph::{
    AlreadyFrozen, At, AtomicRef, BorrowError, BorrowMutError, Bound, Collected,
    CompareExchangeError, Cycle, Cycles, DetachError, Detached, Dump, Family, FreezableLink,
    FreezeError, Frozen, GlobalError, Graph, HeapStats, MainThread, Namer, NotFrozen, Obj,
    Offender, PerThread, PinnedMut, Reason, Ref, RefMut, Region, Scope, StableRef, StableRefError,
    Tracer, Weak, WeakFrozen, WrongThread, hidden::ThreadCopy,
};
use strait::select::hidden::*;
use strait::select::{After, ArmKey, Next, Ready, Select, Tick, Ticker};

use crate::rooms::exported;

/// May cross threads, may be shared.
type Plain = u8;
/// May cross threads, may not be shared.
type Moves = Cell<u8>;
/// May neither cross nor be shared.
type Stays = Rc<u8>;
/// May be shared, may not cross.
type Shared = MutexGuard<'static, u8>;
/// May not be moved once it is pinned.
type Pinned = PhantomPinned;

/// Asks whether a type implements a trait: the inherent constant hides that of the trait.
macro_rules! implements {
    ($type:ty, $name:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Ask<T: ?Sized>(PhantomData<T>);
        #[allow(dead_code)]
        impl<T: ?Sized + $name> Ask<T> {
            const ANSWER: bool = true;
        }
        <Ask<$type>>::ANSWER
    }};
}

/// One row: the type, and what it has of `Send`, `Sync` and `Unpin`.
struct Row {
    name: &'static str,
    has: [bool; 3],
    expected: [bool; 3],
}

macro_rules! table {
    ($($type:ty: [$send:tt $sync:tt $unpin:tt])*) => {
        [$(Row {
            name: stringify!($type),
            has: [
                implements!($type, std::marker::Send),
                implements!($type, std::marker::Sync),
                implements!($type, std::marker::Unpin),
            ],
            expected: [mark!($send), mark!($sync), mark!($unpin)],
        }),*]
    };
}

macro_rules! mark {
    (y) => {
        true
    };
    (-) => {
        false
    };
}

fn check(table: &[Row]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|row| row.has != row.expected)
        .map(|Row { name, has, expected }| format!("{name}: has {has:?}, expected {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "[Send, Sync, Unpin] of\n{}", wrong.join("\n"));
}

#[test]
fn the_question_can_be_answered_both_ways() {
    check(&table! {
        Plain: [y y y]
        Moves: [y - y]
        Stays: [- - y]
        Shared: [- y y]
        Pinned: [y y -]
    });
}

/// What is exported and no type.
const TRAITS: [&str; 12] = [
    "Arm",
    "Arms",
    "Family",
    "Freeze",
    "Graph",
    "Keep",
    "Operation",
    "Sealed",
    "Stable",
    "Trace",
    "Transfer",
    "Wait",
];

#[test]
fn no_public_type_is_left_out() {
    let names = exported();
    assert!(names.len() > 10, "few exports were found: {names:?}");
    let table = include_str!("autotraits.rs");
    let listed = |name: &str| {
        let row = |line: &str| {
            let rest = line.trim_start().strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with('<') || rest.starts_with(": ["))
        };
        table.lines().any(row)
    };
    let is_type =
        |name: &&String| name.starts_with(char::is_uppercase) && !TRAITS.contains(&name.as_str());
    let missing: Vec<&String> =
        names.iter().filter(is_type).filter(|name| !listed(name.as_str())).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
}

#[test]
fn handles() {
    check(&table! {
        Sender<Plain>: [y y y]
        Sender<Moves>: [y y y]
        Sender<Stays>: [- - y]
        Sender<Shared>: [- - y]
        Sender<Pinned>: [y y y]
        WeakSender<Plain>: [y y y]
        WeakSender<Moves>: [y y y]
        WeakSender<Stays>: [- - y]
        WeakSender<Shared>: [- - y]
        WeakSender<Pinned>: [y y y]
        Receiver<Plain>: [y y y]
        Receiver<Moves>: [y y y]
        Receiver<Stays>: [- - y]
        Receiver<Shared>: [- - y]
        Receiver<Pinned>: [y y y]
        WeakReceiver<Plain>: [y y y]
        WeakReceiver<Moves>: [y y y]
        WeakReceiver<Stays>: [- - y]
        WeakReceiver<Shared>: [- - y]
        WeakReceiver<Pinned>: [y y y]
        OverflowSender<Plain>: [y y y]
        OverflowSender<Moves>: [y y y]
        OverflowSender<Stays>: [- - y]
        OverflowSender<Shared>: [- - y]
        OverflowSender<Pinned>: [y y y]
        OneshotSender<Plain>: [y y y]
        OneshotSender<Moves>: [y y y]
        OneshotSender<Stays>: [- - y]
        OneshotSender<Shared>: [- - y]
        OneshotSender<Pinned>: [y y y]
        OneshotReceiver<Plain>: [y y y]
        OneshotReceiver<Moves>: [y y y]
        OneshotReceiver<Stays>: [- - y]
        OneshotReceiver<Shared>: [- - y]
        OneshotReceiver<Pinned>: [y y y]
        Builder: [y y y]
        Overflow: [y y y]
    });
}

/// A future that holds messages, or a place for them, is shared only if they may be.
#[test]
fn futures() {
    check(&table! {
        Send<'static, Plain>: [y y -]
        Send<'static, Moves>: [y - -]
        Send<'static, Stays>: [- - -]
        Send<'static, Shared>: [- - -]
        SendRef<'static, Plain>: [y y -]
        SendRef<'static, Moves>: [y - -]
        SendRef<'static, Stays>: [- - -]
        SendRef<'static, Shared>: [- - -]
        SendAcked<'static, Plain>: [y y -]
        SendAcked<'static, Moves>: [y - -]
        SendAcked<'static, Stays>: [- - -]
        SendAcked<'static, Shared>: [- - -]
        SendMany<'static, Plain>: [y y -]
        SendMany<'static, Moves>: [y - -]
        SendMany<'static, Stays>: [- - -]
        SendMany<'static, Shared>: [- - -]
        Recv<'static, Plain>: [y y -]
        Recv<'static, Moves>: [y y -]
        Recv<'static, Stays>: [- - -]
        Recv<'static, Shared>: [- - -]
        RecvMany<'static, Plain>: [y y -]
        RecvMany<'static, Moves>: [y - -]
        RecvMany<'static, Stays>: [- - -]
        RecvMany<'static, Shared>: [- - -]
        Closed<'static, Plain>: [y y -]
        Closed<'static, Moves>: [y y -]
        Closed<'static, Stays>: [- - -]
        Closed<'static, Shared>: [- - -]
        OneshotClosed<'static, Plain>: [y y y]
        OneshotClosed<'static, Moves>: [y y y]
        OneshotClosed<'static, Stays>: [- - y]
        OneshotClosed<'static, Shared>: [- - y]
    });
}

type Got<T> = fn(Result<T, RecvError>) -> u8;
type Sent<T> = fn(Result<(), SendError<T>>) -> u8;
type Lone<T> = Join<Nil, One<RecvArm<'static, T>, Got<T>>>;
type Pair = Join<Lone<Plain>, One<SendArm<'static, Moves, Option<Moves>>, Sent<Moves>>>;

#[test]
fn selects() {
    check(&table! {
        Select<'static, Plain>: [y - y]
        Select<'static, Stays>: [y - y]
        Ready<'static, 'static, Plain>: [y - y]
        ArmKey: [y y y]
        After: [y y y]
        Ticker: [y y y]
        Tick<'static>: [y y y]
        Next<'static, Receiver<Plain>>: [y y y]
        Next<'static, Receiver<Stays>>: [- - y]
        Selection<u8, Pair>: [y - -]
        Selection<u8, Join<Nil, Pair>>: [y - -]
        Selection<u8, Lone<Plain>>: [y y -]
        Selection<u8, Lone<Stays>>: [- - -]
    });
}

/// What a select is made of.
#[test]
fn parts_of_selects() {
    check(&table! {
        RecvArm<'static, Plain>: [y y -]
        RecvArm<'static, Moves>: [y y -]
        RecvArm<'static, Stays>: [- - -]
        RecvManyArm<'static, Plain>: [y y -]
        RecvEach<Receiver<Plain>, Plain>: [y y -]
        RecvEach<Receiver<Stays>, Stays>: [- - -]
        SendArm<'static, Plain, Option<Plain>>: [y y -]
        SendArm<'static, Stays, Option<Stays>>: [- - -]
        Foreign<Plain>: [y y y]
        Foreign<Stays>: [- - y]
        One<Plain, Plain>: [y y y]
        Join<Nil, Foreign<Stays>>: [- - y]
        Nil: [y y y]
        Ballot: [y y -]
        Seat<'static>: [y y y]
        Round<'static>: [- - y]
        Order: [y y y]
        Progress<Stays>: [- - y]
        Step<'static>: [- - y]
    });
}

#[test]
fn iterators() {
    check(&table! {
        Drain<'static, Plain>: [y y y]
        Drain<'static, Moves>: [y y y]
        Drain<'static, Stays>: [- - y]
        Drain<'static, Shared>: [- - y]
        IterBlocking<'static, Plain>: [y y y]
        IterBlocking<'static, Moves>: [y y y]
        IterBlocking<'static, Stays>: [- - y]
        IterBlocking<'static, Shared>: [- - y]
    });
}

/// Errors carry messages and nothing else, so they have what their messages have.
#[test]
fn errors() {
    check(&table! {
        SendError<Plain>: [y y y]
        SendError<Moves>: [y - y]
        SendError<Stays>: [- - y]
        SendError<Shared>: [- y y]
        SendError<Pinned>: [y y -]
        TrySendError<Plain>: [y y y]
        TrySendError<Moves>: [y - y]
        TrySendError<Stays>: [- - y]
        TrySendError<Shared>: [- y y]
        TrySendError<Pinned>: [y y -]
        SendTimeoutError<Plain>: [y y y]
        SendTimeoutError<Moves>: [y - y]
        SendTimeoutError<Stays>: [- - y]
        SendTimeoutError<Shared>: [- y y]
        SendTimeoutError<Pinned>: [y y -]
        RecvError: [y y y]
        TryRecvError: [y y y]
        RecvTimeoutError: [y y y]
    });
}

/// A node that stays on its thread.
#[derive(Graph)]
#[graph(no_transfer)]
struct Anchored {
    #[graph(leaf)]
    _leaf: Stays,
}

/// A region with nodes that may cross, but not be shared.
struct Moving;

impl Family for Moving {
    type Node<'r> = Moves;

    fn links<'r>(_: &Moves, _: &mut dyn FnMut(At<'r>)) {}
}

/// A region with nodes that may do neither.
struct Staying;

impl Family for Staying {
    type Node<'r> = Stays;

    fn links<'r>(_: &Stays, _: &mut dyn FnMut(At<'r>)) {}
}

#[test]
fn graphs() {
    check(&table! {
        Obj<Plain>: [- - y]
        Obj<Moves>: [- - y]
        Obj<Anchored>: [- - y]
        Weak<Plain>: [- - y]
        Ref<'static, Plain>: [- - y]
        RefMut<'static, Plain>: [- - y]
        FreezableLink<Plain>: [- - y]
        NotFrozen<Plain>: [- - y]
        Frozen<Plain>: [y y y]
        WeakFrozen<Plain>: [y y y]
        AtomicRef<Plain>: [y y y]
        CompareExchangeError<Plain>: [y y y]
        Detached<Plain>: [y y y]
        Detached<Moves>: [y y y]
        Bound<Plain>: [y y y]
        Bound<Anchored>: [y y y]
        Region<Moving>: [y - y]
        Region<Staying>: [- - y]
        Scope<'static, Moving>: [y - y]
        At<'static>: [y y y]
        Cycles: [y y y]
        Cycle: [y y y]
        Collected: [y y y]
        HeapStats: [y y y]
        Tracer: [- - y]
        Namer<'static>: [- - y]
    });
}

#[test]
fn errors_of_graphs() {
    check(&table! {
        AlreadyFrozen: [y y y]
        BorrowError: [y y y]
        BorrowMutError: [y y y]
        DetachError<Obj<Plain>>: [- - y]
        FreezeError<Obj<Plain>>: [- - y]
        FreezeError<Detached<Plain>>: [y y y]
        Offender: [y y y]
        Reason: [y y y]
        WrongThread: [y y y]
    });
}

/// A global may be asked for anywhere, whatever it holds; what it gives is another matter.
#[test]
fn globals_and_interop() {
    check(&table! {
        MainThread<Anchored>: [y y y]
        PerThread<Anchored>: [y y y]
        ThreadCopy<Plain>: [- - y]
        strait::graph::Shared<Plain>: [y y y]
        strait::graph::Shared<Plain, Moves>: [y - y]
        strait::graph::Shared<Plain, Stays>: [- - y]
        GlobalError: [y y y]
        strait::graph::Pinned<Vec<u8>>: [y y y]
        PinnedMut<Vec<u8>>: [- - y]
        StableRef: [y y y]
        StableRefError: [y y y]
        Dump<'static>: [- - y]
    });
}
