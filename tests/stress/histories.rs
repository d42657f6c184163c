//! Random histories against the model, for minutes and of more shapes.

#![forbid(unsafe_code)]

use crate::model::programs::Shape;
use crate::model::random::explain;
use crate::model::select;
use crate::run::Run;
use crate::support::watch::scaled;

#[test]
#[ignore = "long"]
fn histories_are_linearizable() {
    let run = Run::begin("histories");
    let shapes = [(2, 4), (2, 8), (3, 3), (3, 5), (4, 3)];
    let mut seed = run.seed * 1000;
    let mut count = 0;
    loop {
        for (threads, steps) in shapes {
            for ends in [false, true] {
                let some = scaled(200);
                explain(Shape { threads, steps, ends }, some, seed);
                count += 5 * some;
            }
        }
        seed += 1_000;
        if !run.go_on() {
            break;
        }
    }
    println!("histories: {count} explained");
}

#[test]
#[ignore = "long"]
fn histories_of_selects_are_linearizable() {
    let run = Run::begin("histories of selects");
    let shapes = [(2, 4), (2, 5), (3, 3), (3, 4)];
    let mut seed = run.seed * 1000;
    let mut count = 0;
    loop {
        for (threads, steps) in shapes {
            let some = scaled(200);
            select::random::explain(select::programs::Shape { threads, steps }, some, seed);
            count += 5 * some;
        }
        seed += 1_000;
        if !run.go_on() {
            break;
        }
    }
    println!("histories of selects: {count} explained");
}
