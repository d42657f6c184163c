//! Jobs that cannot outlive their scope, on tokio.
//!
//! [`scope`](scope()) hands a [`Scope`] to its body; children are started by it alone, and the scope
//! returns when all that was started below it has ended and its destructors have run.
//!
//! | to | use |
//! |---|---|
//! | start a child | [`Scope::launch`], [`Scope::spawn`] and its [`Deferred`], [`Scope::try_spawn`] |
//! | say what a failure means | [`Policy`], [`supervisor`], [`ScopeBuilder`] |
//! | cancel | [`Scope::cancel`], [`Job::cancel`]; a job asks [`check`] or waits for [`cancelled`] |
//! | finish what was begun | [`shield()`], [`Scope::finish`], [`Scope::defer`], [`ScopeBuilder::grace`] |
//! | limit time | [`timeout()`], [`ScopeBuilder::deadline`], [`remaining`] |
//! | run elsewhere | [`Dispatcher`], [`with_context`], [`Confined`] |
//! | begin | [`run_blocking`], [`run_program`], `#[strait::main]`, `#[strait::test]` |
//! | look | [`dump()`], [`ContextKey`] |
//!
//! # Cancellation
//! It goes downward, at once, and stays: a job that is cancelled is dropped at its next await, unless
//! it is shielded or within its grace. A scope whose future is dropped is cancelled, and waited for by
//! the scope around it.
//!
//! # Failure
//! The first failure of a child cancels its siblings and the body at once; all failures are kept. A
//! panic is printed at once, and goes on in whoever awaits the scope when all have ended.
//!
//! # Cost
//! A job is one allocation. It runs on the threads of tokio, in queues of this crate: see the heads
//! of `crowd.rs` and `tree/mod.rs`.

#![forbid(unsafe_code)]

mod blocking;
mod confined;
mod context;
mod crowd;
mod deferred;
mod dispatcher;
mod dump;
mod ending;
mod error;
mod far;
mod frame;
mod gate;
#[doc(hidden)]
pub mod hidden;
mod job;
mod keys;
mod lane;
#[cfg(all(test, strait_loom))]
mod loom;
mod members;
mod open;
mod place;
mod policy;
mod port;
mod runtime;
mod scope;
mod scoped;
mod settings;
mod shield;
mod sleepers;
mod solo;
#[cfg(feature = "test")]
pub mod test;
mod threads;
mod timeout;
mod tree;
mod view;
mod world;

pub use self::blocking::{run_blocking, run_program};
pub use self::confined::{Confined, Lent};
pub use self::context::with_context;
pub use self::deferred::{Deferred, Job, Outcome};
pub use self::dispatcher::Dispatcher;
pub use self::dump::{Dump, dump};
pub use self::ending::Ending;
pub use self::error::{BoxError, Cancelled, Cause, Elapsed, Failed, Failure, Reason};
pub use self::frame::{cancelled, check, is_cancelled};
pub use self::keys::{ContextKey, WithValue};
pub use self::open::{ScopeBuilder, scope, supervisor, try_scope};
pub use self::policy::Policy;
pub use self::scope::{Launch, Scope};
pub use self::shield::{Deferral, Shield, shield};
pub use self::timeout::{Sleep, Timeout, YieldNow, deadline, remaining, sleep, timeout, yield_now};
