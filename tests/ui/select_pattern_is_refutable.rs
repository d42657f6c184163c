//! An arm that is chosen has taken effect: its pattern must fit whatever comes.

use strait::{channel, select};

async fn run() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    select! {
        Ok(message) = rx.recv() => drop(message),
    }
}

fn main() {
    drop(run());
}
