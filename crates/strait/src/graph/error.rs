//! What the operations of a graph can report. Every failed move or freeze gives the handle back.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

/// The node is borrowed mutably.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BorrowError;

/// Why a node cannot be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BorrowMutError {
    /// Somebody reads or writes it.
    Borrowed,
    /// It is frozen, for ever.
    Frozen,
}

/// The node is frozen already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyFrozen;

/// Why a graph cannot be frozen. Nothing of it is.
pub struct FreezeError<H> {
    /// The handle, as it was.
    pub handle: H,
    /// What is in the way.
    pub offender: Offender,
}

/// Why a graph cannot be moved. Nothing has changed, but that garbage may have been collected.
pub struct DetachError<H> {
    /// The handle, as it was.
    pub handle: H,
    /// What is in the way, at most [`OFFENDERS`](Self::OFFENDERS) of it.
    pub offenders: Vec<Offender>,
}

/// A node that is in the way, or the node that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offender {
    /// The name of its type.
    pub type_name: &'static str,
    /// Its number, as [`Obj::id`](super::Obj::id) gives it.
    pub id: usize,
    /// The fields that lead to it from the root: the type of each node on the way, and the name of
    /// the field by which it is left.
    pub path: Vec<(&'static str, &'static str)>,
    /// Why it is in the way.
    pub reason: Reason,
}

/// Why a node is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Handles that are no links of the graph lead to it.
    Handles(u64),
    /// Weak handles from outside of the graph lead to it.
    WeakHandles(u64),
    /// A weak handle in it leads to a mutable node outside of the graph.
    WeakOutside,
    /// It is being read.
    Borrowed,
    /// It is being written to, or a cell in it is.
    BorrowedMut,
    /// It may never be frozen.
    NeverFreezes,
}

impl<H> DetachError<H> {
    /// The most offenders that are listed.
    pub const OFFENDERS: usize = 16;

    /// The handle, as it was.
    pub fn into_handle(self) -> H {
        self.handle
    }
}

impl<H> FreezeError<H> {
    /// The handle, as it was.
    pub fn into_handle(self) -> H {
        self.handle
    }
}

impl fmt::Display for BorrowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the node is being written to")
    }
}

impl fmt::Display for BorrowMutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Borrowed => "the node is being read or written to",
            Self::Frozen => "the node is frozen",
        })
    }
}

impl fmt::Display for AlreadyFrozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the node is frozen already")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handles(1) => f.write_str("has 1 handle outside of the graph"),
            Self::Handles(n) => write!(f, "has {n} handles outside of the graph"),
            Self::WeakHandles(1) => f.write_str("has 1 weak handle outside of the graph"),
            Self::WeakHandles(n) => write!(f, "has {n} weak handles outside of the graph"),
            Self::WeakOutside => f.write_str("holds a weak handle of a node outside of the graph"),
            Self::Borrowed => f.write_str("is being read"),
            Self::BorrowedMut => f.write_str("is being written to"),
            Self::NeverFreezes => f.write_str("may never be frozen"),
        }
    }
}

impl fmt::Display for Offender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`")?;
        for (node, field) in &self.path {
            write!(f, "{}.{field} -> ", short(node))?;
        }
        write!(f, "{}` {}", short(self.type_name), self.reason)
    }
}

/// A type's name without the paths in it.
pub(super) fn short(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut start = 0;
    for (index, letter) in name.char_indices() {
        if letter == ':' {
            // What was before is a module.
            start = index + 1;
        } else if !letter.is_alphanumeric() && letter != '_' {
            let end = index + letter.len_utf8();
            out.push_str(&name[start..end]);
            start = end;
        }
    }
    out.push_str(&name[start..]);
    out
}

impl<H> fmt::Display for DetachError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the graph is not isolated: ")?;
        for (index, offender) in self.offenders.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{offender}")?;
        }
        Ok(())
    }
}

impl<H> fmt::Display for FreezeError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the graph cannot be frozen: {}", self.offender)
    }
}

impl<H> fmt::Debug for DetachError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetachError").field("offenders", &self.offenders).finish_non_exhaustive()
    }
}

impl<H> fmt::Debug for FreezeError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FreezeError").field("offender", &self.offender).finish_non_exhaustive()
    }
}

impl Error for BorrowError {}
impl Error for BorrowMutError {}
impl Error for AlreadyFrozen {}
impl<H> Error for DetachError<H> {}
impl<H> Error for FreezeError<H> {}
