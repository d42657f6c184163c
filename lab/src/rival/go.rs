//! Go: goroutines on its own channels, in a program of its own. There is no channel without a
//! limit. A goroutine cannot be taken back from outside, so nothing is lost with one that was.
//! Its locks are those of `sync`; a channel is its semaphore, as there is none in what comes with it.

use super::Rival;
use crate::outside::{self, Peer, System};
use crate::shape::Capacity;

struct Go;

impl Peer for Go {
    const SYSTEM: System = System::Go;
}

pub(super) const RIVAL: Rival = Rival {
    outside: Some(Go::SYSTEM),
    tasks: |capacity| limited(capacity).then(outside::task_runs::<Go>),
    task_picks: |_, capacity| limited(capacity).then(outside::pick_runs::<Go>),
    task_mixes: |capacity| limited(capacity).then(outside::mix_runs::<Go>),
    sync: outside::sync_runs::<Go>,
    ..Rival::new("go", "go")
};

fn limited(capacity: Capacity) -> bool {
    capacity != Capacity::Unbounded
}
