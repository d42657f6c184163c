//! A link in a field that is not visited would cross threads: it does not compile.

use std::sync::Mutex;

use strait::graph::{Graph, Obj};

#[derive(Graph)]
struct Hidden {
    #[graph(leaf)]
    link: Option<Obj<u8>>,
}

#[derive(Graph)]
#[graph(no_freeze)]
struct Locked {
    #[graph(leaf)]
    link: Mutex<Obj<u8>>,
}

fn main() {}
