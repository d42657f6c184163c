//! What strait promises, tested from outside.

mod autotraits;
mod cancellation;
mod channel;
mod count;
mod duels;
mod model;
mod rooms;
mod select;
mod support;
mod task;
mod ui;
