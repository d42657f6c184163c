//! What is shared by all threads is frozen first, so it must be a type that can be.

use std::cell::Cell;

use strait::graph::Obj;

strait::global! {
    shared static COUNT: Cell<u32> = Obj::new(Cell::new(0));
}

fn main() {}
