//! One sequence: each operation on the library and on the model, then everything is compared.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use strait::graph::{
    BorrowMutError, Detached, Frozen, Obj, Reason, Weak, WeakFrozen, collect, collect_budget,
    heap_stats,
};

use super::super::support::{Book, Node};
use super::arena::{Arena, Hold, Holds, Kind, LINKS, Refusal};
use crate::support::alloc::balanced;
use crate::support::rng::Rng;

enum Handle {
    Obj(Obj<Node>),
    Frozen(Frozen<Node>),
    Detached(Detached<Node>),
    Weak(Weak<Node>),
    WeakFrozen(WeakFrozen<Node>),
}

struct World {
    rng: Rng,
    book: Book,
    arena: Arena,
    handles: Vec<(usize, Handle)>,
}

/// Runs a sequence; no block may be left at its end.
pub fn sequence(seed: u64, steps: usize) {
    let run = || {
        let mut world = World::new(seed);
        for _ in 0..steps {
            world.step();
            world.compare();
        }
        world.end();
    };
    // The allocator is asked now and then only: it runs everything twice, on threads of its own.
    let run = || if seed.is_multiple_of(16) { balanced(run) } else { run() };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
        eprintln!("STRAIT_SEED={seed}, {steps} steps");
        resume_unwind(panic);
    }
}

impl Handle {
    fn hold(&self) -> Hold {
        match self {
            Handle::Obj(_) => Hold::Obj,
            Handle::Frozen(_) => Hold::Frozen,
            Handle::Detached(_) => Hold::Detached,
            Handle::Weak(_) | Handle::WeakFrozen(_) => Hold::Weak,
        }
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let book = Book::default();
        Self { rng: Rng::new(seed), book, arena: Arena::default(), handles: Vec::new() }
    }

    fn holds(&self) -> Vec<(usize, Hold)> {
        self.handles.iter().map(|(node, handle)| (*node, handle.hold())).collect()
    }

    fn pick(&self, want: impl Fn(&Handle) -> bool) -> Option<usize> {
        let fit: Vec<usize> =
            (0..self.handles.len()).filter(|&index| want(&self.handles[index].1)).collect();
        if fit.is_empty() { None } else { Some(fit[self.rng.below(fit.len())]) }
    }

    fn pick_obj(&self) -> Option<(usize, Obj<Node>)> {
        let index = self.pick(|handle| matches!(handle, Handle::Obj(_)))?;
        match &self.handles[index] {
            (node, Handle::Obj(obj)) => Some((*node, obj.clone())),
            _ => None,
        }
    }

    /// The model frees what the library must have freed by now.
    fn settle(&mut self) {
        let holds = self.holds();
        self.arena.settle(&holds);
    }

    fn step(&mut self) {
        match self.rng.below(40) {
            0..=5 => self.make(),
            6..=13 => self.link(),
            14..=16 => self.unlink(),
            17..=18 => self.clone_handle(),
            19..=24 => self.drop_handle(),
            25..=26 => self.follow(),
            27 => self.set_weak(),
            28 => self.downgrade(),
            29 => self.upgrade(),
            30..=31 => self.collect(),
            32 => self.budget(),
            33..=34 => self.freeze(),
            35..=37 => self.detach(),
            38 => self.attach(),
            _ => self.rare(),
        }
        self.settle();
    }

    fn make(&mut self) {
        if self.handles.len() < 12 {
            let id = self.arena.add();
            self.handles.push((id, Handle::Obj(self.book.node(id))));
        }
    }

    fn link(&mut self) {
        let (Some((from, obj)), Some((to, target))) = (self.pick_obj(), self.pick_obj()) else {
            return;
        };
        let index = self.rng.below(LINKS);
        match (obj.try_borrow_mut(), self.arena.nodes[from].kind) {
            (Ok(mut node), Kind::Local) => {
                let field = if index == 0 { &mut node.a } else { &mut node.b };
                let old = field.replace(target);
                drop(node);
                drop(old);
                self.arena.nodes[from].links[index] = Some(to);
            }
            (Err(BorrowMutError::Frozen), Kind::Frozen) => {}
            (result, kind) => panic!("{kind:?} node {from}: {:?}", result.map(drop)),
        }
    }

    fn unlink(&mut self) {
        let Some((from, obj)) = self.pick_obj() else { return };
        let index = self.rng.below(LINKS);
        if let Ok(mut node) = obj.try_borrow_mut() {
            let old = if index == 0 { node.a.take() } else { node.b.take() };
            // Dropped while its old owner is borrowed, or not.
            if self.rng.one_in(2) {
                drop(node);
            }
            drop(old);
            self.arena.nodes[from].links[index] = None;
        }
    }

    fn clone_handle(&mut self) {
        if self.handles.len() >= 14 {
            return;
        }
        let Some(index) = self.pick(|handle| !matches!(handle, Handle::Detached(_))) else {
            return;
        };
        let (node, handle) = &self.handles[index];
        let copy = match handle {
            Handle::Obj(obj) => match obj.as_frozen() {
                Some(frozen) if self.rng.one_in(2) => Handle::Frozen(frozen),
                _ => Handle::Obj(obj.clone()),
            },
            Handle::Frozen(frozen) if self.rng.one_in(2) => Handle::Obj(frozen.as_obj()),
            Handle::Frozen(frozen) => Handle::Frozen(frozen.clone()),
            Handle::Weak(weak) => Handle::Weak(weak.clone()),
            Handle::WeakFrozen(weak) => Handle::WeakFrozen(weak.clone()),
            Handle::Detached(_) => return,
        };
        let node = *node;
        self.handles.push((node, copy));
    }

    fn drop_handle(&mut self) {
        if let Some(index) = self.pick(|_| true) {
            let (node, handle) = self.handles.swap_remove(index);
            if matches!(handle, Handle::Detached(_)) {
                self.drop_detached(node, handle);
            }
        }
    }

    /// A detached graph goes whole.
    fn drop_detached(&mut self, root: usize, handle: Handle) {
        drop(handle);
        let graph = self.arena.graph(root);
        self.settle();
        for node in graph {
            if self.arena.is_alive(node) {
                self.arena.nodes[node].kind = Kind::Dead;
                self.arena.nodes[node].links = [None; LINKS];
                self.arena.nodes[node].weak = None;
            }
        }
    }

    /// From a node to one that it links to.
    fn follow(&mut self) {
        let Some((from, obj)) = self.pick_obj() else { return };
        let index = self.rng.below(LINKS);
        let node = obj.borrow();
        let link = if index == 0 { &node.a } else { &node.b };
        assert_eq!(link.is_some(), self.arena.nodes[from].links[index].is_some());
        if let (Some(link), Some(to)) = (link, self.arena.nodes[from].links[index]) {
            assert_eq!(link.borrow().token.id(), to);
            self.handles.push((to, Handle::Obj(link.clone())));
        }
    }

    fn set_weak(&mut self) {
        let (Some((from, obj)), Some((to, target))) = (self.pick_obj(), self.pick_obj()) else {
            return;
        };
        if let Ok(mut node) = obj.try_borrow_mut() {
            node.up = target.downgrade();
            self.arena.nodes[from].weak = Some(to);
        }
    }

    fn downgrade(&mut self) {
        let Some(index) = self.pick(|handle| matches!(handle, Handle::Obj(_) | Handle::Frozen(_)))
        else {
            return;
        };
        let weak = match &self.handles[index].1 {
            Handle::Obj(obj) => Handle::Weak(obj.downgrade()),
            Handle::Frozen(frozen) => Handle::WeakFrozen(frozen.downgrade()),
            _ => return,
        };
        self.handles.push((self.handles[index].0, weak));
    }

    fn upgrade(&mut self) {
        let Some(index) = self.pick(|handle| handle.hold() == Hold::Weak) else { return };
        let node = self.handles[index].0;
        let strong = match &self.handles[index].1 {
            Handle::Weak(weak) => weak.upgrade().map(Handle::Obj),
            Handle::WeakFrozen(weak) => weak.upgrade().map(Handle::Frozen),
            _ => return,
        };
        assert_eq!(strong.is_some(), self.arena.is_alive(node), "upgrade of {node}");
        self.handles.extend(strong.map(|strong| (node, strong)));
    }

    fn collect(&mut self) {
        collect();
        let holds = self.holds();
        self.arena.collect(&holds);
    }

    /// Small steps find the same in the end.
    fn budget(&mut self) {
        let budget = 1 + self.rng.below(4);
        for _ in 0..100 {
            if !collect_budget(budget).is_unfinished {
                break;
            }
        }
        assert_eq!(heap_stats().candidates, 0);
        let holds = self.holds();
        self.arena.collect(&holds);
    }

    fn freeze(&mut self) {
        let Some(index) = self.pick(|handle| matches!(handle, Handle::Obj(_))) else { return };
        let (node, Handle::Obj(obj)) = self.handles.swap_remove(index) else { return };
        let result = obj.freeze();
        let handle = match (result, self.arena.freeze(node)) {
            (Ok(frozen), Ok(())) => Handle::Frozen(frozen),
            (Err(error), Err(refusal)) => {
                let reason = match error.offender.reason {
                    Reason::NeverFreezes => Refusal::NeverFreezes,
                    Reason::WeakOutside => Refusal::Weaks,
                    other => panic!("{other}"),
                };
                assert_eq!(reason, refusal);
                Handle::Obj(error.handle)
            }
            (result, refusal) => panic!("freeze of {node}: {result:?}, {refusal:?}"),
        };
        self.handles.push((node, handle));
    }

    fn detach(&mut self) {
        let Some(index) = self.pick(|handle| matches!(handle, Handle::Obj(_))) else { return };
        let (node, Handle::Obj(obj)) = self.handles.swap_remove(index) else { return };
        let minds_weaks = self.rng.one_in(2);
        // The collection of a failed proof frees garbage with or without a second success.
        let first = self.arena.detach(node, &self.holds(), minds_weaks);
        let mut holds = self.holds();
        if first.is_err() {
            holds.push((node, Hold::Obj));
            self.arena.collect(&holds);
            holds.pop();
        }
        let expected = self.arena.detach(node, &holds, minds_weaks);
        let result = if minds_weaks { obj.detach() } else { obj.detach_and_sever() };
        let handle = match (result, expected) {
            (Ok(detached), Ok(())) => {
                if !minds_weaks {
                    self.sever(node);
                }
                Handle::Detached(detached)
            }
            (Err(error), Err(refusal)) => {
                assert!(!error.offenders.is_empty());
                let by_weaks =
                    |reason| matches!(reason, Reason::WeakHandles(_) | Reason::WeakOutside);
                let all_weak = error.offenders.iter().all(|offender| by_weaks(offender.reason));
                assert_eq!(all_weak, refusal == Refusal::Weaks, "{error}");
                Handle::Obj(error.handle)
            }
            (result, expected) => panic!("detach of {node}: {result:?}, {expected:?}"),
        };
        self.handles.push((node, handle));
    }

    /// Weak handles across the border are void.
    fn sever(&mut self, root: usize) {
        let graph = self.arena.sever(root);
        self.handles.retain(|(node, handle)| match handle {
            Handle::Weak(weak) if graph.contains(node) => {
                assert!(weak.upgrade().is_none());
                false
            }
            _ => true,
        });
    }

    fn attach(&mut self) {
        let Some(index) = self.pick(|handle| matches!(handle, Handle::Detached(_))) else { return };
        let (node, Handle::Detached(detached)) = self.handles.swap_remove(index) else { return };
        let handle = if self.rng.one_in(4) {
            match (detached.freeze(), self.arena.freeze(node)) {
                (Ok(frozen), Ok(())) => Handle::Frozen(frozen),
                (Err(error), Err(_)) => Handle::Obj(error.handle.attach()),
                (result, expected) => panic!("{result:?}, {expected:?}"),
            }
        } else {
            Handle::Obj(detached.attach())
        };
        self.handles.push((node, handle));
    }

    /// What costs more: threads, and nodes that never freeze.
    fn rare(&mut self) {
        if self.rng.one_in(2) {
            let Some((node, obj)) = self.pick_obj() else { return };
            let is_frozen = self.arena.nodes[node].kind == Kind::Frozen;
            assert_eq!(obj.forbid_freeze().is_err(), is_frozen);
            self.arena.nodes[node].never_freezes |= !is_frozen;
            return;
        }
        let send = |handle: &Handle| matches!(handle, Handle::Detached(_) | Handle::Frozen(_));
        let Some(index) = self.pick(send) else { return };
        let (node, handle) = self.handles.swap_remove(index);
        match handle {
            Handle::Detached(detached) if self.rng.one_in(3) => {
                thread::spawn(move || drop(detached)).join().unwrap();
                // The handle is counted until the model has freed the graph.
                let graph = self.arena.graph(node);
                self.settle();
                for node in
                    graph.into_iter().filter(|&node| self.arena.is_alive(node)).collect::<Vec<_>>()
                {
                    self.arena.nodes[node].kind = Kind::Dead;
                    self.arena.nodes[node].links = [None; LINKS];
                    self.arena.nodes[node].weak = None;
                }
            }
            Handle::Detached(detached) => {
                let there = thread::spawn(move || {
                    let obj = detached.attach();
                    assert_eq!(obj.borrow().token.id(), node);
                    drop(obj.clone());
                    obj.detach().unwrap()
                });
                self.handles.push((node, Handle::Detached(there.join().unwrap())));
            }
            Handle::Frozen(frozen) => {
                let there = thread::spawn(move || {
                    assert_eq!(frozen.token.id(), node);
                    drop(frozen.as_obj());
                    let weak = frozen.downgrade();
                    weak.upgrade().unwrap()
                });
                self.handles.push((node, Handle::Frozen(there.join().unwrap())));
            }
            _ => unreachable!(),
        }
    }

    /// Everything that can be seen is as the model says.
    fn compare(&self) {
        let holds = self.holds();
        for (node, handle) in &self.handles {
            self.compare_handle(*node, handle, &holds);
        }
        let alive = (0..self.arena.nodes.len()).filter(|&node| self.arena.is_alive(node));
        assert_eq!(self.book.live(), alive.count() as i64, "nodes alive");
        for node in self.book.dropped() {
            assert!(!self.arena.is_alive(node), "node {node} was freed too soon");
        }
    }

    fn compare_handle(&self, node: usize, handle: &Handle, holds: &Holds) {
        let count = self.arena.count(node, holds);
        let expected = &self.arena.nodes[node];
        match handle {
            Handle::Obj(obj) => {
                assert_eq!(obj.strong_count(), count, "handles of {node}");
                assert_eq!(obj.is_frozen(), expected.kind == Kind::Frozen, "{node}");
                let read = obj.borrow();
                assert_eq!(read.token.id(), node);
                for (link, target) in [&read.a, &read.b].into_iter().zip(expected.links) {
                    let found = link.as_ref().map(|link| link.borrow().token.id());
                    assert_eq!(found, target, "a link of {node}");
                }
                let up = read.up.upgrade().map(|up| up.borrow().token.id());
                let weak = expected.weak.filter(|&target| self.arena.is_alive(target));
                assert_eq!(up, weak, "the weak handle in {node}");
            }
            Handle::Frozen(frozen) => {
                assert_eq!(frozen.strong_count(), count, "handles of {node}");
                assert_eq!(frozen.token.id(), node);
                assert_eq!(expected.kind, Kind::Frozen);
            }
            Handle::Weak(_) | Handle::WeakFrozen(_) | Handle::Detached(_) => {}
        }
    }

    fn end(mut self) {
        self.handles.clear();
        collect();
        assert_eq!(self.book.live(), 0, "nodes outlive the sequence");
    }
}
