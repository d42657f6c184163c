//! Graphs that are isolated by their type: a region moves, and is shared, without a check.
//!
//! # The promise
//!
//! A [`Region`] owns its nodes, and nothing outside can lead into it: a place in it, [`At`], has a
//! lifetime `'r` that exists only while a closure runs in the region. So a region is a value like
//! any other: it is sent in O(1) if its nodes are `Send`, and read by many threads at once if they
//! are `Sync`. Reading and writing a node needs no flag either: `&Scope` reads all, `&mut Scope`
//! writes.
//!
//! # Why it is sound
//!
//! - The closures are generic over `'r`, so no caller can name it: a place cannot leave the closure,
//!   be put in a node of another region, or be used with another region's scope.
//! - Outside of closures the nodes are kept as `Node<'static>`. A lifetime does not change what a
//!   value is made of, and an associated type is one for all lifetimes, so the scope is the same in
//!   memory; it is only called by another name while a closure runs.
//! - A place is a number. A node that is gone leaves its number vacant, and using that panics; but
//!   nodes go only in [`Region::collect`], where no place exists but those in nodes.
//!
//! What it costs: one type of node for a region (an `enum` where there are several), and closures.
//!
//! # Sources
//!
//! The brand is that of GhostCell (Yanovski and others, 2021) and of gc-arena; regions as units of
//! transfer are Verona's.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The nodes of a region, for each lifetime in which the region is entered.
///
/// # Examples
/// See [`Region`].
pub trait Family: 'static {
    /// The node: an ordinary type, whose links are [`At<'r>`](At).
    type Node<'r>;

    /// Visits the links of a node. [`Region::collect`] frees what it does not lead to.
    fn links<'r>(node: &Self::Node<'r>, visit: &mut dyn FnMut(At<'r>));
}

/// The place of a node in a region that is being visited. A `Copy` number of four bytes.
pub struct At<'r> {
    index: u32,
    /// Invariant: one lifetime is never taken for another.
    _brand: PhantomData<fn(&'r ()) -> &'r ()>,
}

/// The nodes of a region that is being visited.
pub struct Scope<'r, F: Family> {
    nodes: Vec<Option<F::Node<'r>>>,
    vacant: Vec<u32>,
    _brand: PhantomData<fn(&'r ()) -> &'r ()>,
}

/// A graph that nothing outside leads into, by construction: it can be sent to another thread, and
/// shared, like any value. Nothing is checked at run time.
///
/// # Examples
/// ```
/// use strait::graph::{At, Family, Region};
///
/// struct Person<'r> {
///     name: String,
///     friend: Option<At<'r>>,
/// }
///
/// struct People;
///
/// impl Family for People {
///     type Node<'r> = Person<'r>;
///
///     fn links<'r>(node: &Person<'r>, visit: &mut dyn FnMut(At<'r>)) {
///         node.friend.into_iter().for_each(visit);
///     }
/// }
///
/// let mut people = Region::<People>::new(|scope| {
///     let ann = scope.add(Person { name: "Ann".into(), friend: None });
///     let bob = scope.add(Person { name: "Bob".into(), friend: Some(ann) });
///     scope[ann].friend = Some(bob);
///     ann
/// });
/// // To another thread, cycle and all, without a check.
/// let people = std::thread::spawn(move || {
///     people.enter_mut(|scope, ann| scope[ann].name.push('e'));
///     people
/// });
/// let people = people.join().unwrap();
/// let name = people.enter(|scope, ann| {
///     let bob = scope[ann].friend.unwrap();
///     scope[scope[bob].friend.unwrap()].name.clone()
/// });
/// assert_eq!(name, "Anne");
/// ```
pub struct Region<F: Family> {
    scope: Scope<'static, F>,
    root: u32,
}

impl<'r> At<'r> {
    fn new(index: u32) -> Self {
        Self { index, _brand: PhantomData }
    }
}

impl Clone for At<'_> {
    fn clone(&self) -> Self {
        *self
    }
}

impl Copy for At<'_> {}

impl PartialEq for At<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for At<'_> {}

impl fmt::Debug for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "At({})", self.index)
    }
}

impl<'r, F: Family> Scope<'r, F> {
    /// A new node.
    ///
    /// # Panics
    /// If there are 2^32 already.
    #[track_caller]
    pub fn add(&mut self, node: F::Node<'r>) -> At<'r> {
        if let Some(index) = self.vacant.pop() {
            self.nodes[index as usize] = Some(node);
            return At::new(index);
        }
        let index = u32::try_from(self.nodes.len()).expect("a region has at most 2^32 nodes");
        self.nodes.push(Some(node));
        At::new(index)
    }

    /// How many nodes there are, garbage included.
    pub fn len(&self) -> usize {
        self.nodes.len() - self.vacant.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cold]
#[track_caller]
fn vacant() -> ! {
    panic!("the node was freed: `Family::links` does not visit all links")
}

impl<'r, F: Family> Index<At<'r>> for Scope<'r, F> {
    type Output = F::Node<'r>;

    #[track_caller]
    fn index(&self, at: At<'r>) -> &F::Node<'r> {
        self.nodes[at.index as usize].as_ref().unwrap_or_else(|| vacant())
    }
}

impl<'r, F: Family> IndexMut<At<'r>> for Scope<'r, F> {
    #[track_caller]
    fn index_mut(&mut self, at: At<'r>) -> &mut F::Node<'r> {
        self.nodes[at.index as usize].as_mut().unwrap_or_else(|| vacant())
    }
}

impl<F: Family> Region<F> {
    /// A region built by `f`, which gives the root.
    pub fn new(f: impl for<'r> FnOnce(&mut Scope<'r, F>) -> At<'r>) -> Self {
        let scope = Scope { nodes: Vec::new(), vacant: Vec::new(), _brand: PhantomData };
        let mut region = Self { scope, root: 0 };
        region.root = f(region.branded_mut()).index;
        region
    }

    fn branded<'r>(&self) -> &Scope<'r, F> {
        // SAFETY: the types differ in a lifetime alone; see the head of the file.
        unsafe { &*(&raw const self.scope).cast() }
    }

    fn branded_mut<'r>(&mut self) -> &mut Scope<'r, F> {
        // SAFETY: as above; callers pass it on to closures that are generic over the lifetime, so
        // that only nodes with that brand are put in.
        unsafe { &mut *(&raw mut self.scope).cast() }
    }

    /// Reads the region, from its root.
    pub fn enter<R>(&self, f: impl for<'r> FnOnce(&Scope<'r, F>, At<'r>) -> R) -> R {
        f(self.branded(), At::new(self.root))
    }

    /// Writes to the region, from its root.
    pub fn enter_mut<R>(&mut self, f: impl for<'r> FnOnce(&mut Scope<'r, F>, At<'r>) -> R) -> R {
        let root = At::new(self.root);
        f(self.branded_mut(), root)
    }

    /// Makes another node the root.
    pub fn set_root(&mut self, f: impl for<'r> FnOnce(&mut Scope<'r, F>, At<'r>) -> At<'r>) {
        let root = At::new(self.root);
        self.root = f(self.branded_mut(), root).index;
    }

    /// Frees the nodes that the root does not lead to, and gives their number. O(nodes + links).
    ///
    /// # Panics
    /// If a value panics when it is dropped; the others are freed by the next call.
    pub fn collect(&mut self) -> usize {
        let scope = &mut self.scope;
        let mut reached = vec![false; scope.nodes.len()];
        let mut queue = vec![self.root];
        while let Some(index) = queue.pop() {
            let index = index as usize;
            if let (Some(node), false) = (&scope.nodes[index], reached[index]) {
                reached[index] = true;
                F::links(node, &mut |at: At<'static>| queue.push(at.index));
            }
        }
        let mut freed = 0;
        for (index, _) in reached.iter().enumerate().filter(|(_, reached)| !**reached) {
            if let Some(node) = scope.nodes[index].take() {
                scope.vacant.push(index as u32);
                freed += 1;
                drop(node);
            }
        }
        freed
    }
}

impl<F: Family> fmt::Debug for Region<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").field("nodes", &self.scope.len()).finish_non_exhaustive()
    }
}

impl<F: Family> fmt::Debug for Scope<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("nodes", &self.len()).finish_non_exhaustive()
    }
}
