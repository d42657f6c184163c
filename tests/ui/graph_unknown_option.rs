//! Misspelled options are refused.

use strait::graph::Graph;

#[derive(Graph)]
#[graph(no_thaw)]
struct A {}

#[derive(Graph)]
struct B {
    #[graph(leave)]
    field: u8,
}

#[derive(Graph)]
enum C {
    #[graph(leaf)]
    Only,
}

fn main() {}
