//! `select!` waits as a task does; a thread has `select_blocking!`.

use strait::{channel, select};

fn main() {
    let (_tx, rx) = channel::bounded::<u8>(1);
    select! {
        _ = rx.recv() => {}
    }
}
