//! One shot.

use strait::channel;

fn main() {
    let (sender, _receiver) = channel::oneshot::<u8>();
    let _ = sender.send(1);
    let _ = sender.send(2);
}
