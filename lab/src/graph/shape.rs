//! The two shapes, and ways through them.

use strait::graph::{Frozen, Graph, Obj};

/// How the nodes are linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each to the next and to the one before.
    Ring,
    /// A binary tree, each to its parent too.
    Tree,
}

/// A number and three links.
#[derive(Debug, Graph)]
pub(super) struct Node {
    value: u64,
    first: Option<Obj<Node>>,
    second: Option<Obj<Node>>,
    third: Option<Obj<Node>>,
}

impl Shape {
    /// A graph of this shape, by its first node. The handles of all others are dropped.
    pub(super) fn build(self, nodes: usize) -> Obj<Node> {
        let make = |value| Obj::new(Node { value, first: None, second: None, third: None });
        let all: Vec<Obj<Node>> = (0..nodes as u64).map(make).collect();
        match self {
            Shape::Ring => {
                for (index, node) in all.iter().enumerate() {
                    let next = &all[(index + 1) % nodes];
                    node.borrow_mut().first = Some(next.clone());
                    next.borrow_mut().second = Some(node.clone());
                }
            }
            Shape::Tree => {
                for (index, node) in all.iter().enumerate().skip(1) {
                    let parent = &all[(index - 1) / 2];
                    node.borrow_mut().third = Some(parent.clone());
                    let mut parent = parent.borrow_mut();
                    let link = if index % 2 == 1 { &mut parent.first } else { &mut parent.second };
                    *link = Some(node.clone());
                }
            }
        }
        all[0].clone()
    }

    /// The sum of all numbers, read under borrows: by handles in a ring, by recursion in a tree.
    pub(super) fn walk(self, root: &Obj<Node>, nodes: usize) -> u64 {
        match self {
            Shape::Ring => {
                let mut at = root.clone();
                let mut sum = 0;
                for _ in 0..nodes {
                    let next = {
                        let node = at.borrow();
                        sum += node.value;
                        node.first.clone()
                    };
                    at = next.expect("a ring has no end");
                }
                sum
            }
            Shape::Tree => below(root),
        }
    }

    /// The same of a frozen graph, by plain references.
    pub(super) fn walk_frozen(self, root: &Frozen<Node>, nodes: usize) -> u64 {
        match self {
            Shape::Ring => {
                let mut at: &Node = root;
                let mut sum = 0;
                for _ in 0..nodes {
                    sum += at.value;
                    at = at.first.as_ref().and_then(Obj::get).expect("a frozen ring has no end");
                }
                sum
            }
            Shape::Tree => frozen_below(root),
        }
    }
}

fn below(node: &Obj<Node>) -> u64 {
    let node = node.borrow();
    let rest = [&node.first, &node.second].into_iter().flatten();
    node.value + rest.map(below).sum::<u64>()
}

fn frozen_below(node: &Node) -> u64 {
    let rest = [&node.first, &node.second].into_iter().flatten();
    node.value + rest.filter_map(Obj::get).map(frozen_below).sum::<u64>()
}
