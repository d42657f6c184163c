//! A cell in a frozen node would be written to by many threads.

use std::cell::{Cell, RefCell};

use strait::graph::{Graph, Obj};

#[derive(Graph)]
struct Counter {
    count: Cell<u32>,
}

#[derive(Graph)]
struct Linked {
    link: RefCell<Option<Obj<Linked>>>,
}

fn main() {}
