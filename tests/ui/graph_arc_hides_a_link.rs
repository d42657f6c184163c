//! What an `Arc` shares is not the graph's own.

use std::sync::Arc;

use strait::graph::{Graph, Obj};

#[derive(Graph)]
struct Shared {
    link: Arc<Obj<u8>>,
}

fn main() {}
