//! A generic node is as fit for a move as its payload.

use std::rc::Rc;

use strait::graph::{Graph, Obj};

#[derive(Graph)]
struct Node<T> {
    #[graph(leaf)]
    value: T,
    next: Option<Obj<Node<T>>>,
}

fn main() {
    let node = Obj::new(Node { value: Rc::new(7), next: None });
    let _ = node.detach();
}
