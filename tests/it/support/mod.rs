//! What the tests are built from: payloads that count their drops, an allocator that counts blocks
//! by scope, wakers that count, hand-polled futures, a watchdog, an executor that is never twice the
//! same. Each helper has a test that it can fail.

#![deny(unsafe_code)]
#![allow(dead_code, unreachable_pub)]

#[allow(unsafe_code)]
pub mod alloc;
pub mod caps;
pub mod exec;
pub mod fickle;
pub mod hand;
pub mod payload;
#[allow(unsafe_code)]
pub mod raw_waker;
pub mod rng;
pub mod slot;
pub mod wake;
pub mod watch;
