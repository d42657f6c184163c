//! Who is measured, one file a library; strait has one more for each of its selects. Everyone uses
//! the types that many threads or tasks may share on both sides, in every row; tokio has no such
//! type and takes part where one receiver is enough.

mod async_channel;
mod crossbeam;
mod crossfire;
mod flume;
mod idiom;
mod kanal;
mod strait;
mod strait_dynamic;
mod strait_select;
mod tokio;

use crate::shape::Capacity;
use crate::workload::{MixRuns, PickRuns, TaskRuns, ThreadRuns};

/// A library, or one way of building its channels or of selecting over them.
#[derive(Debug)]
pub(crate) struct Rival {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// Strait in one of its forms; all others are the peers it is compared with.
    pub(crate) own: bool,
    /// Not a library: slow on purpose, to see that the lab can tell.
    pub(crate) control: bool,
    /// Whether a future dropped at any point loses and doubles nothing.
    pub(crate) cancel_safe: bool,
    /// What runs on threads at this capacity; `None` where the library has no such channel.
    pub(crate) threads: fn(Capacity) -> Option<ThreadRuns>,
    /// The same for tasks.
    pub(crate) tasks: fn(Capacity) -> Option<TaskRuns>,
    /// Selects over receives from so many channels, on threads.
    pub(crate) thread_picks: fn(usize, Capacity) -> Option<PickRuns>,
    /// The same for tasks.
    pub(crate) task_picks: fn(usize, Capacity) -> Option<PickRuns>,
    /// Selects with sends among their arms, on threads.
    pub(crate) thread_mixes: fn(Capacity) -> Option<MixRuns>,
    /// The same for tasks.
    pub(crate) task_mixes: fn(Capacity) -> Option<MixRuns>,
}

impl Rival {
    /// A safe peer that takes part in nothing yet.
    const fn new(name: &'static str, package: &'static str) -> Self {
        Self {
            name,
            package,
            own: false,
            control: false,
            cancel_safe: true,
            threads: |_| None,
            tasks: |_| None,
            thread_picks: |_, _| None,
            task_picks: |_, _| None,
            thread_mixes: |_| None,
            task_mixes: |_| None,
        }
    }
}

pub(crate) static ALL: [Rival; 25] = [
    strait_select::PLAIN,
    strait_select::BIASED,
    strait_dynamic::DYNAMIC,
    crossbeam::RIVAL,
    crossbeam::BIASED,
    crossbeam::DYNAMIC,
    kanal::RIVAL,
    crossfire::RIVAL,
    flume::RIVAL,
    tokio::RIVAL,
    tokio::BIASED,
    async_channel::RIVAL,
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
];

/// Who takes part unless the command line says otherwise.
pub(crate) const DEFAULT: &str = "strait,strait-biased,strait-dynamic,crossbeam,crossbeam-biased,\
    crossbeam-dynamic,kanal,crossfire,crossfire-biased,flume,tokio,tokio-biased,async-channel,\
    futures,futures-biased,select-all,unordered,unordered-tokio,unordered-crossfire,stream-map";

pub(crate) fn named(name: &str) -> Result<&'static Rival, String> {
    let known = || ALL.iter().map(|rival| rival.name).collect::<Vec<_>>().join(", ");
    ALL.iter().find(|rival| rival.name == name).ok_or_else(|| format!("known are {}", known()))
}

/// What libraries ask a program to call once before their channels are used.
pub(crate) fn prepare() {
    crossfire::prepare();
}
