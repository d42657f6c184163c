//! What channels and locks hold, and those who wait on them, in bytes.
//!
//! - Bytes and blocks of the *heap* are exact: an allocator counts what is asked for. Only the
//!   program `strait-lab-memory` has it; the one that measures time keeps the system's.
//! - *Resident* bytes are what the system has given to the process, with what the allocator adds
//!   and keeps, read before and after from the page tables.
//!
//! Every measurement has a process of its own, so that none sees what another left behind; one that
//! dies, or does not end, is told as such.

mod case;
mod child;
mod hold;
mod locks;
mod many;
mod parent;
mod record;
mod resident;
mod table;
#[cfg(test)]
mod tests;
mod waiting;

pub use self::child::{Heap, measure};
pub use self::parent::run;
pub use self::record::{Contestant, Record};

pub(crate) use self::child::Run;
pub(crate) use self::hold::{of_tasks, of_threads};
pub(crate) use self::locks::{
    at_mutex, at_rw_lock, at_semaphore, task_mutex, task_rw_lock, task_semaphore, thread_mutex,
    thread_rw_lock, thread_semaphore,
};
pub(crate) use self::many::{
    broadcast_of_tasks, broadcast_of_threads, broadcast_receivers, latest, latest_receivers,
};
pub(crate) use self::table::Memory;
pub(crate) use self::waiting::{receivers, senders};
