//! A type that said so is never frozen.

use std::cell::Cell;

use strait::graph::{Graph, Obj};

#[derive(Graph)]
#[graph(no_freeze)]
struct Counter {
    count: Cell<u32>,
}

fn main() {
    let counter = Obj::new(Counter { count: Cell::new(0) });
    let _ = counter.freeze();
}
