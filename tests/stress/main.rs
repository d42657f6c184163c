//! Long runs: `cargo test -p strait-tests --release --test stress -- --ignored --nocapture`.
//!
//! `STRAIT_STRESS_SECONDS` is the time for each test (60 is usual), `STRAIT_SEED` where the seeds
//! begin (the clock is usual; it is printed). `STRAIT_SHRINK=1` makes everything small, for
//! sanitizers and emulators. Tests run one after the other.

#![deny(unsafe_code)]

#[path = "../it/cancellation/mod.rs"]
mod cancellation;
#[path = "../it/duels/mod.rs"]
mod duels;
#[path = "../it/model/mod.rs"]
mod model;
#[path = "../it/select/philosophers.rs"]
mod philosophers;
#[path = "../it/select/random/mod.rs"]
mod random;
#[path = "../it/select/rings.rs"]
mod rings;
#[path = "../it/support/mod.rs"]
mod support;

mod drops;
mod histories;
mod meetings;
mod memory;
mod run;
mod selects;
