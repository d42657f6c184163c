//! A receive cannot leave the scope of its receiver.

use strait::channel::{self, futures::Recv};

fn next() -> Recv<'static, u8> {
    let (_sender, receiver) = channel::bounded::<u8>(1);
    receiver.recv()
}

fn main() {
    drop(next());
}
