//! Waiting for the first of several things, and doing that one alone.
//!
//! # Which one
//! | | waits in | arms |
//! |---|---|---|
//! | [`select!`](crate::select!) | a task | up to 64, looked at from a random one on |
//! | [`select_biased!`](crate::select_biased!) | a task | the same, in the order in which they are written |
//! | [`select_blocking!`](crate::select_blocking!), [`select_blocking_biased!`](crate::select_blocking_biased!) | a thread | the same |
//! | [`Select`] | either | any number, added and removed at run time, kept over many rounds |
//!
//! # Arms
//! ```text
//! select! {
//!     pattern = operation => body,
//!     pattern = operation, if guard => body,
//!     default => body,
//! }
//! ```
//! | operation | chosen when |
//! |---|---|
//! | `rx.recv()`, `rx.recv_many(..)` | a message was taken, or the channel is closed and empty |
//! | `tx.send(value)`, `tx.send_ref(&mut slot)` | the message was admitted, or a receiver has it, or the channel is closed |
//! | `tx.send_acked(value)` | a receiver has it, or the channel is closed |
//! | `mutex.lock()`, `lock.read()`, `lock.write()`, `semaphore.acquire()` and their kin | the lock or the permits were taken |
//! | `event.wait()`, `latch.wait()` of the [sync](crate::sync) room | it is set, or open |
//! | [`after(duration)`](after), [`at(instant)`](at), [`ticker.tick()`](Ticker::tick) | it is time |
//! | any `Future`: a task's handle, `oneshot`, `async { .. }` | it is ready. It is polled in place, and dropped if it loses; give `&mut future` to keep it |
//! | [`next(&mut stream)`](next) | the stream has an item, or has ended |
//! | `Option` of any of these | `None` never is |
//!
//! The pattern has to match whatever the operation gives: `message` or `Ok(n) | Err(n)`, not
//! `Ok(n)`. The guard is asked first; if it is false, the operation is not even written down, and
//! the arm is off. The body runs when all arms have been let go, and may use `break`, `return`,
//! `?` and `.await` of the code around it. `default` is chosen if no arm is ready now, so a select
//! with it never waits; a limit of time is an arm, `_ = after(limit) => ..`.
//!
//! If all arms are off, a select waits for ever (and can be dropped).
//!
//! # What is promised
//! * **Exactly one.** One arm takes effect, all others have none: a receive that was not chosen has
//!   taken nothing, and the message of a send that was not chosen was never there for anybody, and
//!   comes back if it was sent by [`send_ref`](crate::channel::Sender::send_ref). That holds also
//!   when two threads make two arms ready at the same moment, and when a select meets a select on a
//!   rendezvous channel.
//! * **In turn.** A send that waits in a select takes its turn among other sends, a receive among
//!   other receives. It does not starve.
//! * **With itself never.** A channel may be in several arms, in both directions. A select does not
//!   receive what it sends.
//! * **Nothing stays behind** when a select has chosen or is dropped. A wake-up that it has not
//!   used goes to the next in line.
//!
//! An operation keeps these promises if the macro sees it as what it is: written as the arm, by
//! value, not polled before. Inside an `async` block, or behind `impl Future`, it is a future like
//! any other. Dropping such a future withdraws what it can, but a send may have taken effect by
//! then. Receives are exact everywhere: they take a message only in the poll that gives it.
//!
//! # A channel that is closed
//! A receive from a closed and empty channel is ready at once, with an error, again and again. A
//! loop over several channels switches such an arm off:
//! ```
//! use strait::{channel::unbounded, select_blocking};
//! let (tx, rx) = unbounded();
//! let (log, lines) = unbounded();
//! tx.try_send(1).unwrap();
//! log.try_send("started").unwrap();
//! drop((tx, log));
//!
//! let (mut rx, mut lines) = (Some(rx), Some(lines));
//! let mut seen = 0;
//! while rx.is_some() || lines.is_some() {
//!     select_blocking! {
//!         message = rx.as_ref().map(|rx| rx.recv()) => match message {
//!             Ok(_) => seen += 1,
//!             Err(_) => rx = None,
//!         },
//!         line = lines.as_ref().map(|lines| lines.recv()) => match line {
//!             Ok(_) => seen += 1,
//!             Err(_) => lines = None,
//!         },
//!     }
//! }
//! assert_eq!(seen, 2);
//! ```
//!
//! # Cost
//! A select with one ready arm costs little more than the operation. One that waits costs, for each
//! arm that is not ready, a lock when it begins and one when it ends; nothing is allocated, and
//! both are O(1). [`Select`] leaves receives registered between rounds. How sends wait without
//! being decided is described at the head of `channel/choice.rs`.

#![forbid(unsafe_code)]

mod doorbell;
mod dynamic;
mod foreign;
#[doc(hidden)]
pub mod hidden;
mod list;
#[cfg(all(test, strait_loom))]
mod loom;
#[cfg(all(test, strait_loom))]
mod loom_locks;
mod macros;
mod order;
mod part;
mod rounds;
mod selection;
mod timer;

pub use self::dynamic::{ArmKey, Select};
pub use self::foreign::{Next, next};
pub use self::rounds::Ready;
pub use self::timer::{After, Tick, Ticker, after, at, tick};
pub use crate::kernel::arm::Operation;
