//! Handles as pointers and as numbers, and bytes that stay where they are.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use strait::graph::{
    AtomicRef, Bound, Detached, Frozen, Graph, Obj, Pinned, PinnedMut, Reason, StableRef,
    StableRefError, collect, heap_stats,
};

use super::support::{Book, Node, ring};
use crate::support::alloc::balanced;

/// Tests that count the references of the process go one by one.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text(panic: Box<dyn Any + Send>) -> String {
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| {
        panic.downcast_ref::<&str>().map_or_else(String::new, |text| (*text).to_owned())
    })
}

/// A pointer that crosses threads, as C does it.
struct Word(usize);

impl Word {
    fn pointer(&self) -> *mut c_void {
        ptr::with_exposed_provenance_mut(self.0)
    }
}

/// 72: a graph is detached, crosses as a pointer in a number, and is attached on another thread.
#[test]
fn a_graph_crosses_as_a_pointer() {
    balanced(|| {
        let book = Book::default();
        let graph = ring(&book, 10).detach().unwrap();
        let word = Word(graph.into_raw().expose_provenance());
        let scope = crate::support::alloc::current();
        let back = thread::spawn(move || {
            let _entered = crate::support::alloc::adopt(scope);
            // SAFETY: the pointer was passed on, and is used once.
            let root = unsafe { Detached::<Node>::from_raw(word.pointer()) }.attach();
            let next = root.borrow().a.clone().unwrap();
            assert_eq!((root.borrow().token.id(), next.borrow().token.id()), (0, 1));
            drop(next);
            Word(root.detach().unwrap().into_raw().expose_provenance())
        });
        // SAFETY: as above.
        let graph = unsafe { Detached::<Node>::from_raw(back.join().unwrap().pointer()) };
        assert_eq!(book.live(), 10);
        drop(graph);
        assert_eq!(book.live(), 0);
    });
}

/// 72: a frozen graph is kept by a pointer, of which any thread makes handles.
#[test]
fn a_frozen_graph_is_kept_by_a_pointer() {
    balanced(|| {
        let book = Book::default();
        let word = Word(ring(&book, 3).freeze().unwrap().into_raw().expose_provenance());
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    // SAFETY: the pointer keeps its handle until the threads have ended.
                    let handle = unsafe { Frozen::<Node>::clone_raw(word.pointer()) };
                    assert_eq!(handle.a.as_ref().unwrap().get().unwrap().token.id(), 1);
                });
            }
        });
        assert_eq!(book.live(), 3);
        // SAFETY: used for this once, at the end.
        drop(unsafe { Frozen::<Node>::from_raw(word.pointer()) });
        assert_eq!(book.live(), 0);
    });
}

/// 141: a handle that is out as a pointer is held from outside: the graph does not move until it is
/// back, and nothing has changed by the attempt.
#[test]
fn a_pointer_counts_as_a_handle() {
    balanced(|| {
        let book = Book::default();
        let root = ring(&book, 4);
        let raw = root.clone().into_raw();
        assert_eq!(root.strong_count(), 3);
        let error = root.detach().unwrap_err();
        assert_eq!(error.offenders[0].reason, Reason::Handles(1));
        let root = error.into_handle();
        // SAFETY: it came from this thread, and is used once.
        let same = unsafe { Obj::<Node>::from_raw(raw) };
        assert!(same.ptr_eq(&root));
        drop(same);
        collect();
        assert_eq!(book.live(), 4);
        drop(root.detach().unwrap());
        assert_eq!(book.live(), 0);
    });
}

/// A pointer that comes back as another type, as frozen though it is not, or as null, is a panic with a
/// text; the pointer is good still.
#[test]
fn a_pointer_knows_its_type() {
    let freed = heap_stats().freed;
    let raw = Obj::new(7_u32).detach().unwrap().into_raw();
    // SAFETY: none of these take the handle: they panic before.
    let wrong = catch_unwind(|| drop(unsafe { Detached::<String>::from_raw(raw) }));
    let message = text(wrong.unwrap_err());
    assert_eq!(message, "the pointer leads to a `u32`, not to a `alloc::string::String`");
    // SAFETY: as above.
    let wrong = catch_unwind(|| drop(unsafe { Frozen::<u32>::from_raw(raw) }));
    assert_eq!(text(wrong.unwrap_err()), "the node is not frozen");
    // SAFETY: as above.
    let wrong = catch_unwind(|| drop(unsafe { Obj::<u32>::from_raw(ptr::null_mut()) }));
    assert_eq!(text(wrong.unwrap_err()), "the pointer is null");
    // SAFETY: used once.
    assert_eq!(*unsafe { Detached::<u32>::from_raw(raw) }.attach().borrow(), 7);
    assert_eq!(heap_stats().freed, freed + 1);
}

/// 53: references that nobody has disposed of are counted, and keep what they stand for.
#[test]
fn references_that_are_left_are_counted() {
    let _alone = alone();
    let book = Book::default();
    let before = StableRef::count();
    let left = StableRef::new(ring(&book, 2).freeze().unwrap());
    assert_eq!((StableRef::count(), book.live()), (before + 1, 2));
    left.dispose().unwrap();
    assert_eq!((StableRef::count(), book.live()), (before, 0));
}

/// 79: what was got from a reference stays when it is disposed of on another thread.
#[test]
fn what_a_reference_gave_stays() {
    let _alone = alone();
    let book = Book::default();
    let stable = StableRef::new(ring(&book, 2).freeze().unwrap());
    let held = stable.get::<Frozen<Node>>().unwrap();
    thread::spawn(move || stable.dispose().unwrap()).join().unwrap();
    assert_eq!((held.token.id(), book.live()), (0, 2));
    drop(held);
    assert_eq!(book.live(), 0);
}

/// 112: a reference to a mutable node of one thread gives an error on another, both ways; a detached
/// graph is taken by one of them.
#[test]
fn a_mutable_node_is_not_reached_from_elsewhere() {
    let _alone = alone();
    let kept = Obj::new(1_u32);
    let here = StableRef::new(Bound::new(kept.clone()));
    let graph = StableRef::new(Obj::new(3_u32).detach().unwrap());
    let run = move || {
        let error = here.get::<Bound<u32>>().unwrap().get().unwrap_err();
        assert_eq!(error.current, "the other");
        let taken = graph.take::<Detached<u32>>().map(|graph| *graph.attach().borrow());
        let there = StableRef::new(Bound::new(Obj::new(2_u32)));
        (taken, there)
    };
    let other = thread::Builder::new().name("the other".into());
    let (taken, there) = other.spawn(run).unwrap().join().unwrap();
    assert_eq!(taken, Ok(3));
    assert_eq!(graph.take::<Detached<u32>>().unwrap_err(), StableRefError::Stale);
    assert_eq!(there.get::<Bound<u32>>().unwrap().get().unwrap_err().owner, "the other");
    assert_eq!(*here.get::<Bound<u32>>().unwrap().get().unwrap().borrow(), 1);
    here.dispose().unwrap();
    // Its thread has ended, so nobody may touch the node.
    there.dispose().unwrap();
    assert_eq!(kept.strong_count(), 1);
}

/// A number that is out of date, made up, or of another type is an error; the place of a reference is
/// used again, its number is not.
#[test]
fn a_stale_number_is_an_error() {
    let _alone = alone();
    let frozen = Obj::new(5_u32).freeze().unwrap();
    let old = StableRef::new(frozen.clone());
    let copy = StableRef::from_bits(old.to_bits());
    let wrong = copy.get::<Frozen<u64>>().unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the reference stands for a `Frozen<u32>`, not for a `Frozen<u64>`",
    );
    assert!(matches!(copy.take::<Detached<u32>>(), Err(StableRefError::WrongType { .. })));
    assert!(copy.get::<Frozen<u32>>().unwrap().ptr_eq(&frozen));
    assert!(copy.take::<Frozen<u32>>().unwrap().ptr_eq(&frozen));
    let new = StableRef::new(frozen.clone());
    assert_ne!(new, old);
    assert_eq!(new.to_bits() as u32, old.to_bits() as u32, "the place is used again");
    for stale in [old, copy, StableRef::from_bits(0), StableRef::from_bits(u64::MAX)] {
        assert_eq!(stale.get::<Frozen<u32>>().unwrap_err(), StableRefError::Stale);
        assert_eq!(stale.take::<Frozen<u32>>().unwrap_err(), StableRefError::Stale);
        assert_eq!(stale.dispose(), Err(StableRefError::Stale));
    }
    assert_eq!(StableRef::from_raw(new.to_raw()), new);
    new.dispose().unwrap();
    assert_eq!(frozen.strong_count(), 1);
}

/// Random threads make, copy, get and dispose of references: each number gives its own value or an
/// error, and in the end all is given back.
#[test]
fn references_under_load() {
    let _alone = alone();
    let before = StableRef::count();
    let values: Vec<Frozen<u32>> = (0..8).map(|n| Obj::new(n).freeze().unwrap()).collect();
    let board: Vec<Mutex<Option<(StableRef, u32)>>> = (0..8).map(|_| Mutex::new(None)).collect();
    thread::scope(|s| {
        for seed in 0..4_u32 {
            let (values, board) = (&values, &board);
            s.spawn(move || {
                let mut state = seed.wrapping_mul(2_654_435_761) | 1;
                for _ in 0..2000 {
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    let place = &board[state as usize % 8];
                    let seen = *place.lock().unwrap();
                    match (state >> 8) % 3 {
                        0 => {
                            let n = (state >> 16) % 8;
                            let new = StableRef::new(values[n as usize].clone());
                            let old = place.lock().unwrap().replace((new, n));
                            if let Some((old, _)) = old {
                                old.dispose().unwrap();
                            }
                        }
                        1 => {
                            if let Some((stable, n)) = seen {
                                match stable.get::<Frozen<u32>>() {
                                    Ok(value) => assert_eq!(*value, n),
                                    Err(error) => assert_eq!(error, StableRefError::Stale),
                                }
                            }
                        }
                        _ => {
                            let taken = place.lock().unwrap().take();
                            if let Some((stable, n)) = taken {
                                assert_eq!(*stable.take::<Frozen<u32>>().unwrap(), n);
                            }
                        }
                    }
                }
            });
        }
    });
    for (stable, _) in board.into_iter().filter_map(|place| place.into_inner().unwrap()) {
        stable.dispose().unwrap();
    }
    assert_eq!(StableRef::count(), before);
    assert!(values.iter().all(|value| value.strong_count() == 1));
}

#[derive(Debug, Graph)]
struct Image {
    pixels: Vec<u8>,
}

impl AsRef<[u8]> for Image {
    fn as_ref(&self) -> &[u8] {
        &self.pixels
    }
}

impl AsMut<[u8]> for Image {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }
}

/// Pinned bytes of a frozen node stay where they are and keep the node, on whatever thread.
#[test]
fn frozen_bytes_are_pinned() {
    balanced(|| {
        let frozen = Obj::new(Image { pixels: vec![1, 2, 3] }).freeze().unwrap();
        let address = frozen.pixels.as_ptr();
        let pinned = Pinned::new(frozen);
        assert_eq!((pinned.as_ptr(), &*pinned), (address, &[1, 2, 3][..]));
        let pinned = thread::scope(|s| s.spawn(|| pinned).join().unwrap());
        assert_eq!((pinned.as_ptr(), pinned.len()), (address, 3));
        assert_eq!(pinned.into_frozen().strong_count(), 1);
    });
}

/// 153: a node whose bytes are pinned for writing is neither moved, frozen nor borrowed. 152: nor is it
/// collected.
#[test]
fn mutable_bytes_are_pinned() {
    balanced(|| {
        let image = Obj::new(Image { pixels: vec![0; 4] });
        let mut pinned = PinnedMut::new(image.clone()).unwrap();
        let address = pinned.as_mut_ptr();
        // SAFETY: the four bytes are the pin's.
        unsafe { address.add(1).write(9) };
        pinned[2] = 8;
        assert!(image.try_borrow().is_err() && image.try_borrow_mut().is_err());
        assert!(PinnedMut::new(image.clone()).is_err());
        let reasons: Vec<Reason> = match image.clone().detach() {
            Err(error) => error.offenders.iter().map(|offender| offender.reason).collect(),
            Ok(_) => panic!("it moved"),
        };
        assert!(reasons.contains(&Reason::BorrowedMut), "{reasons:?}");
        let image = image.freeze().unwrap_err().into_handle();
        collect();
        assert_eq!((pinned.as_mut_ptr(), &*pinned), (address, &[0, 9, 8, 0][..]));
        drop(pinned);
        assert_eq!(image.borrow().pixels, [0, 9, 8, 0]);
        assert_eq!(
            PinnedMut::new(image.freeze().unwrap().into()).unwrap_err().to_string(),
            "the node is frozen"
        );
    });
}

/// A pin keeps its node when all other handles are gone.
#[test]
fn a_pin_keeps_its_node() {
    balanced(|| {
        let freed = heap_stats().freed;
        let pinned = PinnedMut::new(Obj::new(Image { pixels: vec![5] })).unwrap();
        collect();
        assert_eq!((pinned[0], heap_stats().freed), (5, freed));
        drop(pinned);
        assert_eq!(heap_stats().freed, freed + 1);
    });
}

/// 56: a growing buffer is shared with other threads by a frozen node: a lock as a leaf.
#[test]
fn a_shared_buffer_grows() {
    #[derive(Graph)]
    struct Holder {
        #[graph(leaf)]
        bytes: Arc<Mutex<Vec<u8>>>,
    }
    balanced(|| {
        let holder = Obj::new(Holder { bytes: Arc::default() }).freeze().unwrap();
        let shared = AtomicRef::new(holder.clone());
        thread::scope(|s| {
            for byte in 0..4 {
                let shared = &shared;
                s.spawn(move || shared.load().unwrap().bytes.lock().unwrap().push(byte));
            }
        });
        let mut bytes = holder.bytes.lock().unwrap().clone();
        bytes.sort_unstable();
        assert_eq!(bytes, [0, 1, 2, 3]);
    });
}

/// 144: a detached graph that is dropped by a panic is freed, once.
#[test]
fn a_panic_frees_a_detached_graph() {
    balanced(|| {
        let book = Book::default();
        let graph = ring(&book, 3).detach().unwrap();
        let caught = catch_unwind(AssertUnwindSafe(move || {
            let _graph = graph;
            resume_unwind(Box::new("on the way"));
        }));
        assert!(caught.is_err());
        assert_eq!(book.live(), 0);
    });
}
