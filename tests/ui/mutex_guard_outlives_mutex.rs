//! A guard cannot leave the scope of its mutex.

use strait::sync::{Mutex, MutexGuard};

fn lock() -> MutexGuard<'static, u8> {
    let mutex = Mutex::new(1);
    mutex.lock_blocking()
}

fn main() {
    drop(lock());
}
