//! Who reads does not write.

use strait::sync::RwLock;

fn main() {
    let lock = RwLock::new(1);
    *lock.read_blocking() += 1;
}
