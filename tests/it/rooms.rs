//! The rules between the rooms of the library, kept by reading its source.
//!
//! A room is a folder of `crates/strait/src`. `rooms/breaches.rs` plants a breach of each rule in
//! a made-up library and sees it reported, so a check that has gone blind is noticed.

mod breaches;
mod paths;
mod rules;
mod source;
mod strip;

use std::fs;
use std::path::{Path, PathBuf};

use self::rules::{Breach, Rules};
use self::source::{Library, lines};

/// Each room and the parts of other rooms that it may name. A room stands below all that it
/// names, so there is no cycle.
const ROOMS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("sync", &["kernel"]),
    ("channel", &["kernel"]),
    ("select", &["kernel", "channel", "sync"]),
    ("flow", &["kernel::prim", "channel", "sync"]),
    (
        "task",
        // It blocks threads and wakes tasks as the others do, by the kernel's means.
        &["kernel::prim", "kernel::parker", "kernel::waiter", "channel", "sync", "select", "flow"],
    ),
    ("graph", &["kernel::prim"]),
    ("worker", &["kernel::prim", "graph", "channel", "task"]),
];

/// The files that hold unsafe code; all others forbid it.
const UNSAFE: &[&str] = &[
    "channel/broadcast/reader.rs",
    "channel/broadcast/ring.rs",
    "channel/broadcast/slot.rs",
    "channel/choice.rs",
    "channel/close.rs",
    "channel/core.rs",
    "channel/gate.rs",
    "channel/latest/cell.rs",
    "channel/latest/sender.rs",
    "channel/latest/view.rs",
    "channel/oneshot/state.rs",
    "channel/recv.rs",
    "channel/send.rs",
    "graph/atomic.rs",
    "graph/borrow.rs",
    "graph/bound.rs",
    "graph/cycles.rs",
    "graph/detach.rs",
    "graph/drain.rs",
    "graph/freezable.rs",
    "graph/freeze.rs",
    "graph/frozen.rs",
    "graph/hardened.rs",
    "graph/header.rs",
    "graph/impls.rs",
    "graph/node.rs",
    "graph/obj.rs",
    "graph/pinned.rs",
    "graph/raw.rs",
    "graph/region.rs",
    "graph/shared.rs",
    "graph/slot.rs",
    "graph/trace.rs",
    "graph/walk.rs",
    "graph/weak.rs",
    "kernel/cell.rs",
    "kernel/directory.rs",
    "kernel/prim.rs",
    "kernel/segment.rs",
    "kernel/slab.rs",
    "kernel/waiter.rs",
    // The guards, which hold the lock, and the place of the value.
    "sync/guard.rs",
    "sync/once.rs",
    "sync/place.rs",
    "sync/rwguard.rs",
];

const RULES: Rules = Rules {
    rooms: ROOMS,
    unsafe_files: UNSAFE,
    shim: "kernel/prim.rs",
    runtime: "task/runtime.rs",
    root_exports: &["main", "test"],
    macros: &[("select", "__select"), ("select", "select_biased")],
};

/// Features follow dependencies; a noun gets none.
const FEATURES: &[&str] = &["default", "task", "graph", "full", "test"];

/// The most lines that a file may have, and the most that hold code.
const LINES: usize = 700;
const CODE: usize = 400;

/// The folders with Rust files of ours, from the root of the workspace.
const FOLDERS: [&str; 5] = ["crates", "examples", "lab", "tests", "xtask"];

#[test]
fn the_library_keeps_its_rules() {
    report(&RULES.breaches(&library()));
}

#[test]
fn a_room_names_only_rooms_below_it() {
    for (index, (room, names)) in ROOMS.iter().enumerate() {
        for name in *names {
            let named = name.split("::").next();
            let below = ROOMS[..index].iter().any(|(lower, _)| named == Some(*lower));
            assert!(below, "`{room}` may name `{name}`, which is not below it");
        }
    }
}

#[test]
fn no_file_is_too_long() {
    let root = workspace();
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files);
    }
    let long: Vec<String> = files
        .iter()
        .filter_map(|path| {
            let (all, code) = lines(&read(path));
            let path = inside(&root, path);
            (all > LINES || code > CODE).then(|| format!("{path}: {all} lines, {code} of code"))
        })
        .collect();
    assert!(long.is_empty(), "split by state or phase:\n{}", long.join("\n"));
}

#[test]
fn features_follow_dependencies() {
    let manifest = read(&workspace().join("crates/strait/Cargo.toml"));
    let section = manifest.split("\n[features]\n").nth(1).unwrap_or("");
    let section = section.split("\n[").next().unwrap_or("");
    for line in section.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let Some((name, _)) = line.split_once('=') else { continue };
        assert!(FEATURES.contains(&name.trim()), "unplanned feature {name}");
    }
}

/// The names that the rooms export.
pub(super) fn exported() -> Vec<String> {
    let library = library();
    let public = library.sources.iter().filter(|source| library.is_public(&source.module));
    let exports = public.flat_map(|source| paths::exports(source.code.clone(), &source.module));
    exports.map(|export| export.origin().1).collect()
}

fn library() -> Library {
    let root = workspace().join("crates/strait/src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(!files.is_empty(), "no source in {}", root.display());
    Library::parse(files.iter().map(|path| (inside(&root, path), read(path))))
}

fn report(breaches: &[Breach]) {
    let list: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} breaches:\n{}", list.len(), list.join("\n"));
}

fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the package is a folder of the workspace").to_path_buf()
}

/// The Rust files below a folder, in order. Cloned and generated ones are not ours.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("lab/peers") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn inside(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).expect("it was found below the root");
    inner.to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
