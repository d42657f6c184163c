//! Every interleaving of threads that share frozen nodes, and of those that give handles back.
//! Each model names the fault that it is there to notice; built with
//! `--cfg strait_mutant="<fault>"` it must fail.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom::thread;

use super::{
    AtomicRef, Bound, FreezableLink, Frozen, Graph, Obj, collect, collect_cycle, stranded,
};

/// A payload that counts its drops. Std's counter: what it counts is no part of the model.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[derive(Graph)]
#[graph(crate = crate)]
struct Node {
    #[graph(leaf)]
    counted: Counted,
    next: Option<Obj<Node>>,
    slot: FreezableLink<Node>,
}

fn node(drops: &Arc<AtomicUsize>) -> Obj<Node> {
    let slot = FreezableLink::empty();
    Obj::new(Node { counted: Counted(drops.clone()), next: None, slot })
}

fn frozen(drops: &Arc<AtomicUsize>) -> Frozen<Node> {
    node(drops).freeze().unwrap()
}

/// Reads the value, under loom's eyes.
fn read(node: &Frozen<Node>) {
    assert!(Arc::strong_count(&node.counted.0) > 0);
}

/// Explores, and checks that all payloads were dropped.
fn model(bound: usize, run: impl Fn(&Arc<AtomicUsize>) -> usize + Sync + Send + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.preemption_bound = Some(bound);
    builder.check(move || {
        let drops = Arc::new(AtomicUsize::new(0));
        let made = run(&drops);
        assert_eq!(drops.load(Relaxed), made, "dropped and made");
    });
}

/// Faults: `graph_release_relaxed`, `graph_destroy_without_acquire`.
#[test]
fn the_last_handle_drops_after_every_use() {
    model(3, |drops| {
        let first = frozen(drops);
        let second = first.clone();
        let other = thread::spawn(move || {
            read(&second);
            drop(second);
        });
        read(&first);
        drop(first);
        other.join().unwrap();
        1
    });
}

/// A component of two goes as one, by whichever of its nodes.
#[test]
fn a_component_goes_with_its_last_handle() {
    model(3, |drops| {
        let (a, b) = (node(drops), node(drops));
        a.borrow_mut().next = Some(b.clone());
        b.borrow_mut().next = Some(a.clone());
        let a = a.freeze().unwrap();
        let b = b.as_frozen().map(|frozen| (frozen, drop(b)).0).unwrap();
        let other = thread::spawn(move || {
            read(&b);
            drop(b);
        });
        drop(a);
        other.join().unwrap();
        2
    });
}

/// Faults: `graph_upgrade_from_zero`, `graph_weak_without_lock`.
#[test]
fn an_upgrade_against_the_last_drop() {
    model(3, |drops| {
        let strong = frozen(drops);
        let weak = strong.downgrade();
        let other = thread::spawn(move || {
            if let Some(strong) = weak.upgrade() {
                read(&strong);
                drop(strong);
            }
        });
        drop(strong);
        other.join().unwrap();
        1
    });
}

/// Two threads give the node its weak cell.
#[test]
fn two_downgrades_at_once() {
    model(3, |drops| {
        let first = frozen(drops);
        let second = first.clone();
        let other = thread::spawn(move || second.downgrade().upgrade().is_some());
        assert!(first.downgrade().upgrade().is_some());
        assert!(other.join().unwrap());
        drop(first);
        1
    });
}

/// Faults: `graph_slot_store_relaxed`, `graph_slot_settles_without_taken`.
#[test]
fn a_load_against_a_swap() {
    model(3, |drops| {
        let shared = Arc::new(AtomicRef::new(frozen(drops)));
        let theirs = shared.clone();
        let other = thread::spawn(move || {
            let seen = theirs.load().unwrap();
            read(&seen);
        });
        let old = shared.swap(frozen(drops)).unwrap();
        read(&old);
        drop(old);
        other.join().unwrap();
        drop(shared);
        2
    });
}

/// Fault: `graph_slot_tops_up_late`. With 8 paid in advance the fourth load tops up.
#[test]
fn topping_up_against_a_swap() {
    model(2, |drops| {
        let shared = Arc::new(AtomicRef::new(frozen(drops)));
        let theirs = shared.clone();
        let early: Vec<_> = (0..3).filter_map(|_| shared.load()).collect();
        let other = thread::spawn(move || drop(theirs.load()));
        drop(shared.take());
        drop(early);
        other.join().unwrap();
        drop(shared);
        1
    });
}

/// One of two wins, and the other learns by whom.
#[test]
fn two_compare_exchanges() {
    model(2, |drops| {
        let shared = Arc::new(AtomicRef::<Node>::empty());
        let (theirs, mine) = (shared.clone(), frozen(drops));
        let new = frozen(drops);
        let other = thread::spawn(move || match theirs.compare_exchange(None, new) {
            Ok(_) => true,
            Err(lost) => {
                read(&lost.current.unwrap());
                false
            }
        });
        let won = shared.compare_exchange(None, mine).is_ok();
        assert!(won != other.join().unwrap());
        drop(shared);
        2
    });
}

/// Fault: `graph_owner_leaves_its_list`. A handle that is dropped elsewhere comes back, or is left
/// for good because its thread has ended first.
#[test]
fn a_bound_handle_against_the_end_of_its_thread() {
    model(3, |drops| {
        let before = stranded();
        let counter = drops.clone();
        let owner = thread::spawn(move || {
            let bound = Bound::new(node(&counter));
            let other = thread::spawn(move || drop(bound));
            collect();
            // What the end of the thread does; a join in a model does not wait for it.
            super::heap::owner_if_any().unwrap().leave();
            other
        });
        owner.join().unwrap().join().unwrap();
        let left = stranded() - before;
        assert_eq!(left + drops.load(Relaxed) as u64, 1, "lost on the way");
        drops.load(Relaxed)
    });
}

/// A bound node that is frozen may be opened by all: under the owner's lock, whole or not at all.
#[test]
fn a_freeze_against_another_thread_that_looks() {
    model(2, |drops| {
        let (a, b) = (node(drops), node(drops));
        a.borrow_mut().next = Some(b.clone());
        b.borrow_mut().next = Some(a.clone());
        drop(b);
        let bound = Bound::new(a.clone());
        let theirs = bound.clone();
        let other = thread::spawn(move || {
            if let Ok(a) = theirs.get() {
                let next = a.get().unwrap().next.as_ref().unwrap();
                assert!(next.get().is_some(), "half of the cycle is frozen");
            }
        });
        let frozen = a.freeze().unwrap();
        other.join().unwrap();
        drop((frozen, bound));
        2
    });
}

/// Fault: `graph_cycle_ignores_moves`. From `b` the collector reads the count of `b`, then that of
/// `a`; meanwhile the other thread, which has `a`, takes `b` from it and lets `a` go.
#[test]
fn a_collector_against_a_handle_that_wanders() {
    model(3, |drops| {
        let (a, b) = (node(drops), node(drops));
        a.borrow_mut().next = Some(b.clone());
        b.borrow().slot.set(a.clone()).unwrap();
        drop(b);
        let a = a.freeze().unwrap();
        let b = a.next.as_ref().and_then(Obj::as_frozen).unwrap();
        let other = thread::spawn(move || {
            let b = a.next.as_ref().and_then(Obj::as_frozen).unwrap();
            drop(a);
            read(&b);
            b
        });
        let mine = collect_cycle(b).err();
        let b = other.join().unwrap();
        drop(mine);
        read(&b);
        assert_eq!(collect_cycle(b).ok(), Some(2));
        2
    });
}
