//! Not even a reference to a handle leaves its thread.

use strait::graph::{Obj, Weak};

fn shared<T: Sync>() {}

fn main() {
    shared::<Obj<u8>>();
    shared::<Weak<u8>>();
}
