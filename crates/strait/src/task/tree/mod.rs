//! The tree of scopes: who waits for whom, and who is cancelled with whom.
//!
//! # Promise
//! A scope ends once, after its body and all that was started below it have ended and their
//! destructors have run. A scope that is cancelled cancels all below it at once. A scope whose
//! future is dropped is waited for by the scope above: it has been a member of that one since it
//! was opened, so there is no hand-over that could be missed.
//!
//! # Picture
//! ```text
//!  phase  OPEN --cancel--> CANCELLED --+
//!           +--------------------------+--> ENDED        body gone, no member, owner has seen it
//!
//!  body   RUNNING --finish--> FINISHED       the owner, a future, waits for the members
//!           +------abandon------^---> ABANDONED    nobody does: the last member ends the scope
//! ```
//! | what | changed by | under |
//! |---|---|---|
//! | phase, body, members, scopes, faults | anybody | the lock of the node |
//! | `alarm` | whoever holds the lock | read without: 0 means that no frame of this scope is cancelled |
//! | place of a scope in the one above | the node itself, when it ends | the lock of the one above |
//!
//! Locks are taken one at a time, never one inside of another. No user code runs under a lock:
//! wakers, payloads of panics, and nodes are handed out and woken or dropped after it.
//!
//! # Cancellation
//! `begin` sets the phase and the alarm under the lock; `spread` then wakes all members, in
//! batches, and goes on to the scopes below, one after the other and not by recursion: a tree may
//! be deep. A member that is added later finds the scope cancelled under the same lock. So each
//! member is either refused or woken. It does not matter which of two threads spreads: waking
//! twice does no harm.
//!
//! A *frame* is a member, or the body: what is dropped as a whole when it is cancelled. It is
//! dropped by whoever polls it, never by the one who cancels. A shielded frame is not dropped;
//! the scopes that are opened in it are *screened*: cancellation from above stops at them.
//!
//! # Rejected
//! * Adopting a scope only when its future is dropped: the dropped scope and the one above can
//!   both end meanwhile, and a model needed two locks at a time to exclude it.
//! * Counting children without the lock: the owner sees zero between the last child's end and a
//!   new child of that child. With the lock held for both counts the question does not arise.

#![forbid(unsafe_code)]

mod cancel;
mod frames;
mod life;
mod node;
mod owner;

pub(super) use self::node::{
    Body, End, Ended, Fate, Fault, Frame, Look, Node, Payload, Phase, Refused,
};
