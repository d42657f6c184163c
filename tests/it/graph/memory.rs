//! What is freed when: by the last handle, by a collection, and by a collection of frozen cycles.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use strait::graph::{
    AtomicRef, Cycles, FreezableLink, Frozen, Graph, Obj, collect, collect_cycle, find_cycle,
};

use super::support::{Book, Node, Token, ring};
use crate::support::alloc::balanced;
use crate::support::watch::{scaled, within};

/// A node with every kind of reference.
#[derive(Debug, Graph)]
struct Hub {
    #[graph(leaf)]
    token: Token,
    many: Vec<Obj<Hub>>,
    link: FreezableLink<Hub>,
    slot: AtomicRef<Hub>,
    other: AtomicRef<Hub>,
}

fn hub(book: &Book, id: usize) -> Obj<Hub> {
    let (slot, other) = (AtomicRef::empty(), AtomicRef::empty());
    Obj::new(Hub { token: book.token(id), many: vec![], link: FreezableLink::empty(), slot, other })
}

fn frozen(book: &Book, id: usize) -> Frozen<Hub> {
    hub(book, id).freeze().unwrap()
}

/// A frozen node that leads to others by plain links.
fn over(book: &Book, id: usize, below: &[&Frozen<Hub>]) -> Frozen<Hub> {
    let node = hub(book, id);
    node.borrow_mut().many.extend(below.iter().map(|below| below.as_obj()));
    node.freeze().unwrap()
}

/// `n` frozen nodes, each leading to the next by its slot, and the last to the first.
fn chain(book: &Book, n: usize) -> Vec<Frozen<Hub>> {
    let nodes: Vec<_> = (0..n).map(|id| frozen(book, id)).collect();
    for (index, node) in nodes.iter().enumerate() {
        node.slot.store(nodes[(index + 1) % n].clone());
    }
    nodes
}

fn first(nodes: Vec<Frozen<Hub>>) -> Frozen<Hub> {
    nodes.into_iter().next().unwrap()
}

/// 89: a graph with one handle is freed with it.
#[test]
fn a_simple_graph_is_freed() {
    balanced(|| {
        let book = Book::default();
        let top = book.node(0);
        top.borrow_mut().a = Some(book.node(1));
        drop(top);
        assert_eq!(book.dropped(), [0, 1]);
    });
}

/// 90: cycles of one, two, and thirty atomic references are freed, and one with a holder.
#[test]
fn cycles_of_atomic_references_are_freed() {
    balanced(|| {
        let book = Book::default();
        for n in [1, 2, 30] {
            assert_eq!(collect_cycle(first(chain(&book, n))).unwrap(), n);
            assert_eq!(book.live(), 0);
        }
        let holder = over(&book, 9, &[&first(chain(&book, 2))]);
        assert_eq!(collect_cycle(holder).unwrap(), 3);
        assert_eq!(book.live(), 0);
    });
}

/// 91: a cycle that is held stays, whoever holds it.
#[test]
fn a_held_cycle_stays() {
    balanced(|| {
        let book = Book::default();
        let nodes = chain(&book, 3);
        let holder = over(&book, 9, &[&nodes[1]]);
        let cycle = collect_cycle(first(nodes)).expect_err("held by the holder");
        assert_eq!(book.live(), 4);
        drop(holder);
        assert_eq!(collect_cycle(cycle).unwrap(), 3);
    });
}

/// 92, 97: another thread goes around a cycle while it is collected again and again: nothing is lost;
/// ten thousand cycles of one are no obstacle to the end of a thread.
#[test]
fn a_cycle_is_collected_while_it_is_used() {
    within(60, || {
        balanced(|| {
            let book = Book::default();
            for _ in 0..10 {
                let nodes = chain(&book, 3);
                let at = nodes[2].clone();
                thread::scope(|s| {
                    let walker = s.spawn(move || {
                        let mut at = at;
                        for _ in 0..200 {
                            at = at.slot.load().expect("the cycle is whole");
                            at.token.id();
                        }
                        at
                    });
                    let mut mine = first(nodes);
                    for _ in 0..20 {
                        // The walker holds one of them all the time, or the scope does.
                        mine = collect_cycle(mine).expect_err("it is held");
                    }
                    drop(mine);
                    assert_eq!(collect_cycle(walker.join().unwrap()).unwrap(), 3);
                });
                assert_eq!(book.live(), 0);
            }
        });
        let book = Book::default();
        let cycles = Cycles::new();
        thread::scope(|s| {
            s.spawn(|| {
                for node in (0..scaled(10_000)).map(|_| first(chain(&book, 1))) {
                    cycles.watch(&node);
                }
            });
        });
        assert_eq!(cycles.collect(), scaled(10_000));
        assert_eq!(book.live(), 0);
    });
}

/// 93: a node with two references to one atomic reference's cycle.
/// 95: a plain component within a cycle of atomic references.
#[test]
fn cycles_of_more_shapes_are_freed() {
    balanced(|| {
        let book = Book::default();
        let one = frozen(&book, 0);
        let pair = over(&book, 1, &[&one, &one]);
        one.slot.store(pair.clone());
        one.other.store(pair.clone());
        drop(one);
        assert_eq!(collect_cycle(pair).unwrap(), 2);

        let (a, b) = (hub(&book, 2), hub(&book, 3));
        a.borrow_mut().many.push(b.clone());
        b.borrow_mut().many.push(a.clone());
        drop(b);
        let inner = a.freeze().unwrap();
        let outer = over(&book, 4, &[&inner]);
        inner.slot.store(outer.clone());
        drop(inner);
        assert_eq!(collect_cycle(outer).unwrap(), 3);
        assert_eq!(book.live(), 0);
    });
}

/// 94, 96: what another thread, or a handle of an inner node, still has is whole after a collection.
#[test]
fn an_inner_node_stays_whole() {
    balanced(|| {
        let book = Book::default();
        let nodes = chain(&book, 2);
        let inner = nodes[0].slot.load().unwrap();
        thread::scope(|s| {
            s.spawn(move || {
                let kept = collect_cycle(first(nodes)).expect_err("an inner node is held");
                assert_eq!(kept.slot.load().unwrap().token.id(), 1);
            });
        });
        assert_eq!((inner.token.id(), inner.slot.load().unwrap().token.id()), (1, 0));
        assert_eq!(collect_cycle(inner).unwrap(), 2);
    });
}

fn lengths(nodes: &[&Frozen<Hub>]) -> Vec<Option<usize>> {
    nodes.iter().map(|node| find_cycle(node).map(|cycle| cycle.steps.len())).collect()
}

/// 98, 99, 100: no cycle, one of itself, and one through a holder's list, from either side.
/// 101: one of thirty and more.
/// 102, 103: two that refer to each other, and three that overlap: each its own way around.
#[test]
fn cycles_are_found() {
    balanced(|| {
        let book = Book::default();
        let alone = frozen(&book, 0);
        assert_eq!(lengths(&[&alone]), [None]);
        alone.slot.store(alone.clone());
        let cycle = find_cycle(&alone).unwrap();
        assert_eq!((cycle.to_string().as_str(), cycle.steps[0].2), ("Hub.slot -> Hub", alone.id()));
        let holder = over(&book, 1, &[&alone]);
        assert_eq!(lengths(&[&holder]), [None], "it leads to a cycle, and is on none");
        alone.slot.store(holder.clone());
        assert_eq!(lengths(&[&alone, &holder]), [Some(2), Some(2)]);
        assert_eq!(find_cycle(&holder).unwrap().to_string(), "Hub.many -> Hub.slot -> Hub");
        alone.slot.take();

        let long = chain(&book, 33);
        assert_eq!(lengths(&[&long[0], &long[20]]), [Some(33), Some(33)]);
        let two = chain(&book, 2);
        let starts = two.iter().map(|node| find_cycle(node).unwrap().steps[0].2);
        assert!(starts.eq(two.iter().map(Frozen::id)));
        // A short cut from the second to the first, of three.
        let three = chain(&book, 3);
        three[1].other.store(three[0].clone());
        assert_eq!(lengths(&three.iter().collect::<Vec<_>>()), [Some(2), Some(2), Some(3)]);
        for nodes in [long, two, three] {
            nodes.iter().for_each(|node| drop((node.slot.take(), node.other.take())));
        }
    });
}

/// 104: a link that is not frozen is an ordinary link, and no cycle of frozen nodes.
#[test]
fn a_link_counts_when_it_is_frozen() {
    balanced(|| {
        let book = Book::default();
        let node = hub(&book, 0);
        node.borrow().link.set(node.clone()).unwrap();
        let other = frozen(&book, 1);
        assert_eq!(lengths(&[&other]), [None]);
        let node = node.freeze().unwrap();
        assert_eq!(lengths(&[&node]), [Some(1)]);
        assert!(node.link.take().is_some());
        assert_eq!(lengths(&[&node]), [None]);
    });
}

/// 105: rings, single and double, that lead to a node which is held: the rings go, that one stays.
#[test]
fn rings_go_and_what_is_held_stays() {
    balanced(|| {
        let book = Book::default();
        let outer = book.node(1000);
        for n in [1, 2, 10, 100] {
            for double in [false, true] {
                let first = ring(&book, n);
                let mut at = first.clone();
                for _ in 0..n {
                    let next = at.borrow().a.clone().unwrap();
                    let back = if double { at.clone() } else { outer.clone() };
                    next.borrow_mut().b = Some(back);
                    at = next;
                }
                drop((first, at));
                assert_eq!(collect().freed, n);
                assert_eq!((book.live(), outer.strong_count()), (1, 1));
            }
        }
    });
}

/// 106: a list that contains itself is collected; its weak handle leads to nothing.
/// 118: a hundred weak handles of one node lead to it while it lives.
/// 119: and to none of a ring that has died.
#[test]
fn weak_handles_know_who_lives() {
    balanced(|| {
        let book = Book::default();
        let list = hub(&book, 0);
        list.borrow_mut().many.push(list.clone());
        let weak = list.downgrade();
        assert!(weak.upgrade().is_some_and(|same| same.ptr_eq(&list)));
        drop(list);
        collect();
        assert!(weak.upgrade().is_none());

        let nodes = ring(&book, 4);
        let second = nodes.borrow().a.clone().unwrap();
        let weaks: Vec<_> = (0..100).map(|_| second.downgrade()).collect();
        assert_eq!(second.weak_count(), 100);
        drop(second);
        assert!(weaks.iter().all(|weak| weak.upgrade().is_some()));
        drop(nodes);
        collect();
        assert!(weaks.iter().all(|weak| weak.upgrade().is_none()));
        assert_eq!(book.live(), 0);
    });
}

/// 107-109, 114-117: a node that leaves the function that made it, by a result, by a place of the thread,
/// by a choice, by a drop at the end of a scope or by a panic, is whole; what it replaces is freed.
#[test]
fn nodes_escape() {
    thread_local! {
        static PLACE: std::cell::RefCell<Option<Obj<Node>>> = const { std::cell::RefCell::new(None) };
    }
    fn inner(book: &Book) -> Obj<Node> {
        let outer = ring(book, 3);
        let inner = outer.borrow().a.clone().unwrap();
        inner.borrow_mut().a = None;
        inner
    }
    fn chosen(book: &Book, first: bool) -> Obj<Node> {
        let (one, two) = (book.node(1), book.node(2));
        if first { one } else { two }
    }
    struct Replaces<'a>(&'a mut Obj<Node>, Obj<Node>);
    impl Drop for Replaces<'_> {
        fn drop(&mut self) {
            *self.0 = self.1.clone();
        }
    }
    balanced(|| {
        let book = Book::default();
        let mut kept = inner(&book);
        collect();
        assert_eq!((kept.borrow().token.id(), book.live()), (1, 1));
        PLACE.with(|place| place.replace(Some(kept.clone())));
        kept = chosen(&book, false);
        assert_eq!((kept.borrow().token.id(), book.live()), (2, 2));
        for panics in [false, true] {
            let new = book.node(10);
            let result = catch_unwind(AssertUnwindSafe(|| {
                let _replaces = Replaces(&mut kept, new);
                if panics {
                    resume_unwind(Box::new("on the way out"));
                }
            }));
            assert_eq!((result.is_err(), kept.borrow().token.id(), book.live()), (panics, 10, 2));
        }
        PLACE.with(|place| place.take());
        drop(kept);
        assert_eq!(book.live(), 0);
    });
}

/// 110: a leak is found, on whatever thread it is made.
/// 111: the first thing that a thread does may be to collect.
#[test]
fn leaks_are_found() {
    let leak = || std::mem::forget(Obj::new(7_u32));
    assert!(catch_unwind(|| balanced(leak)).is_err());
    let elsewhere = || {
        let scope = crate::support::alloc::current();
        let run = move || {
            let _entered = crate::support::alloc::adopt(scope);
            std::mem::forget(Obj::new(7_u32));
        };
        thread::spawn(run).join().unwrap();
    };
    assert!(catch_unwind(|| balanced(elsewhere)).is_err());
    balanced(|| assert_eq!(collect().visited, 0));
}

/// 113: a panic between the making of nodes and their return leaves none.
#[test]
fn a_panic_leaves_no_node() {
    balanced(|| {
        let book = Book::default();
        let result = catch_unwind(AssertUnwindSafe(|| {
            let first = ring(&book, 5);
            let _value = first.borrow_mut();
            resume_unwind(Box::new("half-way"));
        }));
        assert!(result.is_err());
        collect();
        assert_eq!(book.live(), 0);
    });
}
