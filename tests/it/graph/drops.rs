//! 150: values that do something when they are dropped.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use strait::graph::{Graph, Obj, Weak, collect};

use super::support::{Book, Node, ring};
use crate::support::alloc::balanced;

/// A leaf whose drop does something.
struct OnDrop(RefCell<Option<Box<dyn FnOnce()>>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

#[derive(Graph)]
#[graph(no_transfer)]
struct Acts {
    #[graph(leaf)]
    _act: OnDrop,
    next: Option<Obj<Acts>>,
    node: Option<Obj<Node>>,
}

fn acting(act: impl FnOnce() + 'static) -> Obj<Acts> {
    let act = OnDrop(RefCell::new(Some(Box::new(act))));
    Obj::new(Acts { _act: act, next: None, node: None })
}

/// A ring of nodes that act when they die, each with a node of the book.
fn acting_ring(book: &Book, acts: Vec<Box<dyn FnOnce()>>) -> Obj<Acts> {
    let all: Vec<_> = acts.into_iter().map(acting).collect();
    for (index, obj) in all.iter().enumerate() {
        obj.borrow_mut().next = Some(all[(index + 1) % all.len()].clone());
        obj.borrow_mut().node = Some(book.node(index));
    }
    all[0].clone()
}

thread_local! {
    static KEEP: RefCell<Vec<Obj<Node>>> = const { RefCell::new(Vec::new()) };
}

/// 150: Payloads that collect, make nodes, drop handles and leave some behind, in a collection and
/// in the fall of a count.
#[test]
fn a_drop_may_do_anything() {
    for by_collection in [true, false] {
        balanced(|| {
            let book = Book::default();
            let (one, two, kept) = (book.clone(), book.clone(), book.node(7));
            let acts: Vec<Box<dyn FnOnce()>> = vec![
                Box::new(move || {
                    let visited = collect().visited;
                    assert!(!by_collection || visited == 0, "a collection within one");
                }),
                Box::new(move || drop(ring(&one, 3))),
                Box::new(move || KEEP.with_borrow_mut(|keep| keep.push(two.node(8)))),
                Box::new(move || drop(kept)),
            ];
            let ring = acting_ring(&book, acts);
            if !by_collection {
                ring.borrow_mut().next = None;
            }
            drop(ring);
            collect();
            // What the second act has made is garbage of its own.
            collect();
            assert_eq!(book.live(), 1);
            KEEP.with_borrow_mut(|keep| {
                assert_eq!(keep[0].borrow().token.id(), 8);
                keep.clear();
            });
            assert_eq!(book.live(), 0);
        });
    }
}

/// 150: Two payloads panic: everything is dropped all the same, and the first panic goes on.
#[test]
fn a_drop_may_panic() {
    for by_collection in [true, false] {
        balanced(|| {
            let book = Book::default();
            let acts: Vec<Box<dyn FnOnce()>> = vec![
                Box::new(|| {}),
                Box::new(|| resume_unwind(Box::new("one of two"))),
                Box::new(|| resume_unwind(Box::new("one of two"))),
                Box::new(|| {}),
            ];
            let ring = acting_ring(&book, acts);
            let end = move || {
                if !by_collection {
                    ring.borrow_mut().next = None;
                }
                drop(ring);
                collect();
            };
            let panic = catch_unwind(AssertUnwindSafe(end)).unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"one of two"));
            assert_eq!(book.live(), 0);
            assert_eq!(collect().freed, 0);
            // The thread goes on as before.
            drop(super::support::ring(&book, 3));
            assert_eq!(collect().freed, 3);
        });
    }
}

/// 150: A panic while another goes on ends neither the process nor the drops.
#[test]
fn a_drop_may_panic_while_the_thread_unwinds() {
    balanced(|| {
        let book = Book::default();
        let chain = acting(|| resume_unwind(Box::new("inner")));
        chain.borrow_mut().node = Some(book.node(0));
        let end = move || {
            let _chain = chain;
            resume_unwind(Box::new("outer"));
        };
        let panic = catch_unwind(AssertUnwindSafe(end)).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"outer"));
        assert_eq!(book.live(), 0);
    });
}

/// 150: The same in a frozen component.
#[test]
fn a_frozen_drop_may_panic() {
    #[derive(Graph)]
    struct Bomb {
        #[graph(leaf)]
        _token: super::support::Token,
        #[graph(leaf)]
        _fuse: Fuse,
        next: Option<Obj<Bomb>>,
    }
    struct Fuse(bool);
    impl Drop for Fuse {
        fn drop(&mut self) {
            if self.0 {
                resume_unwind(Box::new("a bomb"));
            }
        }
    }
    balanced(|| {
        let book = Book::default();
        let make = |id| Obj::new(Bomb { _token: book.token(id), _fuse: Fuse(id == 1), next: None });
        let (a, b, c) = (make(0), make(1), make(2));
        a.borrow_mut().next = Some(b.clone());
        b.borrow_mut().next = Some(a.clone());
        let top = c;
        top.borrow_mut().next = Some(a);
        drop(b);
        let frozen = top.freeze().unwrap();
        let there = thread::spawn(move || drop(frozen));
        assert!(there.join().is_err());
        assert_eq!(book.live(), 0);
    });
}

/// A weak handle of a node that is being destroyed is void before the first drop.
#[test]
fn weak_handles_are_void_before_the_first_drop() {
    balanced(|| {
        thread_local! {
            static SEEN: RefCell<Option<Weak<Acts>>> = const { RefCell::new(None) };
        }
        let book = Book::default();
        let look = || {
            let gone = SEEN.with_borrow(|weak| weak.as_ref().unwrap().upgrade().is_none());
            assert!(gone);
        };
        let ring = acting_ring(&book, vec![Box::new(look), Box::new(look)]);
        SEEN.set(Some(ring.borrow().next.as_ref().unwrap().downgrade()));
        drop(ring);
        assert_eq!(collect().freed, 4);
        SEEN.set(None);
    });
}
