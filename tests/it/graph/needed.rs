//! Not tested upstream, needed here: 140 to 144 and 149 to 153. (145 to 148 are the workers'.)

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use strait::graph::{
    AlreadyFrozen, BorrowMutError, Graph, Obj, Reason, Weak, collect, heap_stats,
    set_collect_threshold,
};

use super::support::{Book, Node, ring};
use crate::support::alloc::balanced;
use crate::support::watch::scaled;

/// 140: The error names the blocker and the way to it, and nothing is left of the attempt.
#[test]
fn a_freeze_that_failed_can_be_repeated() {
    balanced(|| {
        let book = Book::default();
        let (top, middle, deep) = (book.node(0), book.node(1), book.node(2));
        deep.forbid_freeze().unwrap();
        middle.borrow_mut().b = Some(deep.clone());
        middle.borrow_mut().a = Some(top.clone());
        top.borrow_mut().a = Some(middle.clone());
        let error = top.clone().freeze().unwrap_err();
        assert_eq!(error.offender.reason, Reason::NeverFreezes);
        assert_eq!(error.offender.id, deep.id());
        let fields: Vec<_> = error.offender.path.iter().map(|(_, field)| *field).collect();
        assert_eq!(fields, ["a", "b"]);
        let text = "the graph cannot be frozen: `Node.a -> Node.b -> Node` may never be frozen";
        assert_eq!(error.to_string(), text);
        for node in [&top, &middle, &deep] {
            assert!(!node.is_frozen());
            node.borrow_mut().token.id();
        }
        middle.borrow_mut().b = None;
        let frozen = error.handle.freeze().unwrap();
        assert!(top.is_frozen() && middle.is_frozen() && !deep.is_frozen());
        assert_eq!(frozen.strong_count(), 3, "two handles of it, one of the other node");
    });
}

/// 141, 142: The error gives the handle back and names the node, the handles and the way; then
/// everything works as if nothing had been tried.
#[test]
fn a_move_that_failed_changes_nothing() {
    balanced(|| {
        let book = Book::default();
        let root = ring(&book, 3);
        let held = root.borrow().a.clone().unwrap();
        let also = held.clone();
        let counts = (root.strong_count(), held.strong_count());
        let error = root.detach().unwrap_err();
        let [offender] = &error.offenders[..] else { panic!("{error}") };
        assert_eq!((offender.id, offender.reason), (held.id(), Reason::Handles(2)));
        assert!(offender.type_name.ends_with("::Node"), "{}", offender.type_name);
        let text = "the graph is not isolated: `Node.a -> Node` has 2 handles outside of the graph";
        assert_eq!(error.to_string(), text);
        let root = error.into_handle();
        assert_eq!((root.strong_count(), held.strong_count()), counts);
        assert_eq!(collect().freed, 0);
        drop((held, also));
        let root = root.detach().unwrap().attach();
        let root = root.freeze().unwrap();
        assert_eq!(root.strong_count(), 1);
        drop(root);
        assert_eq!(book.live(), 0);
    });
}

/// 141: Garbage that holds a node is no obstacle: it is collected, once.
#[test]
fn garbage_does_not_hold_a_graph_back() {
    balanced(|| {
        let book = Book::default();
        let root = book.node(0);
        let garbage = ring(&book, 2);
        garbage.borrow_mut().b = Some(root.clone());
        drop(garbage);
        assert_eq!(book.live(), 3);
        let detached = root.detach().unwrap();
        assert_eq!(book.live(), 1);
        drop(detached);
    });
}

/// 143: By default weak handles from outside block a move; on request they are severed, and those
/// inside still work.
#[test]
fn weak_handles_outside_cannot_reach_a_moved_graph() {
    balanced(|| {
        let book = Book::default();
        let (root, child) = (book.node(0), book.node(1));
        child.borrow_mut().up = root.downgrade();
        root.borrow_mut().a = Some(child.clone());
        let (to_root, to_child) = (root.downgrade(), child.downgrade());
        let also = to_child.clone();
        drop(child);
        let error = root.detach().unwrap_err();
        let reasons: Vec<_> = error.offenders.iter().map(|offender| offender.reason).collect();
        assert_eq!(reasons, [Reason::WeakHandles(1), Reason::WeakHandles(2)]);
        let detached = error.into_handle().detach_and_sever().unwrap();
        assert!(to_root.upgrade().is_none() && to_child.upgrade().is_none());
        assert!(also.upgrade().is_none());
        let ids = thread::spawn(move || {
            let root = detached.attach();
            let up = root.borrow().a.as_ref().unwrap().borrow().up.upgrade().unwrap();
            assert!(up.ptr_eq(&root));
            up.borrow().token.id()
        });
        assert_eq!(ids.join().unwrap(), 0);
        assert_eq!(book.live(), 0);
    });
}

/// 143: A weak handle that leads out of the graph blocks it too, or is severed; one that leads to a
/// frozen node goes along.
#[test]
fn weak_handles_do_not_lead_out_of_a_moved_graph() {
    balanced(|| {
        let book = Book::default();
        let (root, outside, frozen) = (book.node(0), book.node(1), book.node(2));
        let frozen = frozen.freeze().unwrap();
        root.borrow_mut().up = outside.downgrade();
        let error = root.detach().unwrap_err();
        assert_eq!(error.offenders[0].reason, Reason::WeakOutside);
        let root = error.into_handle().detach_and_sever().unwrap().attach();
        assert!(root.borrow().up.upgrade().is_none());
        root.borrow_mut().up = frozen.as_obj().downgrade();
        let detached = root.detach().unwrap();
        thread::spawn(move || {
            let root = detached.attach();
            assert_eq!(root.borrow().up.upgrade().unwrap().get().unwrap().token.id(), 2);
        })
        .join()
        .unwrap();
    });
}

/// 144
#[test]
fn a_detached_graph_is_freed_where_it_is_dropped() {
    balanced(|| {
        let book = Book::default();
        let tail = ring(&book, 5);
        let root = book.node(9);
        root.borrow_mut().a = Some(tail);
        let detached = root.detach().unwrap();
        let theirs = book.clone();
        thread::spawn(move || {
            drop(detached);
            assert_eq!(theirs.live(), 0, "at once, cycles included");
        })
        .join()
        .unwrap();
        assert_eq!(collect().freed, 0);
    });
}

/// 149: No recursion: a long list on a stack of 256 KiB is built, collected, moved, frozen, dropped.
#[test]
fn a_long_list_needs_no_stack() {
    let nodes = scaled(if cfg!(debug_assertions) { 200_000 } else { 1_000_000 });
    let work = move || long_list(nodes);
    thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}

/// 149: ten times as long. Takes a gigabyte.
#[test]
#[ignore = "a gigabyte; run by the long tests"]
fn a_very_long_list_needs_no_stack() {
    let work = || long_list(10_000_000);
    thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}

#[derive(Graph)]
struct Cons {
    next: Option<Obj<Cons>>,
    back: Option<Obj<Cons>>,
}

fn list(nodes: usize, is_ring: bool) -> Obj<Cons> {
    let last = Obj::new(Cons { next: None, back: None });
    let mut first = last.clone();
    for _ in 1..nodes {
        let next = Obj::new(Cons { next: Some(first.clone()), back: None });
        if is_ring {
            first.borrow_mut().back = Some(next.clone());
        }
        first = next;
    }
    if is_ring {
        last.borrow_mut().next = Some(first.clone());
    }
    first
}

fn long_list(nodes: usize) {
    set_collect_threshold(None);
    // Dropped by count alone, and by the collector.
    drop(list(nodes, false));
    drop(list(nodes, true));
    assert_eq!(collect().freed, nodes);
    // Moved, and dropped as a detached graph.
    drop(list(nodes, true).detach().unwrap());
    // Frozen, one component, and as many as there are nodes.
    drop(list(nodes, true).freeze().unwrap());
    let moved = list(nodes, false).detach().unwrap();
    drop(moved.freeze().unwrap());
    let stats = heap_stats();
    assert_eq!(stats.created, stats.freed);
}

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

/// 151: Handles in thread-locals, made before and after the thread knew of graphs: their thread
/// ends without harm, and what is dropped is freed.
#[test]
fn a_thread_ends_with_handles_in_thread_locals() {
    thread_local! {
        static EARLY: Cell<Option<Obj<Node>>> = const { Cell::new(None) };
        static LATE: Cell<Option<Obj<Node>>> = const { Cell::new(None) };
    }
    let book = Book::default();
    for round in 0..2 {
        let book = book.clone();
        thread::spawn(move || {
            if round == 0 {
                EARLY.with(|_| {});
            }
            let ring = ring(&book, 4);
            EARLY.set(Some(book.node(9)));
            LATE.set(Some(ring));
            drop(super::support::ring(&book, 2));
        })
        .join()
        .unwrap();
    }
    assert_eq!(book.live(), 0);
}

/// 152: What is borrowed mutably is not looked into, and what it leads to lives.
#[test]
fn a_collection_leaves_borrowed_nodes_alone() {
    balanced(|| {
        let book = Book::default();
        let (a, b) = (book.node(0), book.node(1));
        a.borrow_mut().a = Some(b.clone());
        b.borrow_mut().a = Some(a.clone());
        let inner = b.borrow().a.clone().unwrap();
        let guard = inner.borrow_mut();
        drop((a, b));
        assert_eq!(collect().freed, 0);
        assert_eq!(guard.token.id(), 0);
        assert_eq!(guard.a.as_ref().unwrap().borrow().token.id(), 1);
        drop(guard);
        drop(inner);
        assert_eq!(collect().freed, 2);
    });
}

/// 152: A guard that was forgotten keeps its node for ever, and what it leads to; nothing worse.
#[test]
fn a_forgotten_guard_only_leaks() {
    let book = Book::default();
    let ring = ring(&book, 3);
    std::mem::forget(ring.borrow_mut());
    drop(ring);
    assert_eq!(collect().freed, 0);
    assert_eq!(book.live(), 3);
}

/// 152: A cell that is borrowed mutably is passed over.
#[test]
fn a_collection_passes_over_borrowed_cells() {
    #[derive(Graph)]
    #[graph(no_freeze)]
    struct Holder {
        cell: RefCell<Option<Obj<Holder>>>,
        #[graph(leaf)]
        token: super::support::Token,
    }
    {
        let book = Book::default();
        let make = |id| Obj::new(Holder { cell: RefCell::new(None), token: book.token(id) });
        let (a, b) = (make(0), make(1));
        *a.borrow().cell.borrow_mut() = Some(b.clone());
        *b.borrow().cell.borrow_mut() = Some(a.clone());
        drop(b);
        {
            let a = a.borrow();
            let cell = a.cell.borrow_mut();
            collect();
            assert_eq!(cell.as_ref().unwrap().borrow().token.id(), 1);
        }
        // A move says so, for it cannot see what is in there.
        let guard = a.borrow();
        std::mem::forget(guard.cell.borrow_mut());
        drop(guard);
        let error = a.detach().unwrap_err();
        assert!(error.offenders.iter().any(|offender| offender.reason == Reason::BorrowedMut));
        // The cell stays borrowed: what is behind it is lost, and nothing worse.
        drop(error);
        collect();
        assert_eq!(book.live(), 2);
    }
}

/// 153
#[test]
fn borrowed_nodes_are_neither_frozen_nor_moved() {
    balanced(|| {
        let book = Book::default();
        let root = ring(&book, 3);
        let other = root.clone();
        let guard = other.borrow();
        let error = root.freeze().unwrap_err();
        assert_eq!(error.offender.reason, Reason::Borrowed);
        let error = error.into_handle().detach().unwrap_err();
        let reasons: Vec<_> = error.offenders.iter().map(|offender| offender.reason).collect();
        assert_eq!(reasons, [Reason::Handles(1), Reason::Borrowed]);
        drop(guard);
        let deep = other.borrow().a.clone().unwrap();
        let guard = deep.borrow_mut();
        let error = error.into_handle().freeze().unwrap_err();
        assert_eq!(error.offender.reason, Reason::BorrowedMut);
        assert_eq!(error.offender.path.len(), 1);
        drop(guard);
        let frozen = error.into_handle().freeze().unwrap();
        assert_eq!(other.try_borrow_mut().unwrap_err(), BorrowMutError::Frozen);
        assert_eq!(other.forbid_freeze(), Err(AlreadyFrozen));
        drop(frozen);
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
