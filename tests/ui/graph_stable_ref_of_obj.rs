//! A number may come back on any thread, so a handle of one thread must be bound first.

use strait::graph::{Obj, StableRef};

fn main() {
    StableRef::new(Obj::new(1));
}
