//! A handle stays on its thread.

use strait::graph::Obj;

fn main() {
    let obj = Obj::new(7);
    std::thread::spawn(move || drop(obj));
}
