//! Bytes that are pinned for writing are those of a node of one thread.

use strait::graph::{Obj, PinnedMut};

fn main() {
    let pinned = PinnedMut::new(Obj::new(vec![0_u8])).unwrap();
    std::thread::spawn(move || drop(pinned));
}
