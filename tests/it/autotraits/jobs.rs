//! Jobs and what they are handled by.

use strait::task::{
    BoxError, Cancelled, Cause, Confined, ContextKey, Deferral, Deferred, Dispatcher, Dump,
    Elapsed, Failed, Failure, Job, Launch, Lent, Outcome, Policy, Reason, Scope, ScopeBuilder,
    Shield, Sleep, Timeout, WithValue, YieldNow,
};

use super::{Moves, Pinned, Plain, Row, Stays, check};

type Cleanup = std::future::Ready<()>;

/// M22: all that jobs are handled by can be shared between threads.
#[test]
fn jobs() {
    check(&table! {
        Scope: [y y y]
        ScopeBuilder: [y y y]
        Policy: [y y y]
        Dispatcher: [y y y]
        Job: [y y y]
        Launch<'static>: [y y y]
        Deferred<Plain>: [y y y]
        Deferred<Moves>: [y y y]
        Deferred<Stays>: [- - y]
        Outcome<Plain>: [y y y]
        Outcome<Stays>: [- - y]
        Deferral<fn() -> Cleanup, Cleanup>: [y y y]
        Confined<Plain>: [y y y]
        Confined<Stays>: [y y y]
        Lent<Plain>: [- - y]
        Shield<Plain>: [y y y]
        Shield<Pinned>: [y y -]
        Timeout<Plain>: [y y y]
        Timeout<Stays>: [- - y]
        Sleep: [y y y]
        YieldNow: [y y y]
        ContextKey<Plain>: [y y y]
        WithValue<Plain>: [y y y]
        Dump: [y y y]
        Failure: [y y y]
        Failed: [y y y]
        Reason: [y y y]
        BoxError: [y y y]
        Cause: [y y y]
        Cancelled: [y y y]
        Elapsed: [y y y]
    });
}
