//! Jobs that cannot outlive their scope.

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
