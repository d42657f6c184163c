//! A trait object may be anything of its trait, so the trait must say that it can move.

use strait::graph::{Graph, Obj, Trace};

trait Shape: Trace {}

#[derive(Graph)]
struct Node {
    shape: Box<dyn Shape>,
    next: Option<Obj<Node>>,
}

fn main() {}
