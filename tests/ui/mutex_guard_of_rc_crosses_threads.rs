//! A guard gives access to the value, so it crosses threads only if the value may.

use std::rc::Rc;
use std::thread;

use strait::sync::Mutex;

fn main() {
    let mutex = Mutex::new(Rc::new(1));
    thread::scope(|s| {
        let guard = mutex.lock_blocking();
        s.spawn(move || drop(guard));
    });
}
