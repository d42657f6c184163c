//! `else` is tokio's; `default` takes no time as it does in crossbeam.

use strait::{channel, select};

async fn run() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    select! {
        _ = rx.recv() => {}
        else => {}
    }
    select! {
        _ = rx.recv() => {}
        default(std::time::Duration::from_secs(1)) => {}
    }
}

fn main() {
    drop(run());
}
