//! Each case on each kind of channel, some thousand rounds.

#![forbid(unsafe_code)]

use super::cases::CASES;
use super::selects::SELECTS;
use crate::support::caps::Kind;
use crate::support::rng::seed;
use crate::support::watch::{scaled, within};

#[test]
fn duels() {
    within(240, || {
        for (name, case) in CASES.into_iter().chain(SELECTS) {
            for kind in [Some(0), Some(1), Some(2), None].into_iter().flat_map(Kind::all) {
                let score = case(kind, scaled(600), seed(1));
                println!("{name}, {kind:?}: {score:?}");
            }
        }
    });
}
