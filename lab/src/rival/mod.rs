//! Who is measured, one file a library; strait has one more for each of its selects. Everyone uses
//! the types that many threads or tasks may share on both sides, in every row; those who have no
//! such type take part where one receiver is enough.

mod async_broadcast;
mod async_channel;
mod async_lock;
#[cfg(test)]
mod cancel;
mod crossbeam;
mod crossfire;
mod flume;
mod futures_channel;
mod go;
mod idiom;
mod kanal;
mod kotlin;
mod loole;
mod mea;
mod parking_lot;
mod postage;
mod sleeping_lock;
mod std;
mod strait;
mod strait_dynamic;
mod strait_many;
mod strait_select;
mod strait_sync;
mod tachyonix;
mod tokio;
mod tokio_sync;

use crate::machine;
use crate::outside::System;
use crate::shape::Capacity;
use crate::workload::{BridgeRuns, ManyRuns, MixRuns, PickRuns, SyncRuns, TaskRuns, ThreadRuns};

/// A library, or one way of building its channels or of selecting over them.
#[derive(Debug)]
pub(crate) struct Rival {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// The language of a peer that is a program of its own, and no package of this one.
    pub(crate) outside: Option<System>,
    /// Strait in one of its forms; all others are the peers it is compared with.
    pub(crate) own: bool,
    /// Not a channel to be used but one that must come out slow, to show that the lab can tell: it
    /// is no one's best peer.
    pub(crate) control: bool,
    /// Whether a future dropped at any point loses and doubles nothing, as `cancel` tests it.
    pub(crate) cancel_safe: bool,
    /// What runs on threads at this capacity; `None` where the library has no such channel.
    pub(crate) threads: fn(Capacity) -> Option<ThreadRuns>,
    /// The same for tasks.
    pub(crate) tasks: fn(Capacity) -> Option<TaskRuns>,
    /// What runs between a thread and a task.
    pub(crate) bridges: fn(Capacity) -> Option<BridgeRuns>,
    /// Selects over receives from so many channels, on threads.
    pub(crate) thread_picks: fn(usize, Capacity) -> Option<PickRuns>,
    /// The same for tasks.
    pub(crate) task_picks: fn(usize, Capacity) -> Option<PickRuns>,
    /// Selects with sends among their arms, on threads.
    pub(crate) thread_mixes: fn(Capacity) -> Option<MixRuns>,
    /// The same for tasks.
    pub(crate) task_mixes: fn(Capacity) -> Option<MixRuns>,
    /// Its locks and semaphores.
    pub(crate) sync: fn() -> SyncRuns,
    /// Its channels of which every receiver sees everything, or the latest value.
    pub(crate) many: fn() -> ManyRuns,
}

impl Rival {
    /// A safe peer that takes part in nothing yet.
    const fn new(name: &'static str, package: &'static str) -> Self {
        Self {
            name,
            package,
            outside: None,
            own: false,
            control: false,
            cancel_safe: true,
            threads: |_| None,
            tasks: |_| None,
            bridges: |_| None,
            thread_picks: |_, _| None,
            task_picks: |_, _| None,
            thread_mixes: |_| None,
            task_mixes: |_| None,
            sync: SyncRuns::default,
            many: ManyRuns::default,
        }
    }

    /// Of the library, or of the system outside.
    pub(crate) fn version(&self) -> String {
        self.outside.map_or_else(|| machine::version(self.package).to_owned(), System::version)
    }
}

pub(crate) static ALL: [Rival; 38] = [
    strait_select::PLAIN,
    strait_select::BIASED,
    strait_dynamic::DYNAMIC,
    strait_many::LAGGING,
    crossbeam::RIVAL,
    crossbeam::BIASED,
    crossbeam::DYNAMIC,
    kanal::RIVAL,
    crossfire::RIVAL,
    flume::RIVAL,
    loole::RIVAL,
    tokio::RIVAL,
    tokio::BIASED,
    async_channel::RIVAL,
    tachyonix::RIVAL,
    futures_channel::RIVAL,
    std::RIVAL,
    async_lock::RIVAL,
    parking_lot::RIVAL,
    mea::RIVAL,
    async_broadcast::RIVAL,
    postage::RIVAL,
    sleeping_lock::RIVAL,
    async_channel::FUTURES,
    async_channel::FUTURES_BIASED,
    async_channel::SELECT_ALL,
    async_channel::UNORDERED,
    tokio::UNORDERED,
    tokio::STREAM_MAP,
    crossfire::BIASED,
    crossfire::UNORDERED,
    kanal::UNORDERED,
    strait::LOCK_FREE,
    strait::FAIR,
    strait::BRANCHES,
    strait::UNORDERED,
    go::RIVAL,
    kotlin::RIVAL,
];

/// Who takes part unless the command line says otherwise.
pub(crate) const DEFAULT: &str = "strait,strait-biased,strait-dynamic,strait-lagging,crossbeam,\
    crossbeam-biased,crossbeam-dynamic,kanal,crossfire,crossfire-biased,flume,loole,tokio,\
    tokio-biased,async-channel,tachyonix,futures-channel,std,futures,futures-biased,select-all,\
    unordered,unordered-tokio,unordered-crossfire,stream-map,async-lock,parking-lot,mea,\
    async-broadcast,postage,go,kotlin,sleeping-lock";

pub(crate) fn named(name: &str) -> Result<&'static Rival, String> {
    let known = || ALL.iter().map(|rival| rival.name).collect::<Vec<_>>().join(", ");
    ALL.iter().find(|rival| rival.name == name).ok_or_else(|| format!("known are {}", known()))
}

/// What libraries ask a program to call once before their channels are used.
pub(crate) fn prepare() {
    crossfire::prepare();
}
