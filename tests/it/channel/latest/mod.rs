//! State cells, by phase: H14, H15 of the list of behaviours that the channel is held to. Of H14,
//! skipping of equal values is `send_if_modified`, and compare-and-set as well.

#![forbid(unsafe_code)]

mod memory;
mod panic;
mod plain;
mod readers;
mod wait;
