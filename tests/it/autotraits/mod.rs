//! `Send`, `Sync` and `Unpin` of every public type, as one table.
//!
//! A message type stands for each kind of message: one that may cross threads and be shared, one
//! that may only cross, one that may do neither, and one that may be shared but never cross.

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::rc::Rc;

use crate::rooms::exported;

/// May cross threads, may be shared.
type Plain = u8;
/// May cross threads, may not be shared.
type Moves = Cell<u8>;
/// May neither cross nor be shared.
type Stays = Rc<u8>;
/// May be shared, may not cross.
type Shared = std::sync::MutexGuard<'static, u8>;
/// May not be moved once it is pinned.
type Pinned = PhantomPinned;

/// Asks whether a type implements a trait: the inherent constant hides that of the trait.
macro_rules! implements {
    ($type:ty, $name:path) => {{
        #[allow(dead_code)]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Ask<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        impl<T: ?Sized + $name> Ask<T> {
            const ANSWER: bool = true;
        }
        <Ask<$type>>::ANSWER
    }};
}

/// One row: the type, and what it has of `Send`, `Sync` and `Unpin`.
struct Row {
    name: &'static str,
    has: [bool; 3],
    expected: [bool; 3],
}

macro_rules! table {
    ($($type:ty: [$send:tt $sync:tt $unpin:tt])*) => {
        [$(Row {
            name: stringify!($type),
            has: [
                implements!($type, std::marker::Send),
                implements!($type, std::marker::Sync),
                implements!($type, std::marker::Unpin),
            ],
            expected: [mark!($send), mark!($sync), mark!($unpin)],
        }),*]
    };
}

macro_rules! mark {
    (y) => {
        true
    };
    (-) => {
        false
    };
}

mod channels;
mod graphs;
mod jobs;
mod locks;
mod selects;

fn check(table: &[Row]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|row| row.has != row.expected)
        .map(|Row { name, has, expected }| format!("{name}: has {has:?}, expected {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "[Send, Sync, Unpin] of\n{}", wrong.join("\n"));
}

#[test]
fn the_question_can_be_answered_both_ways() {
    check(&table! {
        Plain: [y y y]
        Moves: [y - y]
        Stays: [- - y]
        Shared: [- y y]
        Pinned: [y y -]
    });
}

const TABLES: [&str; 5] = [
    include_str!("channels.rs"),
    include_str!("graphs.rs"),
    include_str!("jobs.rs"),
    include_str!("locks.rs"),
    include_str!("selects.rs"),
];

/// What is exported and no type.
const TRAITS: [&str; 11] = [
    "Arm",
    "Arms",
    "Ending",
    "Family",
    "Freeze",
    "Graph",
    "Keep",
    "Operation",
    "Trace",
    "Transfer",
    "Wait",
];

#[test]
fn no_public_type_is_left_out() {
    let names = exported();
    assert!(names.len() > 10, "few exports were found: {names:?}");
    let table = TABLES.concat();
    let listed = |name: &str| {
        let row = |line: &str| {
            let rest = line.trim_start().strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with('<') || rest.starts_with(": ["))
        };
        table.lines().any(row)
    };
    let is_type =
        |name: &&String| name.starts_with(char::is_uppercase) && !TRAITS.contains(&name.as_str());
    let missing: Vec<&String> =
        names.iter().filter(is_type).filter(|name| !listed(name.as_str())).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
}
