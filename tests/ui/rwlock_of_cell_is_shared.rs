//! Readers share the value, so a lock is shared only if its value may be.

use std::cell::Cell;
use std::thread;

use strait::sync::RwLock;

fn main() {
    let lock = RwLock::new(Cell::new(1));
    thread::scope(|s| {
        s.spawn(|| lock.read_blocking().set(2));
    });
}
