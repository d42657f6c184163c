//! A send that waits counts on the channel that its sender keeps open.

use strait::channel;

fn main() {
    let (sender, _receiver) = channel::bounded::<u8>(1);
    let send = sender.send(1);
    drop(sender);
    drop(send);
}
