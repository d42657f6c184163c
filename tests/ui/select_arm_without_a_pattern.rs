//! An arm has a pattern, an operation, an arrow and a body.

use strait::{channel, select};

async fn run() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    select! {
        rx.recv() => {}
    }
    select! {
        got = rx.recv() => drop(got),
        got = rx.recv(),
    }
}

fn main() {
    drop(run());
}
