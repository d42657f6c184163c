//! A made-up library, with a breach of each rule planted in turn.

use super::rules::Rules;
use super::source::{Library, lines};

const RULES: Rules = Rules {
    rooms: &[("kernel", &[]), ("channel", &["kernel"]), ("flow", &["kernel::prim", "channel"])],
    unsafe_files: &["kernel/cell.rs"],
    shim: "kernel/prim.rs",
    runtime: "flow/runtime.rs",
    root_exports: &["select"],
    macros: &[("channel", "send_all")],
};

/// A library that keeps every rule.
const SOUND: [(&str, &str); 6] = [
    ("lib.rs", "pub mod channel; mod kernel;"),
    ("kernel/mod.rs", "pub(crate) mod cell; pub(crate) mod prim;"),
    ("kernel/cell.rs", "use super::prim::AtomicU8; fn f() { unsafe { g() } }"),
    (
        "kernel/prim.rs",
        "#![forbid(unsafe_code)] pub(crate) use std::sync::atomic::AtomicU8; use std::thread;",
    ),
    (
        "channel/mod.rs",
        "//! Docs.\n#![forbid(unsafe_code)]\nmod send; pub use self::send::Sender;
         #[cfg(all(test, strait_loom))] mod models;",
    ),
    (
        "channel/send.rs",
        "#![forbid(unsafe_code)] use crate::kernel::{cell, prim}; use super::Other;
         use std::sync::Arc; pub(super) struct Sender; pub(in crate::channel) struct Inner;
         #[cfg(test)] mod tests { use std::thread; use super::super::Other; }",
    ),
];

/// No rule is broken.
const KEPT: [u8; 0] = [];

/// The rules that are broken once `text` stands at `path`.
fn broken(path: &str, text: &str) -> Vec<u8> {
    let kept = SOUND.into_iter().filter(|(name, _)| *name != path);
    let files = kept.chain([(path, text)]);
    let library = Library::parse(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    RULES.breaches(&library).iter().map(|breach| breach.rule).collect()
}

/// The rules that are broken once `code` stands in a file of the channel.
fn broken_in_channel(code: &str) -> Vec<u8> {
    broken("channel/recv.rs", &format!("#![forbid(unsafe_code)]\n{code}"))
}

#[test]
fn a_sound_library_passes() {
    assert_eq!(broken_in_channel(""), KEPT);
}

#[test]
fn a_room_above_is_seen() {
    assert_eq!(broken_in_channel("use crate::flow::Flow;"), [1]);
    assert_eq!(broken_in_channel("use crate::{kernel::cell, flow::{Flow, Hot}};"), [1, 1]);
    assert_eq!(broken_in_channel("use super::super::flow;"), [1]);
    assert_eq!(broken_in_channel("mod inner { use super::super::super::flow; }"), [1]);
    assert_eq!(broken_in_channel("fn f() { crate::flow::go() }"), [1]);
    assert_eq!(broken_in_channel("fn f() { vec![crate::flow::go()] }"), [1]);
    assert_eq!(broken_in_channel("#[cfg(test)] mod tests { use crate::flow; }"), [1]);
    assert_eq!(broken_in_channel("use crate::*;"), [1]);
}

#[test]
fn a_part_of_the_kernel_is_not_the_kernel() {
    let flow = |code: &str| broken("flow/map.rs", &format!("#![forbid(unsafe_code)]\n{code}"));
    assert_eq!(flow("use crate::kernel::prim::AtomicU8;"), KEPT);
    assert_eq!(broken_in_channel("fn f() { crate::send_all!(); }"), KEPT);
    assert_eq!(flow("fn f() { crate::send_all!(); }"), [1]);
    assert_eq!(flow("use crate::kernel::cell;"), [1]);
    assert_eq!(flow("use crate::kernel::{cell, prim};"), [1]);
    assert_eq!(flow("use crate::kernel;"), [1]);
    assert_eq!(flow("use crate::kernel::primitive;"), [1]);
}

#[test]
fn a_file_outside_every_room_is_seen() {
    assert_eq!(broken("helper.rs", "#![forbid(unsafe_code)]"), [1]);
}

#[test]
fn crate_visibility_outside_the_kernel_is_seen() {
    assert_eq!(broken_in_channel("pub(crate) fn f() {}"), [2]);
    assert_eq!(broken_in_channel("struct S { pub(crate) x: u8 }"), [2]);
    assert_eq!(broken_in_channel("pub(in crate) struct S;"), [2]);
    assert_eq!(broken_in_channel("macro_rules! m { () => { pub(crate) fn f() {} } }"), [2]);
    assert_eq!(broken_in_channel("pub(in crate::channel) fn f() {}"), KEPT);
}

#[test]
fn primitives_outside_the_shim_are_seen() {
    assert_eq!(broken_in_channel("use std::sync::atomic::AtomicU8;"), [3]);
    assert_eq!(broken_in_channel("use std::{fmt, sync::{Arc, atomic}};"), [3]);
    assert_eq!(broken_in_channel("use std::sync::{self, Arc};"), [3]);
    assert_eq!(broken_in_channel("use std::sync;"), [3]);
    assert_eq!(broken_in_channel("use core::cell::*;"), [3]);
    assert_eq!(broken_in_channel("fn f() { ::std::thread::yield_now() }"), [3]);
    assert_eq!(broken_in_channel("struct S(Vec<core::cell::UnsafeCell<u8>>);"), [3]);
    assert_eq!(broken_in_channel("use loom::model;"), [3]);
    assert_eq!(broken_in_channel("#[cfg(not(test))] use std::thread;"), [3]);
    assert_eq!(broken_in_channel("#[cfg(any(test, unix))] use std::thread;"), [3]);
    assert_eq!(broken_in_channel("use std::cell::Cell; use std::sync::{Arc, Weak};"), KEPT);
}

#[test]
fn tests_may_name_primitives() {
    assert_eq!(broken_in_channel("#[cfg(test)] mod tests { use std::thread; }"), KEPT);
    assert_eq!(broken_in_channel("#[cfg(test)] #[rustfmt::skip] use std::thread;"), KEPT);
    assert_eq!(broken_in_channel("#[cfg(test)] use tokio::{spawn, task};"), KEPT);
    let models = |text: &str| broken("channel/models.rs", text);
    assert_eq!(models("#![forbid(unsafe_code)] use loom::thread;"), KEPT);
    assert_eq!(broken_in_channel("#![cfg(test)] use std::thread;"), KEPT);
}

#[test]
fn code_behind_a_test_is_still_seen() {
    let code = "#[cfg(test)] fn f<A, B>(a: A) {} use std::thread;";
    assert_eq!(broken_in_channel(code), [3]);
    let code = "struct S { #[cfg(test)] hook: u8, cell: std::cell::UnsafeCell<u8> }";
    assert_eq!(broken_in_channel(code), [3]);
}

#[test]
fn a_runtime_outside_its_file_is_seen() {
    assert_eq!(broken_in_channel("use tokio::task;"), [4]);
    assert_eq!(broken_in_channel("fn f() { tokio::spawn(async {}) }"), [4]);
    assert_eq!(broken("flow/runtime.rs", "#![forbid(unsafe_code)] use tokio::task;"), KEPT);
}

#[test]
fn unsafe_code_outside_the_list_is_seen() {
    assert_eq!(broken_in_channel("fn f() { unsafe { g() } }"), [5]);
    assert_eq!(broken_in_channel("unsafe impl Send for S {}"), [5]);
    assert_eq!(broken_in_channel("macro_rules! m { () => { unsafe { g() } } }"), [5]);
    assert_eq!(broken("channel/recv.rs", "fn f() {}"), [5]);
    assert_eq!(broken("channel/recv.rs", "#![deny(unsafe_code)] fn f() {}"), [5]);
    assert_eq!(broken("lib.rs", "fn f() { unsafe { g() } }"), [5]);
}

#[test]
fn a_stale_list_is_seen() {
    assert_eq!(broken("kernel/cell.rs", "#![forbid(unsafe_code)]"), [5]);
}

#[test]
fn a_second_public_path_is_seen() {
    assert_eq!(broken("lib.rs", "pub mod channel; pub use channel::Sender;"), [6]);
    assert_eq!(broken("lib.rs", "pub mod channel; pub use channel::select;"), KEPT);
    let index = |code: &str| {
        broken("channel/mod.rs", &format!("#![forbid(unsafe_code)] mod send; mod recv; {code}"))
    };
    assert_eq!(index("pub use self::send::{Sender, Other}; pub use recv::Receiver;"), KEPT);
    assert_eq!(index("pub use self::send::{Sender, Other}; pub use recv::Sender;"), [6]);
    assert_eq!(index("pub use self::send::*;"), [6]);
    assert_eq!(index("pub mod list; pub use self::{list::Node, send::Sender};"), [6]);
    assert_eq!(broken_in_channel("pub use super::send::Sender;"), KEPT);
}

#[test]
fn an_algorithm_in_an_index_is_seen() {
    let index = |code: &str| broken("channel/mod.rs", &format!("#![forbid(unsafe_code)]\n{code}"));
    assert_eq!(index("pub fn bounded() -> u8 { make(3) }"), KEPT);
    assert_eq!(index("pub fn bounded() { for x in y {} }"), [7]);
    assert_eq!(index("impl S { fn f() { loop { while a {} } } }"), [7, 7]);
    assert_eq!(index(&format!("fn f() {{ {} }}", "g();\n".repeat(20))), [7]);
    assert_eq!(broken_in_channel("fn f() { for x in y {} }"), KEPT);
}

#[test]
fn lines_of_code_are_told_from_the_rest() {
    let text = "//! Docs.\n\n/* a\n block */\nfn f() {} // counts\n/// Docs.\nfn g() {\n}\n\
                #[cfg(test)]\nmod tests {\n    fn h() {}\n}\n";
    assert_eq!(lines(text), (12, 3));
}
