//! Broadcast channels, by phase. The letters and numbers (`H4`) are those of the list of behaviours
//! that the channel is held to.
//!
//! What of that list does not apply, and why:
//!
//! | behaviour | why not |
//! |---|---|
//! | H2 a channel without a buffer | a capacity of 0 counts as 1: a send then waits until all have the element before |
//! | H9 reset of the replay | there is none yet |
//! | H16, H17, H18, H19 sharing strategies, fusion | they belong to flows |

#![forbid(unsafe_code)]

mod cancel;
mod join;
mod memory;
mod model;
mod panic;
mod plain;
mod slow;
mod transfer;
