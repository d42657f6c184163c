//! Who is measured, one file a library. Everyone uses the types that many threads or tasks may
//! share on both sides, in every row.

mod crossbeam;
mod crossfire;
mod kanal;
mod strait;

use crate::shape::Capacity;
use crate::workload::{TaskRuns, ThreadRuns};

/// A library, or one way of building its channels.
#[derive(Debug)]
pub(crate) struct Rival {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// Strait in one of its forms; all others are the peers it is compared with.
    pub(crate) own: bool,
    /// Whether a future dropped at any point loses and doubles nothing.
    pub(crate) cancel_safe: bool,
    /// What runs on threads at this capacity; `None` where the library has no such channel.
    pub(crate) threads: fn(Capacity) -> Option<ThreadRuns>,
    /// The same for tasks.
    pub(crate) tasks: fn(Capacity) -> Option<TaskRuns>,
}

impl Rival {
    /// The name as tables show it: a dagger marks what dropped futures lose or double.
    pub(crate) fn marked(&self) -> String {
        format!("{}{}", self.name, if self.cancel_safe { "" } else { "†" })
    }
}

pub(crate) static ALL: [Rival; 6] = [
    strait::PLAIN,
    crossbeam::RIVAL,
    kanal::RIVAL,
    crossfire::RIVAL,
    strait::LOCK_FREE,
    strait::FAIR,
];

/// Who takes part unless the command line says otherwise.
pub(crate) const DEFAULT: &str = "strait,crossbeam,kanal,crossfire";

pub(crate) fn named(name: &str) -> Result<&'static Rival, String> {
    let known = || ALL.iter().map(|rival| rival.name).collect::<Vec<_>>().join(", ");
    ALL.iter().find(|rival| rival.name == name).ok_or_else(|| format!("known are {}", known()))
}

/// What libraries ask a program to call once before their channels are used.
pub(crate) fn prepare() {
    crossfire::prepare();
}
