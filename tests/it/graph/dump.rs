//! Drawings of heaps.

use strait::graph::{AtomicRef, Dump, FreezableLink, Graph, Obj, Weak};

use super::support::{Book, ring};
use crate::support::alloc::balanced;

#[derive(Debug, Graph)]
struct Page {
    next: Option<Obj<Page>>,
    up: Weak<Page>,
    link: FreezableLink<Page>,
    seen: AtomicRef<Page>,
}

fn page() -> Obj<Page> {
    let (link, seen) = (FreezableLink::empty(), AtomicRef::empty());
    Obj::new(Page { next: None, up: Weak::new(), link, seen })
}

/// Mutable nodes, their borrows, links, weak handles; frozen components as clusters, and what atomic
/// references lead to.
#[test]
fn a_heap_is_drawn() {
    balanced(|| {
        let shared = page();
        let other = page();
        other.borrow_mut().next = Some(shared.clone());
        shared.borrow_mut().next = Some(other);
        let shared = shared.freeze().unwrap();
        let leaf = page().freeze().unwrap();
        shared.seen.store(leaf);
        let root = page();
        let child = page();
        child.borrow_mut().up = root.downgrade();
        child.borrow_mut().next = Some(shared.as_obj());
        child.forbid_freeze().unwrap();
        root.borrow_mut().next = Some(child.clone());
        root.borrow().link.set(child.clone()).unwrap();
        let _read = root.borrow();
        let text = Dump::new().obj("a \"root\"", &root).frozen("shared", &shared).to_string();
        let expected = r#"digraph heap {
    node [shape=box]
    r0 [label="a \"root\"", shape=plaintext]
    r0 -> n0
    r1 [label="shared", shape=plaintext]
    r1 -> n1
    n0 [label="Page\n1 handle, being read"]
    n2 [label="Page\n3 handles, never freezes"]
    subgraph cluster_0 {
        label="frozen, 2 handles"
        n1 [label="Page", style=rounded]
        n3 [label="Page", style=rounded]
    }
    subgraph cluster_1 {
        label="frozen, 65536 handles"
        n4 [label="Page", style=rounded]
    }
    n0 -> n2 [label="next"]
    n0 -> n2 [label="link"]
    n1 -> n3 [label="next"]
    n1 -> n4 [label="seen", style=dashed]
    n2 -> n1 [label="next"]
    n2 -> n0 [label="up", style=dotted, constraint=false]
    n3 -> n1 [label="next"]
}"#;
        assert_eq!(text, expected);
    });
}

/// A cycle that nobody holds is drawn from the candidates, until it is collected. A node that is being
/// written to is drawn without its links.
#[test]
fn garbage_is_drawn_from_the_candidates() {
    balanced(|| {
        let book = Book::default();
        drop(ring(&book, 3));
        let drawn = || Dump::new().candidates().to_string();
        assert_eq!(drawn().matches(" -> ").count(), 3, "{}", drawn());
        strait::graph::collect();
        assert_eq!(drawn(), "digraph heap {\n    node [shape=box]\n}");
        let written = page();
        let mut value = written.borrow_mut();
        value.next = Some(page());
        let text = Dump::new().obj("w", &written).to_string();
        assert!(text.contains("being written to") && !text.contains("next"), "{text}");
    });
}
