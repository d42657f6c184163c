//! Is each of the behaviours that the room is held to tested, or left out for a reason?
//!
//! A test says in its documentation which ones it is about: `/// 24, 30-32: what it promises`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const LAST: usize = 153;

/// Those of the room `worker`, which has its own tests.
const OF_WORKERS: &str = "57-69, 71, 73-76, 83-88, 134-137, 145-148";

/// Not applicable, and why.
const LEFT_OUT: [(usize, &str); 1] =
    [(54, "a worker that nobody ends is a thread that nobody joins: its handle says so")];

/// The numbers at the beginning of a text, up to its colon or its end.
fn numbers(text: &str) -> Vec<usize> {
    let list = text.split_once(':').map_or(text, |(list, _)| list);
    let mut found = Vec::new();
    for part in list.split(',').map(str::trim) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) else {
            return Vec::new();
        };
        found.extend(from..=to);
    }
    found
}

/// Each number, and the files in which it is named.
fn named() -> BTreeMap<usize, Vec<String>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for folder in ["it/graph", "it/graph/model", "ui"] {
        for entry in fs::read_dir(tests.join(folder)).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_ours = folder != "ui" || name.starts_with("graph_");
            if !is_ours || !name.ends_with(".rs") || name == "inventory.rs" {
                continue;
            }
            for line in fs::read_to_string(entry.path()).unwrap().lines() {
                let comment = line.trim_start();
                let text = comment.strip_prefix("///").or_else(|| comment.strip_prefix("//!"));
                for number in text.map_or_else(Vec::new, |text| numbers(text.trim())) {
                    named.entry(number).or_default().push(name.clone());
                }
            }
        }
    }
    named
}

#[test]
fn every_behaviour_has_a_test() {
    let named = named();
    let workers = numbers(OF_WORKERS);
    let left_out: Vec<usize> = LEFT_OUT.iter().map(|(number, _)| *number).collect();
    let missing: Vec<usize> = (1..=LAST)
        .filter(|n| !named.contains_key(n) && !workers.contains(n) && !left_out.contains(n))
        .collect();
    assert!(missing.is_empty(), "without a test: {missing:?}");
    let both: Vec<usize> = left_out.into_iter().filter(|n| named.contains_key(n)).collect();
    assert!(both.is_empty(), "left out and tested: {both:?}");
    let beyond: Vec<&usize> = named.keys().filter(|&&n| n == 0 || n > LAST).collect();
    assert!(beyond.is_empty(), "no such behaviour: {beyond:?}");
}

#[test]
fn numbers_are_read() {
    assert_eq!(numbers("24, 30-32: what"), [24, 30, 31, 32]);
    assert_eq!(numbers("144"), [144]);
    assert!(numbers("no 24: what").is_empty());
    assert!(numbers("").is_empty());
}
