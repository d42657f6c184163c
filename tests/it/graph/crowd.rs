//! Frozen nodes that many threads link in circles, while one looks for circles that nobody holds.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use strait::graph::{Cycles, FreezableLink, Frozen, Graph, Obj, collect, find_cycle};

use super::support::{Book, Token};
use crate::support::alloc::balanced;
use crate::support::rng::{Rng, seed};
use crate::support::watch::{scaled, within};

#[derive(Graph)]
struct Knot {
    #[graph(leaf)]
    token: Token,
    fixed: Option<Obj<Knot>>,
    one: FreezableLink<Knot>,
    two: FreezableLink<Knot>,
}

fn knot(book: &Book, fixed: Option<Obj<Knot>>) -> Obj<Knot> {
    let (one, two) = (FreezableLink::empty(), FreezableLink::empty());
    Obj::new(Knot { token: book.token(0), fixed, one, two })
}

/// A pair that is looked after.
fn watched(book: &Book, cycles: &Cycles) -> Frozen<Knot> {
    let first = pair(book);
    cycles.watch(&first);
    // The second may outlive it, in a circle of its own.
    cycles.watch(&first.fixed.as_ref().and_then(Obj::as_frozen).unwrap());
    first
}

/// A frozen pair: the first leads to the second for ever, the second to the first by a slot.
fn pair(book: &Book) -> Frozen<Knot> {
    let last = knot(book, None);
    let first = knot(book, Some(last.clone()));
    last.borrow().one.set(first.clone()).unwrap();
    drop(last);
    first.freeze().unwrap()
}

/// Links nodes that it holds to nodes that it holds, walks on, and lets go.
fn meddle(book: &Book, cycles: &Cycles, seed: u64, rounds: usize) {
    let rng = Rng::new(seed);
    let mut held: Vec<Frozen<Knot>> = Vec::new();
    for _ in 0..rounds {
        if held.len() < 2 {
            held.push(watched(book, cycles));
        }
        let (from, to) = (rng.below(held.len()), rng.below(held.len()));
        assert_eq!(held[from].token.id(), 0);
        let slot = if rng.one_in(2) { &held[from].one } else { &held[from].two };
        match rng.below(8) {
            0..=2 => drop(slot.set(held[to].as_obj()).unwrap()),
            3 => drop(slot.take()),
            4 => drop(slot.compare_and_set(None, held[to].as_obj()).unwrap()),
            5 => {
                let next = slot.get().or_else(|| held[from].fixed.clone());
                let next = next.and_then(|next| next.as_frozen());
                held.extend(next);
            }
            6 if held.len() < 8 => held.push(watched(book, cycles)),
            _ => drop(held.swap_remove(from)),
        }
    }
}

/// Nothing that is held is freed, and in the end nothing is left.
#[test]
fn shared_cycles_in_a_crowd() {
    within(300, || {
        balanced(|| {
            let (book, cycles) = (Book::default(), Cycles::new());
            let done = AtomicBool::new(false);
            let start = seed(7);
            thread::scope(|s| {
                let threads: Vec<_> = (0..3)
                    .map(|thread| {
                        let (book, cycles) = (&book, &cycles);
                        let rounds = scaled(3_000);
                        s.spawn(move || meddle(book, cycles, start * 8 + thread, rounds))
                    })
                    .collect();
                let collector = s.spawn(|| {
                    while !done.load(SeqCst) {
                        cycles.collect();
                        thread::yield_now();
                    }
                });
                threads.into_iter().for_each(|thread| thread.join().unwrap());
                done.store(true, SeqCst);
                // A scope does not wait for what threads keep for themselves.
                collector.join().unwrap();
            });
            collect();
            // What one collection frees may be what held another back.
            while cycles.collect() > 0 {}
            assert_eq!(book.live(), 0, "STRAIT_SEED={start}: {:?} are left", cycles.find());
        });
    });
}

/// A cycle is found from each of its nodes, and a held one is not freed.
#[test]
fn a_cycle_that_is_held_stays() {
    balanced(|| {
        let (book, cycles) = (Book::default(), Cycles::new());
        let first = pair(&book);
        let second = first.fixed.as_ref().and_then(Obj::as_frozen).unwrap();
        cycles.watch(&first);
        let cycle = find_cycle(&first).unwrap();
        assert_eq!(cycle.to_string(), "Knot.fixed -> Knot.one -> Knot");
        let cycle = find_cycle(&second).unwrap();
        assert_eq!(cycle.to_string(), "Knot.one -> Knot.fixed -> Knot");
        assert_eq!(cycles.collect(), 0);
        drop(first);
        assert_eq!(cycles.collect(), 0, "the other node is held");
        assert_eq!(second.one.get().unwrap().get().unwrap().token.id(), 0);
        drop(second);
        assert_eq!(cycles.find().len(), 1);
        assert_eq!(cycles.collect(), 2);
        assert_eq!(book.live(), 0);
    });
}

/// A move without a proof is one all the same.
#[test]
#[allow(unsafe_code, reason = "it is about an unsafe function")]
fn a_graph_moves_without_a_proof() {
    balanced(|| {
        let book = Book::default();
        let root = super::support::ring(&book, 5);
        // SAFETY: nothing else leads into the ring.
        let graph = unsafe { root.detach_unchecked() };
        thread::spawn(move || drop(graph.attach().detach().unwrap())).join().unwrap();
        assert_eq!(collect().visited, 0, "its nodes are no candidates here");
        assert_eq!(book.live(), 0);
    });
}
