//! A leaf that may not cross threads.

use std::rc::Rc;

use strait::graph::Graph;

#[derive(Graph)]
#[graph(no_freeze)]
struct Counted {
    #[graph(leaf)]
    text: Rc<str>,
}

fn main() {}
