//! Globals: for all threads and frozen, one for each thread, and of the main thread alone; values
//! that are made once.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;

use strait::global;
use strait::graph::{
    AtomicRef, BorrowMutError, FreezableLink, Frozen, GlobalError, Graph, Obj, Shared,
    become_main_thread, collect, collect_cycle,
};

use super::support::{Book, Node, ring};
use crate::support::alloc::balanced;
use crate::support::watch::within;

#[derive(Debug, Graph)]
struct Counter {
    count: u32,
}

const LIMIT: u32 = 7;

global! {
    shared static SINGLETON: Counter = Obj::new(Counter { count: 1 });
    per_thread static OWN: Counter = Obj::new(Counter { count: 10 });
    shared static TABLE: BTreeMap<u32, String> =
        Obj::new(BTreeMap::from([(1, "one".into()), (2, "two".into())]));
    static MAIN_ONLY: Counter = Obj::new(Counter { count: 100 });
}

fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|s| s.spawn(f).join().unwrap())
}

/// 24: a shared global is written to by nobody, on no thread; its value stays.
#[test]
fn a_shared_global_is_not_written_to() {
    let write = || {
        let handle = SINGLETON.get().as_obj();
        let error = handle.try_borrow_mut().unwrap_err();
        assert_eq!(error, BorrowMutError::Frozen);
        SINGLETON.count
    };
    assert_eq!((write(), elsewhere(write)), (1, 1));
}

/// 25: what each thread has for itself stays mutable, and is not seen by others.
#[test]
fn a_threads_own_global_is_mutable() {
    let count = || {
        OWN.get().borrow_mut().count += 1;
        OWN.get().borrow().count
    };
    thread::scope(|s| {
        let first = s.spawn(move || (count(), count()));
        assert_eq!(first.join().unwrap(), (11, 12));
        assert_eq!(s.spawn(count).join().unwrap(), 11);
    });
}

/// 26, 70, 77: which globals another thread may read and write: constants and shared ones are read,
/// those of the main thread are not, and say so.
/// 139: when the main thread has ended nobody has its globals.
#[test]
fn globals_of_the_main_thread_stay_there() {
    let refused = || match MAIN_ONLY.try_get() {
        Err(GlobalError::WrongThread(error)) => error,
        other => panic!("{other:?}"),
    };
    let main = move || {
        assert!(become_main_thread());
        MAIN_ONLY.get().borrow_mut().count += 1;
        let error = thread::scope(|s| {
            let worker = thread::Builder::new().name("worker".into());
            let run = || {
                assert_eq!((LIMIT, SINGLETON.count, TABLE[&1].as_str()), (7, 1, "one"));
                assert!(!become_main_thread());
                refused()
            };
            worker.spawn_scoped(s, run).unwrap().join().unwrap()
        });
        assert_eq!((error.owner.as_str(), error.current.as_str()), ("the first", "worker"));
        let text = "`Counter` belongs to thread `the first` and was asked for by thread `worker`";
        assert_eq!(error.to_string(), text);
        assert_eq!(MAIN_ONLY.get().borrow().count, 101);
    };
    let first = thread::Builder::new().name("the first".into());
    first.spawn(main).unwrap().join().unwrap();
    // Another thread does not become it, even by its name.
    for name in ["the first", "main"] {
        let late = thread::Builder::new().name(name.into());
        let run = move || {
            assert!(!become_main_thread());
            assert_eq!(refused().owner, "the first");
            assert!(catch_unwind(|| MAIN_ONLY.get()).is_err());
        };
        late.spawn(run).unwrap().join().unwrap();
    }
}

/// 29: the keys, values and entries of a map in a frozen global can be walked by all threads.
#[test]
fn a_frozen_map_is_walked() {
    let walk = || {
        let keys: u32 = TABLE.keys().sum();
        let values: Vec<&str> = TABLE.values().map(String::as_str).collect();
        (keys, values.concat(), TABLE.iter().count())
    };
    assert_eq!(walk(), elsewhere(walk));
    assert_eq!(walk(), (3, "onetwo".into(), 2));
}

/// 38, 39, 40: a value that is made once is one object for all, however often they ask.
#[test]
fn a_value_is_made_once_for_all_threads() {
    balanced(|| {
        let made = AtomicUsize::new(0);
        let value = Shared::new(|| {
            made.fetch_add(1, SeqCst);
            Obj::new(Counter { count: 3 })
        });
        assert!(value.if_made().is_none());
        let start = Barrier::new(5);
        let ids: Vec<usize> = thread::scope(|s| {
            let ask = || {
                start.wait();
                (0..3).map(|_| value.get().id()).collect::<Vec<_>>()
            };
            let threads: Vec<_> = (0..5).map(|_| s.spawn(ask)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(ids.len(), 15);
        assert!(ids.iter().all(|&id| id == ids[0]));
        assert_eq!((made.load(SeqCst), value.count), (1, 3));
    });
}

#[derive(Debug, Graph)]
struct Lazy {
    doubled: Shared<u64>,
    n: u64,
}

/// 41: a value that is made once gives the right answer a hundred times, in a mutable node and in a
/// frozen one. 46: and as long as the node lives.
#[test]
fn a_value_that_is_made_once_may_stand_in_nodes() {
    balanced(|| {
        let node = || Obj::new(Lazy { doubled: Shared::new(|| Obj::new(14)), n: 7 });
        let mutable = node();
        let frozen = node().freeze().unwrap();
        let used = node();
        assert_eq!(**used.borrow().doubled.get(), 14);
        let used = used.freeze().unwrap();
        for _ in 0..100 {
            assert_eq!(*mutable.borrow().doubled, mutable.borrow().n * 2);
            assert_eq!(*frozen.doubled, frozen.n * 2);
            assert_eq!(*used.doubled, used.n * 2);
            collect();
        }
        assert_eq!(mutable.detach().unwrap().attach().borrow().n, 7);
    });
}

/// 42: an initializer that asks for its own value is told so; so are two that ask for each other,
/// from one thread or two.
#[test]
fn a_value_that_asks_for_itself_is_an_error() {
    global! {
        shared static SELF: u32 = { assert_eq!(SELF.try_get().unwrap_err(), GlobalError::Recursive); Obj::new(1) };
        per_thread static OWN_SELF: u32 = {
            assert_eq!(OWN_SELF.try_get().unwrap_err(), GlobalError::Recursive);
            Obj::new(2)
        };
        shared static A: u32 = Obj::new(B.try_get().map_or(3, |b| **b));
        shared static B: u32 = Obj::new(A.try_get().map_or(4, |a| **a));
    }
    within(20, || {
        assert_eq!((*SELF, *OWN_SELF.get().borrow()), (1, 2));
        let (b, a) = thread::scope(|s| {
            let a = s.spawn(|| *A);
            (*B, a.join().unwrap())
        });
        // In a row, or each from its own side: whoever closes the circle is told.
        assert!([(3, 3), (4, 4)].contains(&(a, b)), "{a}, {b}");
    });
}

/// 42, with two threads that surely meet: each makes one of the values when it asks for the other.
#[test]
fn a_circle_through_two_threads_ends() {
    static MEET: Barrier = Barrier::new(2);
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    fn meet(other: Result<&Frozen<u32>, GlobalError>) -> Obj<u32> {
        if other.is_err() {
            TOLD.fetch_add(1, SeqCst);
        }
        Obj::new(other.map_or(1, |other| **other + 1))
    }
    static A: Shared<u32> = Shared::new(|| {
        MEET.wait();
        meet(B.try_get())
    });
    static B: Shared<u32> = Shared::new(|| {
        MEET.wait();
        meet(A.try_get())
    });
    within(20, || {
        let (b, a) = thread::scope(|s| {
            let a = s.spawn(|| *A);
            (*B, a.join().unwrap())
        });
        assert_eq!((a.min(b), a.max(b), TOLD.load(SeqCst)), (1, 2, 1));
    });
}

#[derive(Debug, Graph)]
struct Owner {
    me: AtomicRef<Owner>,
    cached: FreezableLink<Owner>,
    captured: Option<Obj<Owner>>,
}

fn owner() -> Obj<Owner> {
    Obj::new(Owner { me: AtomicRef::empty(), cached: FreezableLink::empty(), captured: None })
}

/// 43: a cached value may be the frozen node that caches it; the cycle can be collected.
#[test]
fn a_cached_value_may_be_its_owner() {
    balanced(|| {
        let owner = owner().freeze().unwrap();
        let me = |owner: &Frozen<Owner>| {
            let _ = owner.me.compare_exchange(None, owner.clone());
            owner.me.load().unwrap()
        };
        assert!(me(&owner).ptr_eq(&owner) && me(&me(&owner)).ptr_eq(&owner));
        assert_eq!(collect_cycle(owner).unwrap(), 1);
    });
}

/// 44: a node cannot be frozen while its value is being written.
#[test]
fn a_node_is_not_frozen_by_its_own_initializer() {
    balanced(|| {
        let counter = Obj::new(Counter { count: 0 });
        let mut value = counter.borrow_mut();
        let error = counter.clone().freeze().unwrap_err();
        assert!(error.to_string().contains("is being written to"), "{error}");
        value.count = 1;
        drop(value);
        drop(error);
        assert_eq!(counter.freeze().unwrap().count, 1);
    });
}

/// 45: an initializer that panics does so each time, and the value is made when it does not.
#[test]
fn a_panic_of_an_initializer_is_not_kept() {
    balanced(|| {
        let calls = AtomicUsize::new(0);
        let value = Shared::new(|| {
            if calls.fetch_add(1, SeqCst) < 10 {
                // Without the hook, which keeps what it has read of the program's symbols.
                resume_unwind(Box::new("not yet"));
            }
            Obj::new(5)
        });
        for _ in 0..10 {
            assert!(catch_unwind(AssertUnwindSafe(|| value.get())).is_err());
            assert!(value.if_made().is_none());
        }
        assert_eq!((**value.get(), calls.load(SeqCst)), (5, 11));
    });
}

/// 45, with a thread that waits when the initializer panics: it runs it again.
#[test]
fn a_panic_of_an_initializer_wakes_those_who_wait() {
    within(20, || {
        let (begun, calls) = (Barrier::new(2), AtomicUsize::new(0));
        let value = Shared::new(|| {
            if calls.fetch_add(1, SeqCst) == 0 {
                begun.wait();
                thread::sleep(std::time::Duration::from_millis(20));
                panic!("the first time");
            }
            Obj::new(6)
        });
        thread::scope(|s| {
            let first = s.spawn(|| catch_unwind(AssertUnwindSafe(|| value.get())).is_err());
            begun.wait();
            assert_eq!(**value.get(), 6);
            assert!(first.join().unwrap());
        });
    });
}

/// 45, for a graph that may not be frozen: an error each time, with the node that is in the way.
#[test]
fn what_never_freezes_is_not_shared() {
    balanced(|| {
        let value = Shared::new(|| {
            let counter = Obj::new(Counter { count: 0 });
            counter.forbid_freeze().unwrap();
            counter
        });
        for _ in 0..2 {
            let error = value.try_get().unwrap_err();
            assert_eq!(
                error.to_string(),
                "the value cannot be shared: `Counter` may never be frozen"
            );
            assert!(matches!(error, GlobalError::NeverFreezes(_)));
        }
    });
}

/// 47-52: a node that caches what it was captured by goes with its last handle or is collected:
/// not used, used, frozen unused, frozen and then used, used and then frozen, and with a second.
#[test]
fn an_owner_that_its_cache_captures_is_collected() {
    let captured = || {
        let owner = owner();
        owner.borrow_mut().captured = Some(owner.clone());
        owner
    };
    let used = move || {
        let owner = captured();
        owner.borrow().cached.set(owner.clone()).unwrap();
        owner
    };
    balanced(|| assert!(captured().borrow().captured.is_some()));
    balanced(|| {
        drop(used());
        assert_eq!(collect().freed, 1);
    });
    balanced(|| drop(captured().freeze().unwrap()));
    balanced(|| {
        let owner = captured().freeze().unwrap();
        owner.me.store(owner.clone());
        assert_eq!(collect_cycle(owner).unwrap(), 1);
    });
    balanced(|| {
        let owner = used().freeze().unwrap();
        assert_eq!(collect_cycle(owner).unwrap(), 1);
    });
    balanced(|| {
        let (one, two) = (captured(), captured());
        one.borrow().cached.set(two.clone()).unwrap();
        two.borrow().cached.set(one.clone()).unwrap();
        let one = collect_cycle(one.freeze().unwrap()).expect_err("the other is held");
        drop(two);
        assert_eq!(collect_cycle(one).unwrap(), 2);
    });
}

/// 55, 151: what a thread has for itself is dropped when the thread ends, cycles included, whatever
/// the order in which its thread-locals go.
#[test]
fn a_threads_own_graph_goes_with_the_thread() {
    thread_local! {
        static BOOK: Book = Book::default();
    }
    global! {
        per_thread static RING: Node = ring(&BOOK.with(Book::clone), 5);
        per_thread static FROZEN: Counter = {
            let counter = Obj::new(Counter { count: 1 });
            counter.clone().freeze().unwrap();
            counter
        };
    }
    for heap_first in [false, true] {
        balanced(move || {
            let scope = crate::support::alloc::current();
            let run = move || {
                let _entered = crate::support::alloc::adopt(scope);
                if heap_first {
                    drop(Obj::new(0));
                }
                // One handle more, so that the ring is a cycle that was a candidate.
                drop(RING.get());
                assert_eq!(FROZEN.get().get().unwrap().count, 1);
                let book = BOOK.with(Book::clone);
                assert_eq!(book.live(), 5);
                book
            };
            assert_eq!(thread::spawn(run).join().unwrap().live(), 0);
        });
    }
}

/// 151: a thread-local that is destroyed late and asks for a global gets an error or a value, and
/// no crash.
#[test]
fn a_global_is_asked_for_while_the_thread_ends() {
    global! {
        per_thread static LATE: Counter = Obj::new(Counter { count: 1 });
    }
    struct Asks(Arc<AtomicUsize>);
    impl Drop for Asks {
        fn drop(&mut self) {
            let answer = LATE.try_get();
            self.0.store(if matches!(answer, Err(GlobalError::Ended)) { 1 } else { 2 }, SeqCst);
        }
    }
    thread_local! {
        static ASKS: std::cell::OnceCell<Asks> = const { std::cell::OnceCell::new() };
    }
    let answers = [false, true].map(|late_first| {
        let answer = Arc::new(AtomicUsize::new(0));
        let asks = Asks(answer.clone());
        let run = move || {
            if late_first {
                LATE.get();
            }
            ASKS.with(|cell| assert!(cell.set(asks).is_ok()));
            LATE.get();
        };
        thread::spawn(run).join().unwrap();
        answer.load(SeqCst)
    });
    assert!(answers.contains(&1), "the global was there in both orders: {answers:?}");
    assert!(!answers.contains(&0));
}

/// 138: four threads ask for a value that takes its time; it is made once and all of them see it. Its
/// initializer sees what it makes by a handle of its own.
#[test]
fn three_wait_for_the_one_that_makes() {
    balanced(|| {
        let (made, start) = (AtomicUsize::new(0), Barrier::new(4));
        let value = Shared::new(|| {
            made.fetch_add(1, SeqCst);
            let owner = owner();
            thread::sleep(std::time::Duration::from_millis(20));
            owner.borrow_mut().captured = Some(owner.clone());
            owner
        });
        thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    start.wait();
                    let inner = value.captured.as_ref().unwrap();
                    assert_eq!(inner.id(), value.get().id());
                });
            }
        });
        assert_eq!(made.load(SeqCst), 1);
    });
}
