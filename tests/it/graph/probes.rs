//! What made peers unsound or aborted them, from safe code: here it is refused or harmless. What the
//! types refuse is in `ui/`.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use strait::graph::{
    AtomicRef, Bound, Graph, Obj, Weak, collect, collect_budget, set_collect_threshold,
};

use super::support::{Book, Node, Token, ring};
use crate::support::alloc::balanced;

/// A leaf whose drop looks through a weak handle at a neighbour. (bacon_rajan_cc panics there,
/// gcmodule reads freed memory, both free what was cloned twice.)
#[derive(Graph)]
#[graph(no_transfer)]
struct Nosy {
    #[graph(leaf)]
    look: Look,
    token: Cell<u64>,
    peer: Option<Obj<Nosy>>,
}

struct Look {
    at: RefCell<Weak<Nosy>>,
    seen: Rc<Cell<u32>>,
    rescued: Rc<RefCell<Vec<Obj<Nosy>>>>,
}

impl Drop for Look {
    fn drop(&mut self) {
        match self.at.borrow().upgrade() {
            None => self.seen.set(self.seen.get() + 1),
            // If a dead neighbour could be had, it would live on here.
            Some(peer) => self.rescued.borrow_mut().push(peer),
        }
    }
}

#[test]
fn a_drop_cannot_reach_a_dead_neighbour() {
    balanced(|| {
        let (seen, rescued) = <(Rc<Cell<u32>>, Rc<RefCell<Vec<_>>>)>::default();
        let make = || {
            let look =
                Look { at: RefCell::default(), seen: seen.clone(), rescued: rescued.clone() };
            Obj::new(Nosy { look, token: Cell::new(7), peer: None })
        };
        let (a, b) = (make(), make());
        a.borrow_mut().peer = Some(b.clone());
        b.borrow_mut().peer = Some(a.clone());
        *a.borrow().look.at.borrow_mut() = b.downgrade();
        *b.borrow().look.at.borrow_mut() = a.downgrade();
        drop((a, b));
        assert_eq!(collect().freed, 2);
        assert_eq!((seen.get(), rescued.borrow().len()), (2, 0));
    });
}

/// A neighbour that a leaf holds by a handle that no trace shows lives: the cycle leaks, until the
/// leaf lets go. (In peers it was freed.)
#[test]
fn a_hidden_handle_is_held_from_outside() {
    struct Hidden(RefCell<Option<Obj<Hides>>>);
    #[derive(Graph)]
    #[graph(no_transfer)]
    struct Hides {
        #[graph(leaf)]
        hidden: Hidden,
        token: Cell<u64>,
    }
    impl Drop for Hidden {
        fn drop(&mut self) {
            if let Some(peer) = self.0.take() {
                assert_eq!(peer.borrow().token.get(), 7, "freed too soon");
            }
        }
    }
    balanced(|| {
        let make = || Obj::new(Hides { hidden: Hidden(RefCell::new(None)), token: Cell::new(7) });
        let (a, b) = (make(), make());
        *a.borrow().hidden.0.borrow_mut() = Some(b.clone());
        *b.borrow().hidden.0.borrow_mut() = Some(a.clone());
        let weak = a.downgrade();
        drop((a, b));
        assert_eq!(collect().freed, 0);
        let a = weak.upgrade().unwrap();
        let b = a.borrow().hidden.0.borrow_mut().take();
        drop((a, b));
        assert!(weak.upgrade().is_none());
    });
}

/// Any number of collections, budgets and thresholds while nodes are borrowed, read and linked.
/// (RefCell cannot be re-entered while a peer traces: it freed what was live.)
#[test]
fn a_collection_in_the_middle_of_everything() {
    balanced(|| {
        let book = Book::default();
        set_collect_threshold(Some(1));
        let root = book.node(0);
        let reading = root.clone();
        let guard = reading.borrow();
        for id in 1..200 {
            // Each new node may collect, while `guard` is there.
            let next = ring(&book, 3);
            next.borrow_mut().b = Some(root.clone());
            let writing = next.borrow().a.clone().unwrap();
            let mut inner = writing.borrow_mut();
            collect();
            collect_budget(id % 5);
            inner.b = Some(book.node(id));
            assert_eq!(guard.token.id(), 0);
        }
        drop(guard);
        drop((root, reading));
        collect();
        assert_eq!(book.live(), 0);
        set_collect_threshold(None);
    });
}

/// Nodes made, dropped and linked by drops during a collection are neither lost nor freed twice.
#[test]
fn objects_made_in_a_drop_are_collected_later() {
    struct Maker(Book);
    impl Drop for Maker {
        fn drop(&mut self) {
            drop(ring(&self.0, 4));
        }
    }
    #[derive(Graph)]
    struct Makes {
        #[graph(leaf)]
        _maker: Maker,
        own: Option<Obj<Makes>>,
    }
    balanced(|| {
        let book = Book::default();
        let node = Obj::new(Makes { _maker: Maker(book.clone()), own: None });
        node.borrow_mut().own = Some(node.clone());
        drop(node);
        // The next round of the same collection finds what the drop has left.
        assert_eq!(collect().freed, 5);
        assert_eq!(book.live(), 0);
    });
}

/// A graph that was moved is dropped by a thread that knew nothing of graphs, and by one that ends.
#[test]
fn a_thread_may_end_at_once() {
    thread_local! {
        static KEPT: Cell<Option<Obj<Node>>> = const { Cell::new(None) };
    }
    let book = Book::default();
    for keeps in [false, true] {
        let graph = ring(&book, 10).detach().unwrap();
        let there = thread::spawn(move || {
            let obj = graph.attach();
            if keeps {
                KEPT.set(Some(obj));
            }
        });
        there.join().unwrap();
        assert_eq!(book.live(), 0);
    }
}

/// Handles that are forgotten only leak, and make moves fail.
#[test]
fn forgotten_handles_fail_safe() {
    let book = Book::default();
    let root = ring(&book, 3);
    std::mem::forget(root.borrow().a.clone());
    let root = root.detach().unwrap_err().into_handle();
    let frozen = root.freeze().unwrap();
    drop(frozen);
    assert_eq!(book.live(), 3);
}

/// A count that goes over its end aborts the process; up to there it is exact.
#[test]
fn counts_are_exact() {
    let obj = Obj::new(0);
    let many: Vec<_> = (0..100_000).map(|_| obj.clone()).collect();
    assert_eq!(obj.strong_count(), 100_001);
    let frozen = obj.freeze().unwrap();
    assert_eq!(frozen.strong_count(), 100_001);
    drop(many);
    assert_eq!(frozen.strong_count(), 1);
}

/// So many readers that the borrow flag is full: one more is refused, none is miscounted.
#[test]
fn borrows_beyond_the_flag_are_refused() {
    let obj = Obj::new(0_u8);
    let mut count = 0_u32;
    while let Ok(guard) = obj.try_borrow() {
        std::mem::forget(guard);
        count += 1;
    }
    assert_eq!(count, (1 << 24) - 2);
    assert!(obj.try_borrow_mut().is_err());
    // Frozen or moved it is not any more.
    assert!(obj.freeze().is_err());
}

/// Many threads clone, read, upgrade and drop one frozen graph, and swap it in and out.
#[test]
fn a_frozen_graph_in_a_crowd() {
    balanced(|| {
        let book = Book::default();
        let shared = AtomicRef::new(ring(&book, 5).freeze().unwrap());
        let rounds = crate::support::watch::scaled(2_000);
        thread::scope(|s| {
            for seed in 0..4 {
                let (shared, book) = (&shared, book.clone());
                s.spawn(move || {
                    for round in 0..rounds {
                        let seen = shared.load().unwrap();
                        let weak = seen.downgrade();
                        let next = seen.a.as_ref().and_then(Obj::as_frozen).unwrap();
                        drop(seen);
                        assert_eq!(next.token.id(), 1);
                        assert!(weak.upgrade().is_some());
                        drop(next);
                        if round % 16 == seed {
                            shared.store(ring(&book, 5).freeze().unwrap());
                        }
                        if round % 32 == seed {
                            let now = shared.load().unwrap();
                            let new = ring(&book, 5).freeze().unwrap();
                            let _ = shared.compare_exchange(Some(&now), new);
                        }
                    }
                });
            }
        });
        drop(shared);
        assert_eq!(book.live(), 0);
    });
}

/// Bound handles are dropped by all threads while their owner counts, collects and freezes.
#[test]
fn bound_handles_in_a_crowd() {
    balanced(|| {
        let book = Book::default();
        let rounds = crate::support::watch::scaled(300);
        thread::scope(|s| {
            for round in 0..rounds {
                let root = ring(&book, 3);
                let bound = Bound::new(root.clone());
                let theirs = bound.clone();
                let other = s.spawn(move || match theirs.get() {
                    Ok(obj) => obj.get().unwrap().a.as_ref().unwrap().get().unwrap().token.id(),
                    Err(error) => {
                        assert!(error.type_name.ends_with("Node"));
                        1
                    }
                });
                drop(bound);
                if round % 2 == 0 {
                    drop(root.freeze().unwrap());
                } else {
                    drop(root);
                    collect();
                }
                assert_eq!(other.join().unwrap(), 1);
            }
        });
        collect();
        assert_eq!(book.live(), 0);
    });
}

/// A trace that panics cannot be written in safe code; a payload's `Debug` may, and nothing depends
/// on it. A panic between a borrow and its end gives the borrow back.
#[test]
fn a_panic_in_a_borrow_gives_it_back() {
    let obj = Obj::new(String::from("x"));
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _guard = obj.borrow_mut();
        std::panic::resume_unwind(Box::new(()));
    }));
    assert!(panic.is_err());
    obj.borrow_mut().push('y');
    assert_eq!(*obj.borrow(), "xy");
}

/// Tokens are what they were after a graph has been everywhere.
#[test]
fn payloads_survive_the_journey() {
    #[derive(Graph)]
    struct Bag {
        #[graph(leaf)]
        token: Token,
        text: Box<str>,
        pairs: Vec<(u32, Option<Obj<Bag>>)>,
    }
    balanced(|| {
        let book = Book::default();
        let bag = |id| Obj::new(Bag { token: book.token(id), text: "t".into(), pairs: vec![] });
        let (a, b) = (bag(1), bag(2));
        a.borrow_mut().pairs = vec![(1, None), (2, Some(b.clone())), (3, Some(b.clone()))];
        b.borrow_mut().pairs.push((4, Some(a.clone())));
        drop(b);
        let there = thread::spawn({
            let graph = a.detach().unwrap();
            move || graph.attach().freeze().unwrap()
        });
        let a = there.join().unwrap();
        let b = a.pairs[2].1.as_ref().and_then(Obj::get).unwrap();
        assert_eq!((a.token.id(), b.token.id(), &*b.text), (1, 2, "t"));
        assert_eq!(a.strong_count(), 1);
    });
}

/// Nodes may be generic, recursive, tuples and enums, and hold trait objects that say that they may
/// move.
#[test]
fn all_kinds_of_nodes() {
    use std::collections::{BTreeMap, HashMap};

    use strait::graph::Freeze;

    trait Shape: Freeze {
        fn area(&self) -> u32;
    }
    #[derive(Graph)]
    struct Square(u32, Option<Obj<Square>>);
    impl Shape for Square {
        fn area(&self) -> u32 {
            self.0 * self.0
        }
    }
    #[derive(Graph)]
    enum Tree<T> {
        Leaf,
        Fork { value: T, below: [Option<Obj<Tree<T>>>; 2] },
        Many(Vec<Tree<T>>, HashMap<String, Obj<Tree<T>>>),
    }
    #[derive(Graph)]
    struct Carrier<L, T> {
        #[graph(leaf)]
        leaf: L,
        value: T,
        shape: Box<dyn Shape>,
        next: Option<Obj<Carrier<L, T>>>,
        index: BTreeMap<u32, Named>,
    }
    type Named = (Obj<Square>, Result<Box<str>, ()>);
    #[derive(Graph)]
    struct Unit;
    balanced(|| {
        let book = Book::default();
        let square = Obj::new(Square(3, None));
        square.borrow_mut().1 = Some(square.clone());
        let leaf = Obj::new(Tree::<Unit>::Leaf);
        let fork = Tree::Fork { value: Unit, below: [Some(leaf.clone()), None] };
        let many = Tree::Many(vec![fork], HashMap::from([("x".to_owned(), leaf)]));
        let carrier = Obj::new(Carrier {
            leaf: book.token(1),
            value: many,
            shape: Box::new(Square(4, Some(square.clone()))),
            next: None,
            index: BTreeMap::from([(7, (square, Ok("text".into())))]),
        });
        carrier.borrow_mut().next = Some(carrier.clone());
        let frozen = carrier.detach().unwrap().freeze().unwrap();
        thread::spawn(move || {
            assert_eq!((frozen.shape.area(), frozen.leaf.id()), (16, 1));
            let Tree::Many(trees, names) = &frozen.value else { panic!("a Many") };
            let Tree::Fork { below: [Some(leaf), None], .. } = &trees[0] else { panic!("a Fork") };
            assert!(leaf.ptr_eq(&names["x"]));
            let (square, text) = &frozen.index[&7];
            assert_eq!((square.get().unwrap().area(), text.as_deref()), (9, Ok("text")));
        })
        .join()
        .unwrap();
        assert_eq!(book.live(), 0);
    });
}
