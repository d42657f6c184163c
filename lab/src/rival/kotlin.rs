//! Kotlin: coroutines of kotlinx.coroutines on the JVM, in a program of its own, measured when the
//! JVM is warm. Not safe to cancel: a `receive` that is cancelled after the message was handed over
//! loses it, which is what `onUndeliveredElement` is told of. There is no read-write lock; its shared
//! flow is the broadcast, its state flow the latest value.

use super::Rival;
use crate::outside::{self, Peer, System};
use crate::workload::{LockRuns, SyncRuns};

struct Kotlin;

impl Peer for Kotlin {
    const SYSTEM: System = System::Kotlin;
}

pub(super) const RIVAL: Rival = Rival {
    outside: Some(Kotlin::SYSTEM),
    cancel_safe: false,
    tasks: |_| Some(outside::task_runs::<Kotlin>()),
    task_picks: |_, _| Some(outside::pick_runs::<Kotlin>()),
    task_mixes: |_| Some(outside::mix_runs::<Kotlin>()),
    sync: || SyncRuns { rw_lock: LockRuns::default(), ..outside::sync_runs::<Kotlin>() },
    many: outside::many_runs::<Kotlin>,
    ..Rival::new("kotlin", "kotlinx.coroutines")
};
