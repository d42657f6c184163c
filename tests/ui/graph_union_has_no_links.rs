//! Nobody knows which links a union holds.

use strait::graph::Graph;

#[derive(Graph)]
union Either {
    small: u8,
    large: u64,
}

fn main() {}
