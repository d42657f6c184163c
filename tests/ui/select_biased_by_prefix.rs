//! The order is in the name of the macro, not in a prefix as in tokio.

use strait::{channel, select};

async fn run() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    select! {
        biased;
        _ = rx.recv() => {}
    }
}

fn main() {
    drop(run());
}
