//! An atomic reference holds frozen nodes alone.

use strait::graph::{AtomicRef, Obj};

fn main() {
    let reference = AtomicRef::<u8>::empty();
    reference.store(Obj::new(7));
}
