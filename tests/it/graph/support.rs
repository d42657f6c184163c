//! Nodes that are accounted for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst};

use strait::graph::{Graph, Obj, Weak};

const CANARY: u64 = 0x5EED_CAFE_F00D_BEEF;

/// The book in which tokens are written.
#[derive(Clone, Debug, Default)]
pub struct Book(Arc<Entries>);

#[derive(Debug, Default)]
struct Entries {
    live: AtomicI64,
    made: AtomicUsize,
    dropped: std::sync::Mutex<Vec<usize>>,
}

/// A payload: its drop is written down, once, and a token that was overwritten is noticed.
#[derive(Debug)]
pub struct Token {
    canary: u64,
    id: usize,
    book: Book,
}

impl Book {
    /// A token with a number.
    pub fn token(&self, id: usize) -> Token {
        self.0.live.fetch_add(1, SeqCst);
        self.0.made.fetch_add(1, SeqCst);
        Token { canary: CANARY, id, book: self.clone() }
    }

    /// Tokens that are alive.
    pub fn live(&self) -> i64 {
        self.0.live.load(SeqCst)
    }

    /// The numbers of the tokens that were dropped since the last call, in order.
    pub fn dropped(&self) -> Vec<usize> {
        std::mem::take(&mut self.0.dropped.lock().unwrap())
    }

    /// A node with a token.
    pub fn node(&self, id: usize) -> Obj<Node> {
        Obj::new(Node { token: self.token(id), a: None, b: None, up: Weak::new() })
    }
}

impl Token {
    /// Its number.
    #[track_caller]
    pub fn id(&self) -> usize {
        assert_eq!(self.canary, CANARY, "a token was overwritten");
        self.id
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.id();
        self.canary = 0;
        self.book.0.live.fetch_sub(1, SeqCst);
        self.book.0.dropped.lock().unwrap().push(self.id);
    }
}

/// The node of most tests.
#[derive(Debug, Graph)]
pub struct Node {
    #[graph(leaf)]
    pub token: Token,
    pub a: Option<Obj<Node>>,
    pub b: Option<Obj<Node>>,
    pub up: Weak<Node>,
}

/// Rings of `n` nodes, from the first to itself.
pub fn ring(book: &Book, n: usize) -> Obj<Node> {
    let first = book.node(0);
    let mut last = first.clone();
    for id in 1..n {
        let next = book.node(id);
        last.borrow_mut().a = Some(next.clone());
        last = next;
    }
    last.borrow_mut().a = Some(first.clone());
    first
}
