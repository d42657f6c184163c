//! The model: what the library must do, by definition.

use std::collections::BTreeSet;

/// Links of a node.
pub const LINKS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Local,
    Frozen,
    Dead,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    pub links: [Option<usize>; LINKS],
    pub weak: Option<usize>,
    pub never_freezes: bool,
    /// The component of a frozen node: the least number in it when it was frozen.
    pub component: usize,
}

/// What a handle is, besides the node that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Obj,
    Frozen,
    Detached,
    Weak,
}

#[derive(Clone, Debug, Default)]
pub struct Arena {
    pub nodes: Vec<Node>,
}

/// Handles: the node and the kind of each.
pub type Holds = [(usize, Hold)];

/// Why a graph cannot be moved or frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Handles,
    Weaks,
    NeverFreezes,
}

impl Arena {
    pub fn add(&mut self) -> usize {
        let component = self.nodes.len();
        self.nodes.push(Node {
            kind: Kind::Local,
            links: [None; LINKS],
            weak: None,
            never_freezes: false,
            component,
        });
        component
    }

    pub fn is_alive(&self, node: usize) -> bool {
        self.nodes[node].kind != Kind::Dead
    }

    fn links(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.nodes[node].links.iter().flatten().copied()
    }

    fn alive(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(|&node| self.is_alive(node))
    }

    /// Handles of a local node, or handles from outside of a frozen one's component.
    pub fn count(&self, node: usize, holds: &Holds) -> u64 {
        let frozen = self.nodes[node].kind == Kind::Frozen;
        let component = self.nodes[node].component;
        let same = |other: usize| {
            let other = &self.nodes[other];
            other.kind == Kind::Frozen && other.component == component
        };
        let is_target = |target: usize| if frozen { same(target) } else { target == node };
        let held = holds.iter().filter(|(target, hold)| *hold != Hold::Weak && is_target(*target));
        let linked = self
            .alive()
            .filter(|&from| !(frozen && same(from)))
            .flat_map(|from| self.links(from))
            .filter(|&target| is_target(target));
        (held.count() + linked.count()) as u64
    }

    /// Frees what has no handle, until nothing changes. Garbage cycles stay.
    pub fn settle(&mut self, holds: &Holds) {
        loop {
            let gone: Vec<usize> =
                self.alive().filter(|&node| self.count(node, holds) == 0).collect();
            if gone.is_empty() {
                return;
            }
            for node in gone {
                self.kill(node);
            }
        }
    }

    fn kill(&mut self, node: usize) {
        self.nodes[node].kind = Kind::Dead;
        self.nodes[node].links = [None; LINKS];
        self.nodes[node].weak = None;
    }

    /// What some nodes lead to, themselves included.
    fn reach(&self, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut queue: Vec<usize> = from.into_iter().collect();
        while let Some(node) = queue.pop() {
            if seen.insert(node) {
                queue.extend(self.links(node));
            }
        }
        seen
    }

    /// Frees what no handle leads to.
    pub fn collect(&mut self, holds: &Holds) {
        let held = holds.iter().filter(|(_, hold)| *hold != Hold::Weak).map(|(node, _)| *node);
        let reached = self.reach(held);
        let garbage: Vec<usize> = self.alive().filter(|node| !reached.contains(node)).collect();
        for node in garbage {
            self.kill(node);
        }
    }

    fn is_local(&self, node: usize) -> bool {
        self.nodes[node].kind == Kind::Local
    }

    /// The local part of what a node leads to.
    pub fn graph(&self, root: usize) -> BTreeSet<usize> {
        if !self.is_local(root) {
            return BTreeSet::new();
        }
        let mut seen = BTreeSet::new();
        let mut queue = vec![root];
        while let Some(node) = queue.pop() {
            if self.is_local(node) && seen.insert(node) {
                queue.extend(self.links(node));
            }
        }
        seen
    }

    /// Does a weak handle in the graph lead to a local node outside?
    pub fn leads_outside(&self, graph: &BTreeSet<usize>) -> bool {
        graph
            .iter()
            .filter_map(|&node| self.nodes[node].weak)
            .any(|target| self.is_local(target) && !graph.contains(&target))
    }

    /// May the graph of `root` move, by a handle that is not in `holds`?
    pub fn detach(&self, root: usize, holds: &Holds, minds_weaks: bool) -> Result<(), Refusal> {
        let graph = self.graph(root);
        for &node in &graph {
            let inside = graph.iter().flat_map(|&from| self.links(from));
            let inside = inside.filter(|&target| target == node).count() as u64;
            if self.count(node, holds) != inside {
                return Err(Refusal::Handles);
            }
        }
        let weak_handle =
            |&(node, hold): &(usize, Hold)| hold == Hold::Weak && graph.contains(&node);
        let weak_field = |from: usize| {
            !graph.contains(&from) && self.nodes[from].weak.is_some_and(|to| graph.contains(&to))
        };
        let outside = holds.iter().any(weak_handle) || self.alive().any(weak_field);
        if minds_weaks && (outside || self.leads_outside(&graph)) {
            return Err(Refusal::Weaks);
        }
        Ok(())
    }

    /// Cuts the weak handles that cross the border of the graph, as fields; gives the graph.
    pub fn sever(&mut self, root: usize) -> BTreeSet<usize> {
        let graph = self.graph(root);
        for node in 0..self.nodes.len() {
            let Some(target) = self.nodes[node].weak else { continue };
            let crosses = graph.contains(&node) != graph.contains(&target);
            // Weak handles of frozen nodes may be anywhere.
            if crosses && self.is_local(target) {
                self.nodes[node].weak = None;
            }
        }
        graph
    }

    pub fn freeze(&mut self, root: usize) -> Result<(), Refusal> {
        let graph = self.graph(root);
        if graph.iter().any(|&node| self.nodes[node].never_freezes) {
            return Err(Refusal::NeverFreezes);
        }
        if self.leads_outside(&graph) {
            return Err(Refusal::Weaks);
        }
        let reach: Vec<(usize, BTreeSet<usize>)> =
            graph.iter().map(|&node| (node, self.reach([node]))).collect();
        for (node, seen) in &reach {
            let mutual = reach
                .iter()
                .filter(|(other, back)| seen.contains(other) && back.contains(node))
                .map(|(other, _)| *other);
            self.nodes[*node].component = mutual.min().unwrap_or(*node);
        }
        for node in graph {
            self.nodes[node].kind = Kind::Frozen;
        }
        Ok(())
    }
}
