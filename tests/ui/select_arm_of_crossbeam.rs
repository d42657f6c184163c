//! The grammar of crossbeam is another one.

use strait::{channel, select_blocking};

fn main() {
    let (tx, rx) = channel::bounded::<u8>(1);
    select_blocking! {
        recv(rx) -> message => drop(message),
        send(tx, 1) -> sent => drop(sent),
    }
    select_blocking! {
        _ = tx.send(1) => {}
        recv(rx) -> message => drop(message),
    }
}
