//! There is one way not to wait.

use strait::{channel, select};

async fn run() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    select! {
        default => {}
        _ = rx.recv() => {}
        default => {}
    }
}

fn main() {
    drop(run());
}
