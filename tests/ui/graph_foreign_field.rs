//! A type that is not known to the graph must be marked.

use strait::graph::Graph;

struct Foreign;

#[derive(Graph)]
struct Node {
    foreign: Foreign,
}

fn main() {}
