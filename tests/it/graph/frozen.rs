//! Freezing, what it forbids afterwards, and the references that go on changing in frozen graphs.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use strait::graph::{
    AlreadyFrozen, AtomicRef, BorrowMutError, Detached, FreezableLink, Frozen, Graph, Obj, Reason,
    collect,
};

use super::support::{Book, Node, Token, ring};
use crate::support::alloc::balanced;
use crate::support::rng::Rng;
use crate::support::watch::scaled;

fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|s| s.spawn(f).join().unwrap())
}

/// 1, 2, 6: plain atomics and locks of the standard library stand in frozen nodes and do their work: a sum
/// is exact, and tickets are served in order.
#[test]
fn atomics_stand_in_frozen_nodes() {
    #[derive(Graph)]
    struct Counters {
        #[graph(leaf)]
        sum: AtomicU64,
        #[graph(leaf)]
        turn: AtomicU64,
    }
    balanced(|| {
        let counters = Counters { sum: AtomicU64::new(0), turn: AtomicU64::new(0) };
        let counters = Obj::new(counters).freeze().unwrap();
        thread::scope(|s| {
            for ticket in 0..4 {
                let counters = counters.clone();
                s.spawn(move || {
                    for _ in 0..1000 {
                        counters.sum.fetch_add(1, SeqCst);
                    }
                    while counters
                        .turn
                        .compare_exchange(ticket, ticket + 1, SeqCst, SeqCst)
                        .is_err()
                    {
                        thread::yield_now();
                    }
                });
            }
        });
        assert_eq!((counters.sum.load(SeqCst), counters.turn.load(SeqCst)), (4000, 4));
    });
}

/// 3: threads publish by compare-and-exchange from nothing: each value is seen once.
#[test]
fn each_published_value_is_seen_once() {
    balanced(|| {
        let slot = AtomicRef::empty();
        let mut seen: Vec<u32> = thread::scope(|s| {
            for n in 0..8 {
                let slot = &slot;
                s.spawn(move || {
                    let mut value = Obj::new(n).freeze().unwrap();
                    while let Err(error) = slot.compare_exchange(None, value) {
                        value = error.new.expect("it comes back");
                        thread::yield_now();
                    }
                });
            }
            (0..8)
                .map(|_| {
                    loop {
                        match slot.take() {
                            Some(value) => break *value,
                            None => thread::yield_now(),
                        }
                    }
                })
                .collect()
        });
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..8));
    });
}

#[derive(Debug, Graph)]
struct Linked {
    #[graph(leaf)]
    token: Token,
    link: FreezableLink<Linked>,
    plain: Option<Obj<Linked>>,
}

fn linked(book: &Book, id: usize) -> Obj<Linked> {
    Obj::new(Linked { token: book.token(id), link: FreezableLink::empty(), plain: None })
}

/// 4, 5, 7: a freezable link is a plain one until its owner is frozen, and its target with it; from then
/// on it takes frozen targets alone. (An `AtomicRef` takes nothing else by its type.)
#[test]
fn a_freezable_link_before_and_after() {
    balanced(|| {
        let book = Book::default();
        let (owner, one, two) = (linked(&book, 0), linked(&book, 1), linked(&book, 2));
        owner.borrow().link.set(one.clone()).unwrap();
        one.borrow_mut().plain = None;
        owner.borrow().link.set(two.clone()).unwrap();
        let owner = owner.freeze().unwrap();
        assert!(two.is_frozen() && !one.is_frozen());
        let refused = owner.link.set(one.clone()).unwrap_err();
        assert!(owner.link.get().unwrap().ptr_eq(&two));
        drop(refused);
        drop(one.clone().freeze().unwrap());
        owner.link.set(one.clone()).unwrap();
        assert!(elsewhere(|| owner.link.get().is_some_and(|target| target.is_frozen())));
    });
}

/// 8, 78, 81, 82: what was got from an atomic reference, a weak handle, or a compare-and-exchange that
/// failed is whole when the reference is cleared and others collect.
#[test]
fn what_was_got_from_a_reference_stays() {
    balanced(|| {
        let book = Book::default();
        let slots: Vec<_> =
            (0..100).map(|id| AtomicRef::new(book.node(id).freeze().unwrap())).collect();
        let (got, cleared) = (Barrier::new(5), Barrier::new(5));
        thread::scope(|s| {
            for thread in 0..4_usize {
                let (slots, got, cleared) = (&slots, &got, &cleared);
                s.spawn(move || {
                    let take = |slot: &AtomicRef<Node>| match thread {
                        0 => slot.load().unwrap(),
                        1 => slot.load().unwrap().downgrade().upgrade().unwrap(),
                        _ => slot.compare_exchange(None, None).unwrap_err().current.unwrap(),
                    };
                    let held: Vec<_> = slots.iter().map(take).collect();
                    got.wait();
                    cleared.wait();
                    collect();
                    assert!(held.iter().map(|node| node.token.id()).eq(0..100));
                });
            }
            got.wait();
            slots.iter().for_each(|slot| drop(slot.take()));
            collect();
            assert_eq!(book.live(), 100);
            cleared.wait();
        });
        assert_eq!(book.live(), 0);
    });
}

/// 80: a weak handle of a frozen node leads to it until the last handle, on another thread, is gone.
#[test]
fn a_weak_handle_sees_the_last_drop() {
    balanced(|| {
        let book = Book::default();
        let node = ring(&book, 2).freeze().unwrap();
        let weak = node.downgrade();
        elsewhere(|| {
            assert_eq!(weak.upgrade().unwrap().token.id(), 0);
            drop(node);
        });
        assert!(weak.upgrade().is_none());
    });
}

/// 9, 10, 23: what has an identity keeps it on the way to a thread and back; a frozen value goes while
/// the sender keeps it, strings and numbers among them.
#[test]
fn identity_survives_the_way() {
    #[derive(Clone, Copy, Debug, Graph, PartialEq)]
    enum Colour {
        Red,
        Green,
    }
    balanced(|| {
        let nested = Obj::new((Colour::Red, Some(Obj::new(String::from("inner")))));
        let nested = nested.freeze().unwrap();
        let back = elsewhere({
            let nested = nested.clone();
            move || {
                assert_eq!(nested.1.as_ref().unwrap().get().unwrap(), "inner");
                nested
            }
        });
        assert!(back.ptr_eq(&nested) && back.0 == Colour::Red);
        let graph: Detached<Colour> = Obj::new(Colour::Green).detach().unwrap();
        assert_eq!(*elsewhere(move || graph).attach().borrow(), Colour::Green);
    });
}

/// 11, 12, 13, 14: a ring of ten and a diamond freeze; then no node of them is written to.
#[test]
fn frozen_nodes_are_not_written_to() {
    balanced(|| {
        let book = Book::default();
        let ten = ring(&book, 10);
        let inner = ten.borrow().a.clone().unwrap();
        let ten = ten.freeze().unwrap();
        assert_eq!(inner.try_borrow_mut().err(), Some(BorrowMutError::Frozen));
        let (top, left, right, bottom) = (book.node(0), book.node(1), book.node(2), book.node(3));
        left.borrow_mut().a = Some(bottom.clone());
        right.borrow_mut().a = Some(bottom.clone());
        top.borrow_mut().a = Some(left);
        top.borrow_mut().b = Some(right);
        let count = Obj::new(1_u32);
        *count.borrow_mut() += 1;
        let count = (count.clone(), count.freeze().unwrap());
        assert!(count.0.try_borrow_mut().is_err() && *count.1 == 2);
        drop(top.freeze().unwrap());
        assert!(bottom.is_frozen() && bottom.try_borrow_mut().is_err());
        drop((ten, inner));
        assert_eq!(book.live(), 1);
    });
}

/// 15-22: no element of a frozen list is stored to, of whatever type.
#[test]
fn frozen_lists_are_not_stored_to() {
    fn refused<T: strait::graph::Freeze + Clone + PartialEq + std::fmt::Debug>(one: T, two: T) {
        let list = Obj::new(vec![one.clone(); 4]);
        list.borrow_mut()[1] = two.clone();
        let frozen = list.clone().freeze().unwrap();
        assert_eq!(list.try_borrow_mut().err(), Some(BorrowMutError::Frozen));
        assert_eq!((&frozen[0], &frozen[1]), (&one, &two));
    }
    balanced(|| {
        refused(1_i8, 2);
        refused(1_i16, 2);
        refused(1_i32, 2);
        refused(1_i64, 2);
        refused(false, true);
        refused('a', 'b');
        refused(1.0_f32, 2.0);
        refused(1.0_f64, 2.0);
    });
}

/// 27, 28, 30, 31: what never freezes is not frozen, nor is what leads to it; what is frozen cannot be
/// kept from it.
#[test]
fn what_never_freezes_is_in_the_way() {
    balanced(|| {
        let book = Book::default();
        let (parent, child) = (book.node(0), book.node(1));
        parent.borrow_mut().a = Some(child.clone());
        child.forbid_freeze().unwrap();
        for node in [&parent, &child] {
            let error = node.clone().freeze().unwrap_err();
            assert_eq!(
                (error.offender.reason, error.offender.id),
                (Reason::NeverFreezes, child.id())
            );
        }
        assert!(!parent.is_frozen() && !child.is_frozen());
        let frozen = book.node(2).freeze().unwrap().as_obj();
        assert_eq!(frozen.forbid_freeze(), Err(AlreadyFrozen));
    });
}

/// 32, 33, 34: a link to itself, and two in a cycle with a node, freeze together; one that is cleared
/// frees nothing that others hold, and stays good.
#[test]
fn a_cleared_link_frees_no_more_than_it_held() {
    balanced(|| {
        let book = Book::default();
        let own = linked(&book, 0);
        own.borrow().link.set(own.clone()).unwrap();
        let own = own.freeze().unwrap();
        drop(own.link.take());
        collect();
        assert!(own.token.id() == 0 && own.link.get().is_none());

        let (a, b, node) = (linked(&book, 1), linked(&book, 2), linked(&book, 3));
        a.borrow().link.set(node.clone()).unwrap();
        node.borrow_mut().plain = Some(b.clone());
        b.borrow().link.set(a.clone()).unwrap();
        let a = a.freeze().unwrap();
        assert!(b.is_frozen() && node.is_frozen());
        drop(node);
        drop(b.get().unwrap().link.take());
        let ids =
            (a.token.id(), a.link.get().unwrap().get().unwrap().token.id(), b.borrow().token.id());
        assert_eq!(ids, (1, 3, 2));
    });
}

/// 35, 36: what only a link held goes when that is cleared, from whichever side it was frozen.
#[test]
fn a_cleared_link_frees_what_it_held() {
    balanced(|| {
        let book = Book::default();
        for from_owner in [true, false] {
            let (owner, target) = (linked(&book, 0), linked(&book, 1));
            owner.borrow().link.set(target.clone()).unwrap();
            target.borrow_mut().plain = Some(owner.clone());
            let weak = target.downgrade();
            let owner: Frozen<Linked> = if from_owner {
                owner.freeze().unwrap()
            } else {
                drop(target.clone().freeze().unwrap());
                owner.as_frozen().unwrap()
            };
            drop(target);
            assert!(weak.upgrade().is_some());
            drop(owner.link.take());
            assert!(weak.upgrade().is_none());
            assert_eq!((owner.token.id(), book.live()), (0, 1));
            drop(owner);
        }
        assert_eq!(book.live(), 0);
    });
}

/// 37: random graphs of components, frozen from their roots: every node is frozen, and all of them go with
/// the last handle.
#[test]
fn random_graphs_freeze_whole() {
    #[derive(Graph)]
    struct Any {
        #[graph(leaf)]
        _token: Token,
        links: Vec<Obj<Any>>,
    }
    balanced(|| {
        let book = Book::default();
        let rng = Rng::new(37);
        for _ in 0..scaled(300) {
            let nodes: Vec<Obj<Any>> = (0..100)
                .map(|id| Obj::new(Any { _token: book.token(id), links: vec![] }))
                .collect();
            // Components of up to twenty nodes, each a ring, and links from earlier to later ones.
            let mut start = 0;
            while start < nodes.len() {
                let end = (start + 1 + rng.below(20)).min(nodes.len());
                for node in start..end {
                    let next = if node + 1 < end { node + 1 } else { start };
                    nodes[node].borrow_mut().links.push(nodes[next].clone());
                    let later = node + rng.below(nodes.len() - node);
                    let target = nodes[later.max(start)].clone();
                    nodes[node].borrow_mut().links.push(target);
                }
                start = end;
            }
            let frozen: Vec<_> = nodes.iter().map(|node| node.clone().freeze().unwrap()).collect();
            assert!(nodes.iter().all(Obj::is_frozen));
            drop(nodes);
            assert_eq!(book.live(), 100);
            drop(frozen);
            assert_eq!(book.live(), 0);
        }
    });
}
