//! Bound handles: kept by any thread, used by their own.

use std::thread;

use strait::graph::{AtomicRef, Bound, FreezableLink, Frozen, Graph, Obj, collect};

use super::support::{Book, Node, ring};
use crate::support::alloc::balanced;

fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|s| {
        thread::Builder::new().name("elsewhere".into()).spawn_scoped(s, f).unwrap().join().unwrap()
    })
}

/// 120: the owner reads; a bound handle that comes back from another thread is as it was.
/// 124: any thread can ask who the owner is.
#[test]
fn the_owner_reads() {
    let run = || {
        let bound = Bound::new(Obj::new(7_u32));
        let bound = elsewhere(|| {
            assert_eq!(bound.owner(), "the owner");
            bound
        });
        assert_eq!((*bound.get().unwrap().borrow(), bound.owner()), (7, "the owner"));
    };
    thread::Builder::new().name("the owner".into()).spawn(run).unwrap().join().unwrap();
}

/// 121, 131, 132: other threads get an error that names the type and both threads, however many ask at
/// the same time.
#[test]
fn others_are_refused() {
    balanced(|| {
        let bound = Bound::new(Obj::new(vec![1_u8]));
        let error = elsewhere(|| bound.get().unwrap_err());
        assert!(error.type_name.ends_with("Vec<u8>"));
        assert_eq!((error.owner.as_str(), error.current.as_str()), (bound.owner(), "elsewhere"));
        assert!(error.to_string().starts_with("`Vec<u8>` belongs to thread `"), "{error}");
        assert!(elsewhere(|| bound.get_frozen().is_err()));
        thread::scope(|s| {
            for _ in 0..10 {
                s.spawn(|| (0..100).for_each(|_| assert!(bound.get().is_err())));
            }
        });
        assert_eq!(bound.get().unwrap().strong_count(), 2);
    });
}

/// 122: what is frozen, before it is bound or at any time after, is for all.
#[test]
fn what_is_frozen_is_for_all() {
    balanced(|| {
        let early = Obj::new(1_u32).freeze().unwrap();
        let early = Bound::new(early.as_obj());
        let late = Obj::new(2_u32);
        let bound = Bound::new(late.clone());
        assert!(elsewhere(|| early.get().is_ok() && bound.get().is_err()));
        drop(late.freeze().unwrap());
        assert_eq!(elsewhere(|| **bound.get_frozen().as_ref().unwrap()), 2);
        assert_eq!(elsewhere(|| *early.get().unwrap().borrow()), 1);
    });
}

/// 123: the owner writes while another thread has the bound handle.
#[test]
fn the_owner_writes_meanwhile() {
    balanced(|| {
        let node = Obj::new(0_u32);
        let bound = Bound::new(node.clone());
        let (hold, held) = std::sync::mpsc::channel::<()>();
        thread::scope(|s| {
            let copy = bound.clone();
            s.spawn(move || {
                assert!(held.recv().is_err());
                assert!(copy.get().is_err());
            });
            *node.borrow_mut() = 5;
            drop(hold);
        });
        assert_eq!(*bound.get().unwrap().borrow(), 5);
    });
}

#[derive(Debug, Graph)]
struct Wrapper {
    bound: Bound<Node>,
    slot: AtomicRef<Wrapper>,
    link: FreezableLink<Wrapper>,
}

fn wrapper(bound: Bound<Node>) -> Obj<Wrapper> {
    Obj::new(Wrapper { bound, slot: AtomicRef::empty(), link: FreezableLink::empty() })
}

/// 125, 126: a bound handle in a node moves and is frozen with it, and stays with its own thread.
#[test]
fn a_bound_handle_travels_in_nodes() {
    balanced(|| {
        let book = Book::default();
        let bound = Bound::new(book.node(3));
        let graph = wrapper(bound.clone()).detach().unwrap();
        let graph = elsewhere(move || {
            let wrapper = graph.attach();
            assert!(wrapper.borrow().bound.get().is_err());
            wrapper.detach().unwrap()
        });
        assert_eq!(graph.attach().borrow().bound.get().unwrap().borrow().token.id(), 3);
        let frozen = wrapper(bound).freeze().unwrap();
        assert!(elsewhere(|| frozen.bound.get().is_err()));
        assert_eq!(frozen.bound.get().unwrap().borrow().token.id(), 3);
    });
}

/// 127, 128: the node goes with its last handle, mutable or frozen; when another thread drops that, a
/// mutable one goes as soon as its owner looks, and not before.
#[test]
fn the_last_handle_frees() {
    balanced(|| {
        let book = Book::default();
        drop(Bound::new(book.node(0)));
        assert_eq!(book.live(), 0);
        let bound = Bound::new(book.node(1));
        let copy = bound.clone();
        drop(bound);
        collect();
        assert_eq!(book.live(), 1);
        elsewhere(|| drop(copy));
        assert_eq!(book.live(), 1);
        collect();
        assert_eq!(book.live(), 0);
        let bound = Bound::new(book.node(2).freeze().unwrap().as_obj());
        elsewhere(|| drop(bound));
        assert_eq!(book.live(), 0);
    });
}

/// 129, 130: a cycle through a bound handle is held from outside: it stays until it is cut by hand.
#[test]
fn a_cycle_through_a_bound_handle_is_cut_by_hand() {
    #[derive(Graph)]
    #[graph(no_freeze)]
    struct Loop {
        own: Option<Bound<Loop>>,
    }
    balanced(|| {
        let node = Obj::new(Loop { own: None });
        let kept = node.downgrade();
        node.borrow_mut().own = Some(Bound::new(node.clone()));
        drop(node);
        collect();
        let node = kept.upgrade().expect("held by itself");
        let own = node.borrow_mut().own.take();
        drop((own, node));
        assert!(kept.upgrade().is_none());
    });
    balanced(|| {
        let book = Book::default();
        let node = book.node(0);
        let frozen: Frozen<Wrapper> = wrapper(Bound::new(node)).freeze().unwrap();
        frozen.slot.store(frozen.clone());
        let weak = frozen.downgrade();
        drop(frozen);
        assert_eq!(book.live(), 1);
        elsewhere(|| weak.upgrade().unwrap().slot.take());
        assert!(weak.upgrade().is_none());
        collect();
        assert_eq!(book.live(), 0);
    });
}

/// 133: freezing twice is harmless; a freeze that failed for a wrapper leaves what is bound free to be
/// frozen.
#[test]
fn a_failed_freeze_leaves_the_bound_node() {
    balanced(|| {
        let book = Book::default();
        let node = ring(&book, 2);
        let outer = wrapper(Bound::new(node.clone()));
        outer.forbid_freeze().unwrap();
        let error = outer.freeze().unwrap_err();
        assert!(!node.is_frozen());
        let again = node.freeze().unwrap().as_obj().freeze().unwrap();
        let outer = error.into_handle();
        assert!(outer.borrow().bound.get_frozen().unwrap().ptr_eq(&again));
    });
}
