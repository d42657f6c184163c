//! Models: every interleaving of a few steps of the tree, of those who sleep, and of views.
//!
//! Each has a mutant, a build with one line taken away (`--cfg strait_mutant="NAME"`), that it
//! must catch: `cargo x loom --mutants`.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize as Counter, Ordering::SeqCst};
use std::task::{Poll, Wake, Waker};

use ::loom::future::block_on;
use ::loom::thread;

use crate::kernel::prim::{AtomicUsize, Ordering};

use super::error::Cause;
use super::members::Key;
use super::policy::Policy;
use super::sleepers::{Sleep, Sleepers};
use super::tree::{End, Fate, Node, Phase};
use super::view::View;

fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.max_branches = 20_000;
    builder.preemption_bound = builder.preemption_bound.or(Some(3));
    builder.check(f);
}

/// Counts how often it was called. What it counts is no part of the model.
#[derive(Default)]
struct Bell(Counter);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn bell() -> (Waker, Arc<Bell>) {
    let bell = Arc::new(Bell::default());
    (Waker::from(bell.clone()), bell)
}

fn root() -> Arc<Node<()>> {
    Node::root(Policy::FailFast, ())
}

fn enter(node: &Arc<Node<()>>, waker: Waker) -> Option<Key> {
    node.enter(0, false, |key| (waker, key)).ok()
}

/// Waits for the end of a scope, as its future does.
fn end(node: &Arc<Node<()>>) {
    block_on(poll_fn(|context| match node.ended(context.waker()) {
        Some(_) => Poll::Ready(()),
        None => Poll::Pending,
    }));
}

/// A child that comes while the scope is cancelled is refused or woken.
/// Mutant: task_enter_cancelled.
#[test]
fn a_child_is_refused_or_woken() {
    model(|| {
        let node = root();
        let cancels = {
            let node = node.clone();
            thread::spawn(move || assert!(node.cancel(Cause::Shutdown)))
        };
        let (waker, bell) = bell();
        let key = enter(&node, waker);
        cancels.join().unwrap();
        if let Some(key) = key {
            assert!(bell.0.load(SeqCst) > 0, "nobody has told it");
            assert_eq!(node.fate(key), Fate::Drop(Cause::Shutdown));
            node.exit(key, End::Cancelled);
        }
        node.finish(End::Done, 0);
        end(&node);
    });
}

/// A scope does not end with a child that came in.
/// Mutant: task_enter_ended.
#[test]
fn a_child_is_refused_or_waited_for() {
    model(|| {
        let node = root();
        node.finish(End::Done, 0);
        let enters = {
            let node = node.clone();
            thread::spawn(move || {
                let key = enter(&node, Waker::noop().clone());
                if let Some(key) = key {
                    assert!(!matches!(node.look().phase, Phase::Ended(_)), "it ended with a child");
                    node.exit(key, End::Done);
                }
            })
        };
        end(&node);
        assert_eq!(node.live(), 0);
        enters.join().unwrap();
    });
}

/// The last of two children wakes the owner.
/// Mutant: task_settle_silent.
#[test]
fn the_last_child_wakes_the_owner() {
    model(|| {
        let node = root();
        let keys = [(); 2].map(|()| enter(&node, Waker::noop().clone()).unwrap());
        node.finish(End::Done, 0);
        let threads = keys.map(|key| {
            let node = node.clone();
            thread::spawn(move || drop(node.exit(key, End::Done)))
        });
        end(&node);
        assert_eq!(node.live(), 0);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// A scope is dropped while its last child ends: the one above waits for exactly that.
/// Mutant: task_abandon_forgets.
#[test]
fn a_dropped_scope_is_waited_for_above() {
    model(|| {
        let above = root();
        let node = above.open(Key::BODY, Policy::FailFast, false, ());
        let key = enter(&node, Waker::noop().clone()).unwrap();
        let exits = {
            let node = node.clone();
            thread::spawn(move || drop(node.exit(key, End::Done)))
        };
        let drops = {
            let node = node.clone();
            thread::spawn(move || node.abandon(Cause::Dropped))
        };
        above.finish(End::Done, 0);
        end(&above);
        assert!(matches!(node.look().phase, Phase::Ended(_)), "it ended before the one below");
        exits.join().unwrap();
        drops.join().unwrap();
    });
}

/// A scope that is opened while the one above is cancelled is cancelled, too.
/// Mutant: task_open_deaf.
#[test]
fn a_scope_below_is_cancelled() {
    model(|| {
        let above = root();
        let cancels = {
            let above = above.clone();
            thread::spawn(move || assert!(above.cancel(Cause::Shutdown)))
        };
        let node = above.open(Key::BODY, Policy::FailFast, false, ());
        cancels.join().unwrap();
        assert_eq!(node.cause(), Some(Cause::ParentCancelled));
        node.finish(End::Cancelled, 0);
        end(&node);
        above.finish(End::Cancelled, 0);
        end(&above);
    });
}

/// A child completes while it is cancelled: it leaves once, and the scope ends.
#[test]
fn a_child_completes_or_is_cancelled() {
    model(|| {
        let node = root();
        let key = enter(&node, Waker::noop().clone()).unwrap();
        let runs = {
            let node = node.clone();
            thread::spawn(move || {
                let end = match node.fate(key) {
                    Fate::Go => End::Done,
                    Fate::Drop(_) => End::Cancelled,
                };
                node.exit(key, end);
            })
        };
        node.mark(key, Cause::Requested("one"));
        node.cancel(Cause::Shutdown);
        node.finish(End::Cancelled, 0);
        end(&node);
        let tally = node.look().tally;
        assert_eq!(tally.succeeded + tally.cancelled, 1);
        assert!(!node.mark(key, Cause::Shutdown), "it has left");
        runs.join().unwrap();
    });
}

/// Who sees that a child has no result finds the scope cancelled, also from a scope below; and the
/// siblings are woken.
/// Mutants: task_fail_alone, task_fail_late.
#[test]
fn a_failure_is_told_before_its_result() {
    model(|| {
        let node = root();
        let below = node.open(Key::BODY, Policy::FailFast, false, ());
        let key = enter(&node, Waker::noop().clone()).unwrap();
        let (waker, bell) = bell();
        let sibling = enter(&node, waker).unwrap();
        let result = Arc::new(AtomicUsize::new(0));
        let fails = {
            let (node, result) = (node.clone(), result.clone());
            thread::spawn(move || {
                if !cfg!(strait_mutant = "task_fail_late") {
                    node.fail(key, End::Error("gone".into()));
                }
                result.store(1, Ordering::Release);
                node.fail(key, End::Noted);
                node.exit(key, End::Noted);
            })
        };
        if result.load(Ordering::Acquire) == 1 {
            assert!(below.is_doomed(Key::BODY) && node.is_doomed(sibling));
        }
        fails.join().unwrap();
        assert!(bell.0.load(SeqCst) > 0, "the sibling was not told");
        node.exit(sibling, End::Cancelled);
        below.finish(End::Cancelled, 0);
        end(&below);
        node.finish(End::Cancelled, 0);
        end(&node);
    });
}

/// Work that comes while one lies down is found.
/// Mutants: task_notify_unfenced, task_sleep_unchecked.
#[test]
fn work_is_not_overlooked() {
    model(|| {
        let sleepers = Arc::new(Sleepers::new());
        let work = Arc::new(AtomicUsize::new(0));
        let pushes = {
            let (sleepers, work) = (sleepers.clone(), work.clone());
            thread::spawn(move || {
                work.store(1, Ordering::Relaxed);
                sleepers.notify();
            })
        };
        let mut sleep = Sleep::default();
        block_on(poll_fn(|context| {
            sleepers.get_up(0, &mut sleep);
            loop {
                if work.load(Ordering::Relaxed) == 1 {
                    sleepers.found(&mut sleep);
                    return Poll::Ready(());
                }
                let is_empty = || work.load(Ordering::Relaxed) == 0;
                if sleepers.lie_down(0, &mut sleep, context.waker(), is_empty) {
                    return Poll::Pending;
                }
            }
        }));
        pushes.join().unwrap();
    });
}

/// Two jobs come to a view of one: they run one after the other, and none is left.
/// Mutants: task_view_unlimited, task_view_forgets.
#[test]
fn a_view_keeps_its_limit_and_its_jobs() {
    model(|| {
        let view = Arc::new(View::new(1));
        let (running, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let comes = {
            let (view, running, done) = (view.clone(), running.clone(), done.clone());
            move || {
                if !view.push(()) {
                    return;
                }
                while view.pop().is_some() {
                    assert_eq!(running.fetch_add(1, Ordering::Relaxed), 0, "two at a time");
                    thread::yield_now();
                    running.fetch_sub(1, Ordering::Relaxed);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let other = thread::spawn(comes.clone());
        comes();
        other.join().unwrap();
        assert_eq!((done.load(Ordering::Relaxed), view.len()), (2, 0));
    });
}
