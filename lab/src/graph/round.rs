//! One round: every step once, each checked.

use std::hint::black_box;
use std::time::Instant;

use strait::graph::{collect, heap_stats, set_collect_threshold};

use super::{NODES, Shape, Step};

/// The time of each step, in nanoseconds a node.
pub(super) fn run(shape: Shape) -> Vec<(Step, f64)> {
    // Collections are steps of their own here.
    set_collect_threshold(None);
    let mut figures = Vec::new();
    let mut time = |step: Step, start: Instant| {
        let taken = start.elapsed().as_nanos() as f64 / NODES as f64;
        figures.push((step, taken));
    };
    let sum = (NODES as u64 - 1) * NODES as u64 / 2;

    let start = Instant::now();
    let root = shape.build(NODES);
    time(Step::Build, start);

    let start = Instant::now();
    let found = black_box(shape.walk(&root, NODES));
    time(Step::Walk, start);
    assert_eq!(found, sum, "nodes were left out");

    let start = Instant::now();
    let live = collect();
    time(Step::CollectLive, start);
    assert_eq!((live.visited, live.freed), (NODES, 0), "all live, all looked at");

    let start = Instant::now();
    let detached = root.detach();
    time(Step::Detach, start);
    let detached = detached.expect("nothing outside leads in");

    let start = Instant::now();
    let root = detached.attach();
    time(Step::Attach, start);

    let start = Instant::now();
    drop(root);
    let dead = collect();
    time(Step::CollectDead, start);
    assert_eq!((dead.visited, dead.freed), (NODES, NODES), "all dead, all freed");

    let detached = shape.build(NODES).detach().expect("nothing outside leads in");
    let start = Instant::now();
    drop(detached);
    time(Step::DropDetached, start);

    let root = shape.build(NODES);
    let start = Instant::now();
    let frozen = root.freeze();
    time(Step::Freeze, start);
    let frozen = frozen.expect("nothing forbids it");

    let start = Instant::now();
    let found = black_box(shape.walk_frozen(&frozen, NODES));
    time(Step::WalkFrozen, start);
    assert_eq!(found, sum, "nodes were left out");

    let start = Instant::now();
    drop(frozen);
    time(Step::ReleaseFrozen, start);
    let stats = heap_stats();
    assert_eq!(stats.created, stats.freed, "nodes are left");
    figures
}
