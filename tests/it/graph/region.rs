//! Regions: isolated by their type.

use std::sync::Arc;
use std::thread;

use strait::graph::{At, Family, Region};

use super::support::{Book, Token};
use crate::support::alloc::balanced;

struct Knot<'r> {
    token: Token,
    links: Vec<At<'r>>,
}

struct Knots;

impl Family for Knots {
    type Node<'r> = Knot<'r>;

    fn links<'r>(node: &Knot<'r>, visit: &mut dyn FnMut(At<'r>)) {
        node.links.iter().copied().for_each(visit);
    }
}

fn ring(book: &Book, n: usize) -> Region<Knots> {
    Region::<Knots>::new(|scope| {
        let make = |id| Knot { token: book.token(id), links: Vec::new() };
        let all: Vec<At<'_>> = (0..n).map(|id| scope.add(make(id))).collect();
        for index in 0..n {
            scope[all[index]].links.push(all[(index + 1) % n]);
        }
        all[0]
    })
}

#[test]
fn a_region_moves_with_its_cycles() {
    balanced(|| {
        let book = Book::default();
        let mut region = ring(&book, 100);
        let moved = thread::spawn(move || {
            let sum: usize = region.enter(|scope, root| {
                let mut at = root;
                let mut sum = 0;
                loop {
                    sum += scope[at].token.id();
                    at = scope[at].links[0];
                    if at == root {
                        return sum;
                    }
                }
            });
            assert_eq!(sum, 99 * 50);
            region.enter_mut(|scope, root| scope[root].links.push(root));
            region
        });
        drop(moved.join().unwrap());
        assert_eq!(book.live(), 0);
    });
}

#[test]
fn a_region_is_read_by_many() {
    balanced(|| {
        let book = Book::default();
        let region = Arc::new(ring(&book, 10));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let region = region.clone();
                thread::spawn(move || region.enter(|scope, root| scope[root].token.id()))
            })
            .collect();
        for reader in readers {
            assert_eq!(reader.join().unwrap(), 0);
        }
    });
}

#[test]
fn a_region_collects_what_its_root_does_not_lead_to() {
    balanced(|| {
        let book = Book::default();
        let mut region = ring(&book, 10);
        assert_eq!(region.collect(), 0);
        // The fifth node closes the ring; the rest is garbage.
        region.enter_mut(|scope, root| {
            let mut at = root;
            for _ in 0..4 {
                at = scope[at].links[0];
            }
            scope[at].links[0] = root;
        });
        assert_eq!(region.collect(), 5);
        assert_eq!(book.live(), 5);
        // Vacant numbers are used again.
        let token = book.token(77);
        region.set_root(|scope, root| scope.add(Knot { token, links: vec![root] }));
        assert_eq!(region.collect(), 0);
        assert_eq!(region.enter(|scope, root| (scope.len(), scope[root].token.id())), (6, 77));
        region.set_root(|scope, _| scope.add(Knot { token: book.token(78), links: Vec::new() }));
        assert_eq!(region.collect(), 6);
        drop(region);
        assert_eq!(book.live(), 0);
    });
}

/// A family whose `links` lies breaks nothing but itself.
#[test]
#[should_panic(expected = "the node was freed")]
fn a_link_that_was_not_visited_is_a_panic() {
    struct Liar;
    impl Family for Liar {
        type Node<'r> = Option<At<'r>>;
        fn links<'r>(_: &Option<At<'r>>, _: &mut dyn FnMut(At<'r>)) {}
    }
    let mut region = Region::<Liar>::new(|scope| {
        let lost = scope.add(None);
        scope.add(Some(lost))
    });
    assert_eq!(region.collect(), 1);
    region.enter(|scope, root| scope[scope[root].unwrap()].is_some());
}
