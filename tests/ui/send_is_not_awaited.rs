//! A future that nobody awaits does nothing, and the compiler says so.

#![deny(unused_must_use)]

use strait::channel;

fn main() {
    let (sender, receiver) = channel::bounded::<u8>(1);
    sender.send(1);
    receiver.recv();
}
