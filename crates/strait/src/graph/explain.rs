//! What is in the way of a move or a freeze, in words. Only failures come here, so this takes its
//! time: it walks the graph again, and remembers by which node each was met.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::ptr::NonNull;

use super::error::{DetachError, Offender, Reason};
use super::header::{Header, Side};
use super::trace::{Namer, Tracer, Wants};
use super::walk::{Weaks, follow, header, leads_outside, name, weaks_outside};
use super::weak::WeakSlot;

/// The local nodes that a root leads to, each with the one by which it was met first.
struct Paths {
    order: Vec<NonNull<Header>>,
    from: HashMap<NonNull<Header>, Option<NonNull<Header>>>,
}

fn links(node: NonNull<Header>, wants: Wants) -> Tracer {
    let mut tracer = Tracer::of(wants);
    follow(node, &mut tracer);
    tracer
}

impl Paths {
    fn new(root: NonNull<Header>) -> Self {
        let mut paths = Self { order: vec![root], from: HashMap::from([(root, None)]) };
        let mut next = 0;
        while let Some(&node) = paths.order.get(next) {
            next += 1;
            for target in links(node, Wants::Links).links {
                if header(target).is_local() && !paths.from.contains_key(&target) {
                    paths.from.insert(target, Some(node));
                    paths.order.push(target);
                }
            }
        }
        paths
    }

    fn offender(&self, node: NonNull<Header>, reason: Reason) -> Offender {
        let mut path = Vec::new();
        let mut at = node;
        while let Some(&Some(from)) = self.from.get(&at) {
            path.push((type_name(from), field(from, at)));
            at = from;
        }
        path.reverse();
        Offender { type_name: type_name(node), id: node.addr().get(), path, reason }
    }
}

pub(super) fn type_name(node: NonNull<Header>) -> &'static str {
    (header(node).table().type_name)()
}

/// The field of `node` that leads to `target`.
pub(super) fn field(node: NonNull<Header>, target: NonNull<Header>) -> &'static str {
    let mut found = "";
    let mut look = |name: &'static str, tracer: &Tracer| {
        if tracer.links.contains(&target) {
            found = name;
        }
    };
    name(node, &mut Namer::new(&mut look));
    found
}

/// One node that is in the way.
pub(super) fn offender(root: NonNull<Header>, node: NonNull<Header>, reason: Reason) -> Offender {
    Paths::new(root).offender(node, reason)
}

/// The node in which a weak handle stands.
pub(super) fn holder(
    nodes: impl Iterator<Item = NonNull<Header>>,
    slot: &WeakSlot,
) -> NonNull<Header> {
    let slot = NonNull::from(slot);
    let mut nodes = nodes.peekable();
    let any = nodes.peek().copied().unwrap_or(NonNull::dangling());
    nodes.find(|&node| links(node, Wants::Weaks).weaks.contains(&slot)).unwrap_or(any)
}

/// What keeps a graph from being isolated.
pub(super) fn detach(root: NonNull<Header>, minds_weaks: bool) -> Vec<Offender> {
    let paths = Paths::new(root);
    let (met, tracer) = super::walk::from_root(root, 1, Wants::Weaks);
    let weaks = Weaks::count(tracer.weaks);
    let mut offenders = Vec::new();
    for &node in &met.0 {
        offenders.extend(reasons(node, minds_weaks).map(|reason| (node, reason)));
        if offenders.len() >= DetachError::<()>::OFFENDERS {
            break;
        }
    }
    drop((met, weaks));
    offenders.into_iter().map(|(node, reason)| paths.offender(node, reason)).collect()
}

fn reasons(node: NonNull<Header>, minds_weaks: bool) -> impl Iterator<Item = Reason> {
    let header = header(node);
    let side = header.mark() - 1;
    let is_held = header.compare(side) == Side::Below && header.local_count() > side;
    let handles = is_held.then(|| Reason::Handles(u64::from(header.local_count() - side)));
    let looked = links(node, Wants::Weaks);
    let borrowed = if header.is_borrowed_mut() || looked.is_blocked {
        Some(Reason::BorrowedMut)
    } else {
        header.is_borrowed().then_some(Reason::Borrowed)
    };
    let outside = if minds_weaks { weaks_outside(node) } else { 0 };
    let weaks = (outside > 0).then_some(Reason::WeakHandles(outside));
    let leads = minds_weaks && Weaks::of(looked.weaks).slots().any(leads_outside);
    let leads = leads.then_some(Reason::WeakOutside);
    [handles, borrowed, weaks, leads].into_iter().flatten()
}
