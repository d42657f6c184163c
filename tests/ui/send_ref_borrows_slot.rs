//! While a message is being sent from a slot, the slot belongs to the send.

use strait::channel;

fn main() {
    let (sender, _receiver) = channel::bounded::<u8>(1);
    let mut slot = Some(1);
    let send = sender.send_ref(&mut slot);
    slot.take();
    drop(send);
}
