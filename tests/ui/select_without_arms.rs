//! A select needs something to wait for; with `default` alone it is no select.

use strait::{select, select_blocking};

async fn run() {
    select! {}
    select! {
        default => {}
    }
}

fn main() {
    drop(run());
    select_blocking! {
        default => (),
        default => (),
    }
}
