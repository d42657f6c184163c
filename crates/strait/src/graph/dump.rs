//! A drawing of what a thread has, in the language of Graphviz.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write};
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::cycles::{Pin, load};
use super::error::short;
use super::explain::type_name;
use super::frozen::Frozen;
use super::header::Header;
use super::obj::Obj;
use super::trace::{Freeze, Namer, Trace, Tracer, Wants};
use super::walk::{self, Weaks, header};
use super::{heap, weak};

/// Draws graphs: its `Display` is text for Graphviz, made from what is there at that moment.
///
/// A heap has no list of its nodes, so a drawing begins with roots: handles, and if asked for, the
/// candidates of this thread, which is where cycles begin that nobody holds any more. A mutable
/// node is a box with its type, its number of handles and its borrows; a frozen node has round
/// corners, and the strongly connected components of frozen nodes are clusters with their one
/// count. Links are lines with the name of their field, atomic references are dashed, and weak
/// handles of mutable nodes are dotted. The nodes are numbered in the order in which they are met,
/// so equal graphs give equal text.
///
/// For debugging: O(nodes + links), with hash maps.
///
/// # Examples
/// ```
/// use strait::graph::{Dump, Graph, Obj};
///
/// #[derive(Graph)]
/// struct Page {
///     next: Option<Obj<Page>>,
/// }
///
/// let a = Obj::new(Page { next: None });
/// a.borrow_mut().next = Some(a.clone());
/// let text = Dump::new().obj("start", &a).to_string();
/// assert!(text.contains(r#"n0 -> n0 [label="next"]"#));
/// ```
#[derive(Clone, Default)]
pub struct Dump<'a> {
    roots: Vec<(String, NonNull<Header>)>,
    with_candidates: bool,
    _handles: PhantomData<&'a ()>,
}

impl fmt::Debug for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'a> Dump<'a> {
    /// A drawing of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this node and what it leads to.
    pub fn obj<T: Trace>(mut self, name: impl Into<String>, root: &'a Obj<T>) -> Self {
        self.roots.push((name.into(), root.node()));
        self
    }

    /// With this node and what it leads to.
    pub fn frozen<T: Freeze>(mut self, name: impl Into<String>, root: &'a Frozen<T>) -> Self {
        self.roots.push((name.into(), root.node()));
        self
    }

    /// With the candidates of this thread for the next collection, and what they lead to.
    pub fn candidates(mut self) -> Self {
        self.with_candidates = true;
        self
    }
}

#[derive(Clone, Copy)]
enum Style {
    Link,
    Atomic,
    Weak,
}

/// What is to be drawn.
#[derive(Default)]
struct Drawing {
    numbers: HashMap<NonNull<Header>, usize>,
    nodes: Vec<NonNull<Header>>,
    edges: Vec<(usize, usize, &'static str, Style)>,
    /// What was loaded from atomic references stays until all is drawn.
    pins: Vec<Pin>,
}

impl Drawing {
    fn number(&mut self, node: NonNull<Header>) -> usize {
        let next = self.nodes.len();
        let number = *self.numbers.entry(node).or_insert(next);
        if number == next {
            self.nodes.push(node);
        }
        number
    }

    /// Follows the links of each node that was met.
    fn spread(&mut self) {
        let mut next = 0;
        while let Some(&node) = self.nodes.get(next) {
            for (field, target, style) in self.look(node) {
                let target = self.number(target);
                self.edges.push((next, target, field, style));
            }
            next += 1;
        }
    }

    fn look(&mut self, node: NonNull<Header>) -> Vec<(&'static str, NonNull<Header>, Style)> {
        let mut found = Vec::new();
        let mut look = |field: &'static str, tracer: &Tracer| {
            found.extend(tracer.links.iter().map(|&target| (field, target, Style::Link)));
            for slot in tracer.slots() {
                found.extend(slot.local().map(|target| (field, target, Style::Link)));
                let pin = load(NonNull::from(slot));
                found.extend(pin.iter().map(|pin| (field, pin.0, Style::Atomic)));
                self.pins.extend(pin);
            }
            let weaks = Weaks::of(tracer.weaks.clone());
            let targets = weaks.slots().filter_map(weak::target);
            found.extend(targets.map(|target| (field, target, Style::Weak)));
        };
        walk::name(node, &mut Namer::of(Wants::WeaksAndSlots, &mut look));
        found
    }

    /// Frozen nodes by component, in the order in which these were met.
    fn components(&self) -> Vec<(NonNull<Header>, Vec<usize>)> {
        let mut order: BTreeMap<usize, (NonNull<Header>, Vec<usize>)> = BTreeMap::new();
        let mut first = HashMap::new();
        for (number, &node) in self.nodes.iter().enumerate() {
            if !header(node).is_local() {
                let root = Header::root_of(node);
                let first = *first.entry(root).or_insert(number);
                order.entry(first).or_insert_with(|| (root, Vec::new())).1.push(number);
            }
        }
        order.into_values().collect()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, &node) in self.nodes.iter().enumerate() {
            if header(node).is_local() {
                self.write_local(f, number)?;
            }
        }
        for (index, (root, members)) in self.components().into_iter().enumerate() {
            let count = header(root).count();
            writeln!(f, "    subgraph cluster_{index} {{")?;
            writeln!(f, "        label=\"frozen, {}\"", counted(count))?;
            for number in members {
                let name = escaped(&short(type_name(self.nodes[number])));
                writeln!(f, "        n{number} [label=\"{name}\", style=rounded]")?;
            }
            f.write_str("    }\n")?;
        }
        for (from, to, field, style) in &self.edges {
            let style = match style {
                Style::Link => "",
                Style::Atomic => ", style=dashed",
                Style::Weak => ", style=dotted, constraint=false",
            };
            writeln!(f, "    n{from} -> n{to} [label=\"{}\"{style}]", escaped(field))?;
        }
        Ok(())
    }

    fn write_local(&self, f: &mut fmt::Formatter<'_>, number: usize) -> fmt::Result {
        let node = self.nodes[number];
        let header = header(node);
        let name = escaped(&short(type_name(node)));
        let count = counted(u64::from(header.local_count()));
        write!(f, "    n{number} [label=\"{name}\\n{count}")?;
        if header.is_borrowed_mut() {
            f.write_str(", being written to")?;
        } else if header.is_borrowed() {
            f.write_str(", being read")?;
        }
        if header.never_freezes() {
            f.write_str(", never freezes")?;
        }
        f.write_str("\"]\n")
    }
}

fn counted(handles: u64) -> String {
    format!("{handles} handle{}", if handles == 1 { "" } else { "s" })
}

/// Text within quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            _ => out.push(letter),
        }
    }
    out
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut drawing = Drawing::default();
        let named: Vec<(&str, usize)> =
            self.roots.iter().map(|(name, node)| (name.as_str(), drawing.number(*node))).collect();
        let candidates = if self.with_candidates { heap::candidates() } else { Vec::new() };
        let candidates: Vec<usize> =
            candidates.into_iter().map(|node| drawing.number(node)).collect();
        drawing.spread();
        f.write_str("digraph heap {\n    node [shape=box]\n")?;
        for (index, (name, number)) in named.iter().enumerate() {
            writeln!(f, "    r{index} [label=\"{}\", shape=plaintext]", escaped(name))?;
            writeln!(f, "    r{index} -> n{number}")?;
        }
        for number in &candidates {
            writeln!(f, "    n{number} [color=gray]")?;
        }
        drawing.write(f)?;
        f.write_char('}')
    }
}
