//! A receiver hands out messages where it is, so it crosses threads only if they may.

use std::rc::Rc;
use std::thread;

use strait::channel;

fn main() {
    let (_sender, receiver) = channel::unbounded::<Rc<u8>>();
    thread::spawn(move || drop(receiver.try_recv()));
}
