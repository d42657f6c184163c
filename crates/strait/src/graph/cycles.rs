//! Frozen cycles that run through atomic references: found, and collected on request.
//!
//! # The promise
//!
//! [`collect_cycle`] frees frozen nodes only if, at one moment, every handle of theirs was a link
//! or a slot of nodes that are freed with them, while other threads go on loading, storing, cloning
//! and dropping. Then nobody can ever reach them again. If it cannot be sure it does nothing.
//!
//! # How
//!
//! A frozen component never changes but for its count and the slots in it. From a handle:
//!
//! 1. All that it leads to is walked. What a slot leads to is loaded, and that handle, a *pin*,
//!    keeps it in place.
//! 2. The locks of all weak cells that were met are taken: no upgrade from now on.
//! 3. Each component's count is read and each slot's contents, with a *watched* bit set in the same
//!    step.
//! 4. A component all of whose handles are links, slots and pins that were met has none from
//!    outside. So has what no component with a handle from outside leads to: that is the garbage.
//! 5. If since step 3 no watched count went up and no watched slot changed, the counts were those
//!    of one moment (see below): the garbage is out of reach. It is marked dead, its cells are
//!    emptied, the locks are given back, and it is destroyed.
//!
//! # Why the counts are those of one moment
//!
//! They are read one after the other. Say a handle from outside exists at the end, on a component
//! of what we take for garbage. It was there when the count was read: then the count was not
//! explained, a contradiction. Or it was got later, by counting up (or loading from a slot) after
//! the bit was set; whoever did so then bumped [`moved`](super::watch::moved), by way of another
//! handle that it held on this graph. Go back from handle to handle to the first that was got
//! before its count was read. It was dropped before that read, or the count would not have been
//! explained. So the bump came before the drop; the drop is a Release of the count, the read an
//! Acquire of it, and the bump is seen in step 5.
//!
//! One collector at a time: a lock of the process. Cost: O(nodes + links) of all that the handle
//! leads to, with hash maps; it is not meant for tight loops.
//!
//! # Sources
//!
//! Kotlin/Native had such a collector, which compared counts and began anew when any atomic
//! reference had been written to; it was never switched on. The watched bits are ours.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::ptr::NonNull;

use super::drain;
use super::explain::{field, type_name};
use super::frozen::Frozen;
use super::header::Header;
use super::slot::Slot;
use super::trace::{Freeze, Tracer, Wants};
use super::walk::header;
use super::watch::{alone, moves};
use super::weak::WeakCell;
use crate::kernel::prim::{Guard, Mutex};

// A fault that the models in `loom.rs` must notice.
const MUTANT_CALM: bool = cfg!(strait_mutant = "graph_cycle_ignores_moves");

/// How often a collection begins anew when other threads were at work.
const ATTEMPTS: usize = 4;

/// A handle of a frozen node of any type.
pub(super) struct Pin(pub(super) NonNull<Header>);

// SAFETY: it is a handle of a frozen node whose type is `Freeze`.
unsafe impl Send for Pin {}
// SAFETY: as above.
unsafe impl Sync for Pin {}

impl Drop for Pin {
    fn drop(&mut self) {
        drain::release(self.0);
    }
}

/// A way from a frozen node back to itself that runs through an atomic reference or a frozen
/// [`FreezableLink`](super::FreezableLink).
#[derive(Clone, PartialEq, Eq)]
pub struct Cycle {
    /// The nodes on the way, by type, field by which each is left, and number. The way ends where it
    /// begins.
    pub steps: Vec<(&'static str, &'static str, usize)>,
}

impl fmt::Debug for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, field, _) in &self.steps {
            write!(f, "{}.{field} -> ", super::error::short(name))?;
        }
        f.write_str(
            self.steps.first().map_or("", |(name, ..)| name.rsplit(':').next().unwrap_or(name)),
        )
    }
}

/// What a frozen node leads to.
struct Looked {
    links: Vec<NonNull<Header>>,
    slots: Vec<NonNull<Slot>>,
}

fn look(node: NonNull<Header>) -> Looked {
    let mut tracer = Tracer::of(Wants::WeaksAndSlots);
    // SAFETY: it is pinned, and nobody writes to a frozen node.
    unsafe { (header(node).table().trace)(node, &mut tracer) };
    Looked { links: tracer.links, slots: tracer.slots }
}

/// What a slot of a frozen node leads to. The caller has a handle of that node.
pub(super) fn load(slot: NonNull<Slot>) -> Option<Pin> {
    // SAFETY: it stands in a node that is pinned.
    let slot = unsafe { slot.as_ref() };
    if slot.is_shared() { slot.load().map(Pin) } else { None }
}

/// The shortest way from a frozen node back to itself through an atomic reference.
///
/// Such a cycle is not dropped with its last handle. What other threads change meanwhile may be
/// seen or not. O(nodes + links) of all that the node leads to.
pub fn find_cycle<T: Freeze>(from: &Frozen<T>) -> Option<Cycle> {
    find(from.node())
}

/// A node, and whether a slot was passed on the way to it.
type Place = (NonNull<Header>, bool);

fn find(start: NonNull<Header>) -> Option<Cycle> {
    let mut pins = Vec::new();
    let mut from: HashMap<Place, Option<Place>> = HashMap::from([((start, false), None)]);
    let mut queue = VecDeque::from([(start, false)]);
    while let Some(place) = queue.pop_front() {
        let (node, passed) = place;
        let Looked { links, slots } = look(node);
        let plain = links.into_iter().map(|target| (target, passed));
        let loaded: Vec<Pin> = slots.into_iter().filter_map(load).collect();
        let next: Vec<Place> = plain.chain(loaded.iter().map(|pin| (pin.0, true))).collect();
        pins.extend(loaded);
        for target in next {
            if target == (start, true) {
                return Some(path(&from, place));
            }
            if let Entry::Vacant(entry) = from.entry(target) {
                entry.insert(Some(place));
                queue.push_back(target);
            }
        }
    }
    None
}

fn path(from: &HashMap<Place, Option<Place>>, last: Place) -> Cycle {
    let mut nodes = vec![last.0];
    let mut at = last;
    while let Some(&Some(before)) = from.get(&at) {
        nodes.push(before.0);
        at = before;
    }
    nodes.reverse();
    let targets = nodes.iter().skip(1).chain(nodes.first());
    let steps = nodes.iter().zip(targets);
    let steps =
        steps.map(|(&node, &target)| (type_name(node), field(node, target), node.addr().get()));
    Cycle { steps: steps.collect() }
}

/// Drops a handle, and the nodes that only a cycle through atomic references keeps alive from then
/// on. Gives the number of nodes that were freed.
///
/// Nothing else of the process is stopped. The way it works is described in `graph/cycles.rs`.
/// O(nodes + links) of all that the handle leads to.
///
/// # Errors
/// If the node is held from elsewhere, or other threads were at work on the graph all the time: the
/// handle comes back.
///
/// # Examples
/// ```
/// use strait::graph::{FreezableLink, Graph, Obj, collect_cycle, find_cycle};
///
/// #[derive(Graph)]
/// struct Node {
///     peer: FreezableLink<Node>,
/// }
///
/// let node = Obj::new(Node { peer: FreezableLink::empty() });
/// node.borrow().peer.set(node.clone()).unwrap();
/// let node = node.freeze().unwrap();
/// assert_eq!(find_cycle(&node).unwrap().to_string(), "Node.peer -> Node");
/// assert_eq!(collect_cycle(node).ok(), Some(1));
/// ```
pub fn collect_cycle<T: Freeze>(handle: Frozen<T>) -> Result<usize, Frozen<T>> {
    let node = handle.into_node();
    match collect(Pin(node)) {
        Ok(freed) => Ok(freed),
        Err(pin) => {
            std::mem::forget(pin);
            // SAFETY: the handle comes back.
            Err(unsafe { Frozen::from_node(node) })
        }
    }
}

fn collect(mut handle: Pin) -> Result<usize, Pin> {
    let _alone = alone();
    for _ in 0..ATTEMPTS {
        match attempt(handle) {
            Outcome::Freed(nodes) => return Ok(nodes),
            Outcome::Held(back) => return Err(back),
            Outcome::Disturbed(back) => handle = back,
        }
    }
    Err(handle)
}

enum Outcome {
    Freed(usize),
    Held(Pin),
    Disturbed(Pin),
}

/// A component of the walk.
#[derive(Default)]
struct Part {
    nodes: Vec<NonNull<Header>>,
    /// Links, slots' shares and pins that were met.
    explained: u64,
    count: u64,
    /// The components that it leads to.
    targets: Vec<NonNull<Header>>,
}

/// All that a handle leads to.
struct Walk {
    /// By root, in the order in which they were met.
    parts: Vec<(NonNull<Header>, Part)>,
    index: HashMap<NonNull<Header>, usize>,
    slots: Vec<(NonNull<Slot>, Option<NonNull<Header>>)>,
    pins: Vec<Pin>,
}

impl Walk {
    fn new(handle: Pin) -> Self {
        let start = handle.0;
        let mut walk =
            Self { parts: vec![], index: HashMap::new(), slots: vec![], pins: vec![handle] };
        let mut seen = HashSet::from([start]);
        let mut queue = vec![start];
        while let Some(node) = queue.pop() {
            let root = Header::root_of(node);
            let Looked { links, slots } = look(node);
            walk.part(root).nodes.push(node);
            for target in links {
                queue.extend(seen.insert(target).then_some(target));
                let target = Header::root_of(target);
                // Within a component links are not counted.
                if target != root {
                    walk.part(root).targets.push(target);
                    walk.part(target).explained += 1;
                }
            }
            for slot in slots {
                let pin = load(slot);
                let target = pin.as_ref().map(|pin| pin.0);
                walk.slots.push((slot, target));
                if let Some(target) = target {
                    queue.extend(seen.insert(target).then_some(target));
                    let target = Header::root_of(target);
                    walk.part(root).targets.push(target);
                    walk.part(target);
                }
                walk.pins.extend(pin);
            }
        }
        walk
    }

    /// The component of a root.
    fn part(&mut self, root: NonNull<Header>) -> &mut Part {
        let index = *self.index.entry(root).or_insert_with(|| {
            self.parts.push((root, Part::default()));
            self.parts.len() - 1
        });
        &mut self.parts[index].1
    }

    /// The locks of the weak cells. They are to be given back before the pins.
    fn hold_cells(&self) -> Vec<(NonNull<Header>, Guard<'static, ()>)> {
        let nodes = self.parts.iter().flat_map(|(_, part)| &part.nodes);
        let cells = nodes.filter_map(|&node| Some((node, header(node).cell()?)));
        // SAFETY: nodes count on their cells, and are pinned for longer than the guards are kept.
        let cells = cells.map(|(node, cell)| (node, unsafe { &*cell.as_ptr() }));
        cells.map(|(node, cell): (_, &'static WeakCell)| (node, cell.hold())).collect()
    }

    /// Step 3. False if a slot has changed since the walk.
    fn watch(&mut self) -> bool {
        for (root, part) in &mut self.parts {
            part.count = header(*root).watch();
        }
        let mut same = true;
        for (slot, target) in &self.slots {
            // SAFETY: it stands in a node that is pinned.
            let (now, share) = unsafe { slot.as_ref() }.watch();
            same &= now == *target;
            let root = target.filter(|_| now == *target).map(Header::root_of);
            if let Some(index) = root.and_then(|root| self.index.get(&root)) {
                self.parts[*index].1.explained += share;
            }
        }
        for pin in &self.pins {
            if let Some(index) = self.index.get(&Header::root_of(pin.0)) {
                self.parts[*index].1.explained += 1;
            }
        }
        same
    }

    fn unwatch(&self) {
        for (root, _) in &self.parts {
            header(*root).unwatch();
        }
        for (slot, _) in &self.slots {
            // SAFETY: as in `watch`.
            unsafe { slot.as_ref() }.unwatch();
        }
    }

    /// Step 4: the roots of what is held from outside, directly or not.
    fn held(&self) -> HashSet<NonNull<Header>> {
        let direct = self.parts.iter().filter(|(_, part)| part.count != part.explained);
        let mut held: HashSet<_> = direct.map(|(root, _)| *root).collect();
        let mut queue: Vec<_> = held.iter().copied().collect();
        while let Some(root) = queue.pop() {
            for &target in &self.parts[self.index[&root]].1.targets {
                queue.extend(held.insert(target).then_some(target));
            }
        }
        held
    }
}

fn attempt(handle: Pin) -> Outcome {
    let start = handle.0;
    let mut walk = Walk::new(handle);
    let cells = walk.hold_cells();
    let before = moves();
    let same = walk.watch();
    let held = walk.held();
    let is_calm = same && (moves() == before || MUTANT_CALM);
    if !is_calm || held.contains(&Header::root_of(start)) {
        walk.unwatch();
        drop(cells);
        let handle = walk.pins.swap_remove(0);
        return if is_calm { Outcome::Held(handle) } else { Outcome::Disturbed(handle) };
    }
    walk.unwatch();
    let roots = walk.parts.iter().map(|(root, _)| *root);
    let garbage: Vec<_> = roots.filter(|root| !held.contains(root)).collect();
    for (node, _) in &cells {
        if !held.contains(&Header::root_of(*node))
            && let Some(cell) = header(*node).cell()
        {
            // SAFETY: the node counts on its cell; its lock is held.
            unsafe { cell.as_ref() }.empty();
        }
    }
    for root in &garbage {
        header(*root).die();
    }
    drop(cells);
    let size = |root: &NonNull<Header>| walk.parts[walk.index[root]].1.nodes.len();
    let freed = garbage.iter().map(size).sum();
    // The pins of what is dead are void; the others are handles.
    let (void, pins): (Vec<_>, Vec<_>) =
        walk.pins.drain(..).partition(|pin| !held.contains(&Header::root_of(pin.0)));
    void.into_iter().for_each(std::mem::forget);
    drain::destroy_components(&garbage);
    drop(pins);
    Outcome::Freed(freed)
}

/// A list of frozen nodes that is gone through, at one's leisure, for cycles that nobody holds.
///
/// It holds them weakly. Nothing is registered by itself, so graphs that have no need of it pay
/// nothing.
///
/// # Examples
/// ```
/// use strait::graph::{Cycles, FreezableLink, Graph, Obj};
///
/// #[derive(Graph)]
/// struct Node {
///     peer: FreezableLink<Node>,
/// }
///
/// static CYCLES: Cycles = Cycles::new();
///
/// let node = Obj::new(Node { peer: FreezableLink::empty() });
/// node.borrow().peer.set(node.clone()).unwrap();
/// let node = node.freeze().unwrap();
/// CYCLES.watch(&node);
/// assert_eq!(CYCLES.collect(), 0);
/// drop(node);
/// assert_eq!(CYCLES.find().len(), 1);
/// assert_eq!(CYCLES.collect(), 1);
/// ```
pub struct Cycles {
    nodes: Mutex<Vec<Watched>>,
}

type Watched = Box<dyn Fn() -> Option<Pin> + Send>;

impl Cycles {
    /// An empty list.
    #[cfg(not(strait_loom))]
    pub const fn new() -> Self {
        Self { nodes: Mutex::new(Vec::new()) }
    }

    /// An empty list.
    #[cfg(strait_loom)]
    pub fn new() -> Self {
        Self { nodes: Mutex::new(Vec::new()) }
    }

    /// Adds a node, from which cycles are sought.
    pub fn watch<T: Freeze>(&self, node: &Frozen<T>) {
        let weak = node.downgrade();
        let pin = move || weak.upgrade().map(|node| Pin(node.into_node()));
        self.nodes.lock().push(Box::new(pin));
    }

    /// The nodes of the list that are alive.
    fn pins(&self) -> Vec<Pin> {
        let mut pins = Vec::new();
        self.nodes.lock().retain(|node| {
            let pin = node();
            let is_alive = pin.is_some();
            pins.extend(pin);
            is_alive
        });
        pins
    }

    /// For each node of the list that is on a cycle through an atomic reference, the shortest one,
    /// whether somebody holds it or not.
    pub fn find(&self) -> Vec<Cycle> {
        self.pins().iter().filter_map(|pin| find(pin.0)).collect()
    }

    /// Frees what only such cycles keep alive, and gives the number of nodes.
    pub fn collect(&self) -> usize {
        let mut freed = 0;
        // One at a time: the handle of the next would hold a cycle that both are on.
        for index in 0.. {
            let pin = {
                let nodes = self.nodes.lock();
                let Some(node) = nodes.get(index) else { break };
                node()
            };
            freed += pin.and_then(|pin| collect(pin).ok()).unwrap_or(0);
        }
        self.nodes.lock().retain(|node| node().is_some());
        freed
    }
}

impl Default for Cycles {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cycles").finish_non_exhaustive()
    }
}
