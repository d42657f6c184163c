//! Concurrency for Rust in one crate: one kind of channel that threads and async tasks share.
//!
//! Nothing is lost or doubled when a future is dropped, on either side, for every capacity.
//! Any executor will do, and none is needed: tasks wait by their wakers, threads park.
//!
//! | room | what is there |
//! |---|---|
//! | [`channel`] | rendezvous, bounded, unbounded, conflated, overflowing and oneshot channels; broadcast and latest |
//! | [`sync`] | [`Mutex`](sync::Mutex), [`RwLock`](sync::RwLock), [`Semaphore`](sync::Semaphore), events, latches, barriers, cells that are filled once |
//! | [`select`](mod@select) | [`select!`](select!) and its kin, [`Select`](select::Select), timers |
//! | `task` (feature `task`) | on tokio: scopes, jobs, cancellation, dispatchers |
//! | `graph` (feature `graph`) | object graphs with cycles: collected, moved to other threads, frozen to be shared |
//! | `task` (feature `task`) | scopes and their jobs, dispatchers, timeouts; under construction |
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
//! # Select
//! ```
//! use std::time::Duration;
//! use strait::{channel, select::after, select_blocking};
//!
//! let (tasks, queue) = channel::bounded(1);
//! let (_stop, stopped) = channel::rendezvous::<()>();
//! // Exactly one of these happens; in a task the same is `select!`.
//! let outcome = select_blocking! {
//!     sent = tasks.send("task") => sent.is_ok(),
//!     _ = stopped.recv() => false,
//!     _ = after(Duration::from_secs(1)) => false,
//! };
//! assert!(outcome);
//! assert_eq!(queue.try_recv(), Ok("task"));
//! ```
//!
//! # Locks
//! ```
//! use strait::sync::{Mutex, Semaphore};
//!
//! static LOG: Mutex<Vec<&str>> = Mutex::new(Vec::new());
//! static SLOTS: Semaphore = Semaphore::new(2);
//! // A thread and a task use the same lock.
//! std::thread::spawn(|| LOG.lock_blocking().push("thread")).join().unwrap();
//! let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! runtime.block_on(async {
//!     let _slot = SLOTS.acquire().await;
//!     LOG.lock().await.push("task");
//! });
//! assert_eq!(*LOG.lock_blocking(), ["thread", "task"]);
//! ```
//!
//! # Names
//! A bare verb is async (`send`, `recv`); `try_` never waits; `_blocking`, `_timeout` and
//! `_deadline` block the thread; `poll_` is for hand-written futures; `_many` is for batches.

pub mod channel;
#[cfg(feature = "graph")]
pub mod graph;
mod kernel;
pub mod select;
pub mod sync;
#[cfg(feature = "task")]
pub mod task;

#[cfg(feature = "task")]
pub use strait_derive::main;
#[cfg(feature = "test")]
pub use strait_derive::test;

/// The README's examples, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
