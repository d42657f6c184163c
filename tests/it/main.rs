//! What strait promises, tested from outside.

mod autotraits;
mod cancellation;
mod channel;
mod count;
mod duels;
mod graph;
mod model;
mod rooms;
mod select;
mod support;
mod sync;
mod task;
mod ui;
