//! An arm is an operation or a future: not a receiver, not a number, not something that blocks.

use strait::{channel, select};

async fn run() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    select! {
        _ = rx => {}
        _ = std::future::ready(()) => {}
    }
    select! {
        _ = 5 => {}
    }
    select! {
        _ = rx.recv_blocking() => {}
    }
}

fn main() {
    drop(run());
}
