//! Select: exactly one arm, and nothing of the others. By phase; the letters and numbers (`S5`,
//! `U9`) are those of the list of behaviours that select is held to.
//!
//! What of that list is not here, and why:
//!
//! | behaviour | where, or why not |
//! |---|---|
//! | S4, S17 locks | there are none yet; a lock of tokio's stands in, as a future (`foreign`) |
//! | S4 jobs, deferred values | likewise: tokio's `JoinHandle` and `oneshot` |
//! | S8 a receive arm that fails the select | an arm gives its `Result`; tested in `close` |
//! | S11 rejected | it is supported; tested in `own` |
//! | S13 any number of arms | `Select`, the dynamic one |
//! | S16 three seconds of it | short in `rings` and `random`, long in `stress` |
//! | S22 a lazy job | there is none; a future that begins when it is polled is in `foreign` |

#![forbid(unsafe_code)]

mod asleep;
mod attacks;
mod cancel;
mod choice;
mod close;
mod examples;
mod fairness;
mod foreign;
mod forms;
mod grammar;
mod guards;
mod many;
mod meet;
mod memory;
mod own;
mod panic;
mod philosophers;
mod random;
mod recv;
mod rings;
mod send;
mod timer;
