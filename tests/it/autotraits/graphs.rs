//! Object graphs.

use strait::graph::{
    AlreadyFrozen, At, AtomicRef, BorrowError, BorrowMutError, Bound, Collected,
    CompareExchangeError, Cycle, Cycles, DetachError, Detached, Family, FreezableLink, FreezeError,
    Frozen, Graph, HeapStats, Namer, NotFrozen, Obj, Offender, Reason, Ref, RefMut, Region, Scope,
    Tracer, Weak, WeakFrozen, WrongThread,
};

use super::{Moves, Plain, Row, Stays, check};

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
