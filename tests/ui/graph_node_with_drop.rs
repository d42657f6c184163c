//! The drop of a node could reach nodes that are dead.

use strait::graph::{Graph, Obj};

#[derive(Graph)]
struct Node {
    next: Option<Obj<Node>>,
}

impl Drop for Node {
    fn drop(&mut self) {}
}

fn main() {}
