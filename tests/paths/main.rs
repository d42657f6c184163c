//! The paths that most programs take through the library, each as often as one likes: `cargo x
//! budget` counts their instructions. `strait-paths` lists them, `strait-paths PATH N` takes one N
//! times.

#![forbid(unsafe_code)]

mod life;
mod plain;
mod selects;
mod tasks;

use std::env;
use std::process::ExitCode;

/// Does its work so many times. What it sets up once does not count: the number of instructions is
/// taken from the difference of two runs.
type Path = fn(usize);

/// Every path, with the name that the budget file knows it by.
fn paths() -> impl Iterator<Item = (&'static str, Path)> {
    [life::PATHS, plain::PATHS, selects::PATHS, tasks::PATHS].concat().into_iter()
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.as_slice() {
        [] => paths().for_each(|(name, _)| println!("{name}")),
        [wanted, times] => {
            let Some((_, path)) = paths().find(|(name, _)| name == wanted) else {
                eprintln!("there is no path `{wanted}`");
                return ExitCode::FAILURE;
            };
            let Ok(times) = times.parse() else {
                eprintln!("`{times}` is not a number");
                return ExitCode::FAILURE;
            };
            path(times);
        }
        _ => {
            eprintln!("usage: strait-paths [PATH N]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
