//! The duels, for minutes.

#![forbid(unsafe_code)]

use crate::duels::cases::CASES;
use crate::duels::selects::SELECTS;
use crate::run::Run;
use crate::support::caps::Kind;
use crate::support::watch::scaled;

#[test]
#[ignore = "long"]
fn duels_are_fair() {
    let run = Run::begin("duels");
    let mut rounds = 0;
    for seed in run.seed.. {
        for (name, case) in CASES.into_iter().chain(SELECTS) {
            for kind in [Some(0), Some(1), Some(2), None].into_iter().flat_map(Kind::all) {
                let score = case(kind, scaled(10_000), seed);
                rounds += score.left + score.right;
                if seed == run.seed {
                    println!("{name}, {kind:?}: {score:?}");
                }
            }
        }
        if !run.go_on() {
            break;
        }
    }
    println!("duels: {rounds} rounds");
}
