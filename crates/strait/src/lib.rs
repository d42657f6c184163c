//! Concurrency for Rust in one crate: one kind of channel that threads and async tasks share.
//!
//! Nothing is lost or doubled when a future is dropped, on either side, for every capacity.
//! Any executor will do, and none is needed: tasks wait by their wakers, threads park.
//!
//! | room | what is there |
//! |---|---|
//! | [`channel`] | rendezvous, bounded, unbounded, conflated, overflowing and oneshot channels |
//!
//! # Channels
//! ```
//! use strait::channel;
//!
//! let (tx, rx) = channel::bounded(16);
//! std::thread::scope(|s| {
//!     // A thread sends,
//!     s.spawn(move || (1..=3).for_each(|i| tx.send_blocking(i).unwrap()));
//!     // and a task receives, on the same channel.
//!     let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//!     runtime.block_on(async {
//!         let mut sum = 0;
//!         while let Ok(i) = rx.recv().await {
//!             sum += i;
//!         }
//!         assert_eq!(sum, 6);
//!     });
//! });
//! ```
//!
//! # Names
//! A bare verb is async (`send`, `recv`); `try_` never waits; `_blocking`, `_timeout` and
//! `_deadline` block the thread; `poll_` is for hand-written futures; `_many` is for batches.

pub mod channel;
mod kernel;

/// The README's examples, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
