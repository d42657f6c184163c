//! While a batch is being received, its buffer belongs to it.

use strait::channel;

fn main() {
    let (_sender, receiver) = channel::bounded::<u8>(1);
    let mut buffer = Vec::new();
    let batch = receiver.recv_many(&mut buffer, 8);
    buffer.push(1);
    drop(batch);
}
