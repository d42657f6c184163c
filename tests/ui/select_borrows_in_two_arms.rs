//! Two arms may not lend the same thing; a body may use it.

use strait::{channel, select};

async fn run() {
    let (tx, _rx) = channel::bounded::<u8>(1);
    let mut slot = Some(1);
    select! {
        _ = tx.send_ref(&mut slot) => drop(slot.take()),
        _ = tx.send_ref(&mut slot) => {}
    }
}

fn main() {
    drop(run());
}
