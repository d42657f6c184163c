//! A guard begins with `if`.

use strait::{channel, select};

async fn run() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    let open = true;
    select! {
        _ = rx.recv(), open => {}
    }
}

fn main() {
    drop(run());
}
