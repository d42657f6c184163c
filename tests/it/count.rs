//! The example `count`, run as a user runs it: what it prints, what it forgives, how it stops.

#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use serde_json::{Value, json};

use crate::support::watch::shrunk;

#[cfg(unix)]
mod interrupt;

const MODES: [[&str; 2]; 4] =
    [["--threads", "1"], ["--threads", "4"], ["--tasks", "1"], ["--tasks", "4"]];

/// `cargo run --example count --`. On Unix, cargo becomes the example, so the process is the
/// example's as soon as that has begun.
fn count() -> Command {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let built = cargo("build").output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    });
    let mut command = cargo("run");
    command.arg("--");
    command
}

fn cargo(verb: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([verb, "--quiet", "--package", "strait", "--example", "count", "--manifest-path"]);
    cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo
}

/// A folder of its own, gone with the value.
struct Tree(PathBuf);

impl Tree {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("strait-count-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let root = std::env::temp_dir().join(name);
        fs::create_dir(&root).unwrap();
        Self(root)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn file(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A bit of everything, and what is to be said of it.
    fn sample() -> (Self, Value) {
        let tree = Self::new();
        tree.file("main.rs", "fn main() {\n}\n\n// end");
        tree.file("deep/down/lib.RS", "\n");
        tree.file("notes.md", "one two  three\n");
        tree.file(".hidden", "seen\n");
        tree.file("deep/image.png", [b'P', 0, b'G']);
        tree.file("deep/empty.txt", "");
        tree.file(".git/config", "not\nseen\n");
        let row = |name: Option<&str>, [files, binary, lines, blank, words, bytes]: [u64; 6]| {
            let mut row = json!({
                "files": files, "binary": binary, "lines": lines, "blank": blank, "words": words, "bytes": bytes,
            });
            if let Some(name) = name {
                row["type"] = json!(name);
            }
            row
        };
        let expected = json!({
            "partial": false,
            "types": [
                row(Some("(none)"), [1, 0, 1, 0, 1, 5]),
                row(Some("md"), [1, 0, 1, 0, 3, 15]),
                row(Some("png"), [1, 1, 0, 0, 0, 3]),
                row(Some("rs"), [2, 0, 5, 2, 6, 22]),
                row(Some("txt"), [1, 0, 0, 0, 0, 0]),
            ],
            "total": row(None, [6, 1, 7, 2, 10, 45]),
            "skipped": { "symlinks": 0, "special": 0 },
            "errors": [],
        });
        (tree, expected)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The report, without what differs from run to run.
fn report(stdout: &[u8]) -> Value {
    let mut report: Value = serde_json::from_slice(stdout).unwrap();
    let run = report.as_object_mut().unwrap().remove("run").unwrap();
    assert!(run["seconds"].as_f64().unwrap() > 0.0);
    report
}

#[track_caller]
fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn json_of(tree: &Tree, mode: &[&str]) -> (Value, String) {
    let output = succeed(count().args(mode).args(["--json", "--sort", "name"]).arg(tree.path()));
    (report(&output.stdout), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn threads_and_tasks_count_the_same() {
    if shrunk() {
        return;
    }
    let (tree, expected) = Tree::sample();
    for mode in MODES {
        let (report, stderr) = json_of(&tree, &mode);
        assert_eq!(report, expected, "{mode:?}");
        assert_eq!(stderr, "", "{mode:?}: no progress line, since stderr is no terminal");
    }
    // Everything in the order of bytes, .git too.
    let output = succeed(count().args(["--json", "--sort", "bytes", "--all"]).arg(tree.path()));
    let report = report(&output.stdout);
    let types = report["types"].as_array().unwrap().iter().map(|row| row["type"].as_str().unwrap());
    assert_eq!(types.collect::<Vec<_>>(), ["rs", "md", "(none)", "png", "txt"]);
    assert_eq!(report["total"]["files"], 7);
}

#[test]
fn the_table_is_aligned_and_has_a_total() {
    if shrunk() {
        return;
    }
    let tree = Tree::new();
    tree.file("many.txt", "word\n".repeat(1_234));
    tree.file("one.c", [0]);
    let output = succeed(count().arg(tree.path()));
    let table = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines[0], "type   files  binary  lines  blank  words  bytes");
    assert_eq!(lines[2], "txt        1       0  1,234      0  1,234  6,170");
    assert_eq!(lines[3], "c          1       1      -      -      -      1");
    assert_eq!(lines[5], "total      2       1  1,234      0  1,234  6,171");
    assert!(lines[6].contains(" MB/s (threads: "), "{table}");
    assert_eq!(lines.len(), 7);
}

#[test]
fn a_wrong_call_is_told_so() {
    if shrunk() {
        return;
    }
    let missing = count().arg("/no/such/folder").output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    let stderr = String::from_utf8(missing.stderr).unwrap();
    assert!(stderr.contains("/no/such/folder"), "{stderr}");
    assert!(missing.stdout.is_empty());
    for wrong in [&["--threads", "0"][..], &["--threads", "2", "--tasks", "2"]] {
        assert_eq!(count().args(wrong).output().unwrap().status.code(), Some(2), "{wrong:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_special_files_are_passed_over() {
    if shrunk() {
        return;
    }
    let (tree, mut expected) = Tree::sample();
    // Into a cycle, out of the tree, nowhere, to a file.
    let links = [("deep/up", ".."), ("out", "/"), ("broken", "nowhere"), ("again", "main.rs")];
    for (name, target) in links {
        std::os::unix::fs::symlink(target, tree.path().join(name)).unwrap();
    }
    let _socket = std::os::unix::net::UnixListener::bind(tree.path().join("s.rs")).unwrap();
    expected["skipped"] = json!({ "symlinks": 4, "special": 1 });
    for mode in MODES {
        assert_eq!(json_of(&tree, &mode).0, expected, "{mode:?}");
    }
}

/// A name that is not UTF-8 is counted like any other, and shown as well as it can be. Not on
/// macOS, whose file system refuses it.
#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn a_name_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    if shrunk() {
        return;
    }
    let tree = Tree::new();
    tree.file(OsStr::from_bytes(b"caf\xe9.rs"), "line\n");
    tree.file(OsStr::from_bytes(b"folder\xff/odd.r\xe9"), "line\n");
    for mode in MODES {
        let (report, _) = json_of(&tree, &mode);
        let types = report["types"].as_array().unwrap();
        assert_eq!(types.len(), 2, "{mode:?}");
        assert_eq!((&types[0]["type"], &types[0]["files"]), (&json!("rs"), &json!(1)));
        assert_eq!((&types[1]["type"], &types[1]["lines"]), (&json!("r\u{fffd}"), &json!(1)));
    }
}

/// What cannot be read is listed, and the rest is counted. Root may read everything, and then all
/// there is to see is that nothing fails.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_no_reason_to_stop() {
    use std::os::unix::fs::PermissionsExt;

    if shrunk() {
        return;
    }
    let tree = Tree::new();
    tree.file("open.rs", "line\n");
    let locked: Vec<_> = (0..7).map(|i| tree.file(format!("{i}.rs"), "line\n")).collect();
    let folder = tree.path().join("folder");
    fs::create_dir(&folder).unwrap();
    for path in locked.iter().chain([&folder]) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o0)).unwrap();
    }
    let readable = fs::File::open(&locked[0]).is_ok();
    for mode in MODES {
        let (report, stderr) = json_of(&tree, &mode);
        assert_eq!(report["partial"], false);
        if readable {
            assert_eq!((&report["total"]["files"], &*stderr), (&json!(8), ""));
            continue;
        }
        assert_eq!(report["total"]["files"], 1, "{mode:?}");
        assert_eq!(report["errors"].as_array().unwrap().len(), 8);
        assert!(stderr.starts_with("8 could not be read:\n"), "{stderr}");
        assert!(stderr.contains("and 3 more (--errors lists all)"), "{stderr}");
    }
    if !readable {
        let output = succeed(count().arg("--errors").arg(tree.path()));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.lines().count(), 9, "{stderr}");
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
}
