//! The bodies have one type, as those of a match.

use strait::{channel, select};

async fn run() {
    let (tx, rx) = channel::bounded::<u8>(1);
    let _ = select! {
        got = rx.recv() => got.is_ok(),
        _ = tx.send(1) => "sent",
        default => 0,
    };
}

fn main() {
    drop(run());
}
