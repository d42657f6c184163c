//! A detached graph is nobody's until it is attached.

use strait::graph::Obj;

fn main() {
    let detached = Obj::new(7).detach().unwrap();
    let copy = detached.clone();
    assert_eq!(*detached, *copy);
}
