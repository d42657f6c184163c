//! What every room stands on: the shim over std and loom, ticket arithmetic, cells and their
//! segments, wait lists, and the way a thread or a task waits. Private; most of the unsafe code
//! of the crate lives here, behind interfaces that are safe or state their conditions.

pub(crate) mod arm;
pub(crate) mod ballot;
pub(crate) mod cell;
#[cfg(all(test, strait_count))]
pub(crate) mod counted;
pub(crate) mod directory;
pub(crate) mod line;
mod manners;
pub(crate) mod parker;
pub(crate) mod patience;
mod permits;
pub(crate) mod prim;
pub(crate) mod segment;
pub(crate) mod slab;
pub(crate) mod ticket;
pub(crate) mod timer;
pub(crate) mod turn;
pub(crate) mod wait;
pub(crate) mod waiter;
mod wakes;
