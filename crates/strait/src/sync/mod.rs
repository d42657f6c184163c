//! Locks and permits that threads and tasks share, fair and safe to give up waiting for.
//!
//! # Which one
//! | type | waits for | use it for |
//! |---|---|---|
//! | [`Mutex`] | its turn alone with a value | state that is changed in more than one step |
//! | [`RwLock`] | its turn, together with other readers or alone | state that is read often and changed rarely |
//! | [`Semaphore`] | one or more of its permits | limits: connections, requests in flight, bytes |
//! | [`Event`] | the event to be set, by which all go on | a state that begins, and may end |
//! | [`AutoEvent`] | the event to be set, by which one goes on | "there is something to do", said to one of several |
//! | [`Latch`] | a count to come down to 0 | the end of a number of jobs |
//! | [`Barrier`] | as many others as it takes | phases that all go through together |
//! | [`OnceCell`] | the one who makes the value | what is made once, by whoever needs it first |
//!
//! # What is promised
//! * **For threads and tasks alike**, on the same object: `lock().await`, `lock_blocking()`,
//!   `lock_timeout()`, and as an arm of [`select!`](crate::select!).
//! * **In turn.** Those who wait are served in the order in which they began to wait: a future
//!   takes its place in line at its first poll. Who comes later may overtake them, but not for
//!   long: at most [`MOST_OVERTAKES`] times while the same waiter is the first in line, and not at
//!   all any more once it was woken and came in vain. `try_` never overtakes anybody.
//! * **Nothing is lost** when a future is dropped, at any moment. Permits change hands in the poll
//!   that returns them, so a future that was woken and is dropped has none to lose; the next in
//!   line is woken in its stead.
//! * **No memory** is taken for locking and waiting: who waits lies in its own future or on its own
//!   stack. Only letting all go at once (an event, a latch, a barrier, a close) takes a list of
//!   those who wait, for the moment.
//!
//! # What is not
//! * A future that was woken for its turn, and is neither polled nor dropped, holds up those behind
//!   it. So poll what you have begun, also in a loop over several futures: do not keep one aside.
//! * A future that is leaked (`mem::forget`) while it waits stays in line.
//!
//! # No condition variable
//! It makes its users write a loop, and its wake-ups are lost on those who are not there. What it is
//! used for is said more plainly by an [`Event`], an [`AutoEvent`] or a
//! [channel](crate::channel) beside the mutex, all of which remember what has happened.
//!
//! # Cost
//! Without contention each operation is one read-modify-write of one word. Waiting and giving up
//! are O(1). The algorithm, and what it owes to whom, is described at the head of `kernel/line.rs`.

mod barrier;
mod error;
mod event;
pub mod futures;
mod guard;
mod latch;
#[cfg(all(test, strait_loom))]
mod loom;
mod mutex;
mod once;
mod permit;
mod place;
mod rwguard;
mod rwlock;
mod semaphore;

pub use self::barrier::Barrier;
pub use self::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
pub use self::event::{AutoEvent, Event};
pub use self::guard::{MappedMutexGuard, MutexGuard, OwnedMutexGuard};
pub use self::latch::Latch;
pub use self::mutex::Mutex;
pub use self::once::OnceCell;
pub use self::permit::{OwnedPermit, Permit};
pub use self::rwguard::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
    RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
pub use self::rwlock::RwLock;
pub use self::semaphore::Semaphore;

/// How many times the first in a line is overtaken at most, by those who do not wait.
///
/// With `p` others before it, a waiter is overtaken at most `(p + 1) * MOST_OVERTAKES` times.
pub const MOST_OVERTAKES: u64 = crate::kernel::line::MOST_OVERTAKES;
