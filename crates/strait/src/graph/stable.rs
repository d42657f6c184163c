//! Numbers that stand for handles.
//!
//! One table of the process under one lock: entries by index, each with a generation. A number is
//! the index and the generation, neither of which means anything without the table, so a number
//! that was made up or is out of date is found out.
//!
//! ```text
//!            new                    take, dispose
//!   free(g) ─────▶ taken(g) ───────────────────────▶ free(g + 1)
//! ```
//!
//! Generations begin at 1, so 0 is no number, and an entry whose generations are used up is not
//! used again, so no number comes back. Values are dropped without the lock.

#![forbid(unsafe_code)]

use std::any::{Any, type_name};
use std::error::Error;
use std::ffi::c_void;
use std::fmt;

use super::bound::Bound;
use super::detach::Detached;
use super::frozen::Frozen;
use super::trace::{Freeze, Trace, Transfer};
use crate::kernel::prim::{Mutex, shared_static};

/// Keeps [`Stable`] to the handles of this room, whose clones run no code of the user.
pub trait Sealed {}

/// Handles for which a [`StableRef`] can stand: [`Frozen`], [`Detached`] and [`Bound`].
pub trait Stable: Any + Send + Sealed {}

impl<T: Freeze> Sealed for Frozen<T> {}
impl<T: Freeze> Stable for Frozen<T> {}
impl<T: Transfer> Sealed for Detached<T> {}
impl<T: Transfer> Stable for Detached<T> {}
impl<T: Trace> Sealed for Bound<T> {}
impl<T: Trace> Stable for Bound<T> {}

/// A number that stands for a handle, for code in other languages.
///
/// It keeps what it stands for until it is [taken](Self::take) or [disposed](Self::dispose) of.
/// It is copied freely; a copy that is used after that, or with another type, gives an error, and
/// no number is ever given twice. Any thread may use it. O(1), under a lock of the process.
///
/// # Examples
/// ```
/// use strait::graph::{Frozen, Obj, StableRef, StableRefError};
///
/// let frozen = Obj::new(String::from("kept")).freeze().unwrap();
/// let number: u64 = StableRef::new(frozen).to_bits();
///
/// let stable = StableRef::from_bits(number);
/// assert_eq!(*stable.get::<Frozen<String>>().unwrap(), "kept");
/// stable.dispose().unwrap();
/// assert_eq!(stable.get::<Frozen<String>>().unwrap_err(), StableRefError::Stale);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StableRef(u64);

/// Why a [`StableRef`] gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StableRefError {
    /// It has been taken or disposed of, or never was one.
    Stale,
    /// It stands for a handle of another type, and still does.
    WrongType {
        /// What was asked for.
        expected: &'static str,
        /// What it stands for.
        found: &'static str,
    },
}

impl fmt::Display for StableRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("the reference is stale"),
            Self::WrongType { expected, found } => {
                let (expected, found) = (super::error::short(expected), super::error::short(found));
                write!(f, "the reference stands for a `{found}`, not for a `{expected}`")
            }
        }
    }
}

impl Error for StableRefError {}

struct Entry {
    generation: u32,
    value: Option<Value>,
}

struct Value {
    handle: Box<dyn Any + Send>,
    type_name: &'static str,
}

struct Table {
    entries: Vec<Entry>,
    free: Vec<u32>,
}

shared_static! {
    static TABLE: Mutex<Table> = Mutex::new(Table { entries: Vec::new(), free: Vec::new() });
}

impl Table {
    fn put(&mut self, value: Value) -> StableRef {
        let index = self.free.pop().unwrap_or_else(|| {
            let index = u32::try_from(self.entries.len()).expect("the table of references is full");
            self.entries.push(Entry { generation: 1, value: None });
            index
        });
        let entry = &mut self.entries[index as usize];
        entry.value = Some(value);
        StableRef(u64::from(entry.generation) << 32 | u64::from(index))
    }

    fn entry(&mut self, StableRef(bits): StableRef) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(bits as u32 as usize)?;
        (u64::from(entry.generation) == bits >> 32).then_some(entry)
    }

    fn value(&mut self, stable: StableRef) -> Result<&Value, StableRefError> {
        self.entry(stable).and_then(|entry| entry.value.as_ref()).ok_or(StableRefError::Stale)
    }

    fn remove(&mut self, stable: StableRef) -> Option<Value> {
        let entry = self.entry(stable)?;
        let value = entry.value.take()?;
        entry.generation += 1;
        if entry.generation < u32::MAX {
            self.free.push(stable.0 as u32);
        }
        Some(value)
    }
}

impl Value {
    fn get<H: Stable>(&self) -> Result<&H, StableRefError> {
        let found = self.type_name;
        let handle = self.handle.downcast_ref();
        handle.ok_or(StableRefError::WrongType { expected: type_name::<H>(), found })
    }
}

impl StableRef {
    /// A number that stands for the handle.
    ///
    /// # Panics
    /// If there are 2³² of them.
    pub fn new<H: Stable>(handle: H) -> Self {
        let value = Value { handle: Box::new(handle), type_name: type_name::<H>() };
        TABLE.lock().put(value)
    }

    /// Another handle of what it stands for; it goes on standing for it.
    ///
    /// # Errors
    /// If it is stale, or of another type.
    pub fn get<H: Stable + Clone>(self) -> Result<H, StableRefError> {
        // No code of the user runs when these handles are cloned.
        TABLE.lock().value(self)?.get().cloned()
    }

    /// The handle. The number is stale from then on.
    ///
    /// # Errors
    /// If it is stale, or of another type, in which case nothing has changed.
    pub fn take<H: Stable>(self) -> Result<H, StableRefError> {
        let mut table = TABLE.lock();
        table.value(self)?.get::<H>()?;
        let value = table.remove(self);
        drop(table);
        let handle = value.and_then(|value| value.handle.downcast().ok());
        handle.map(|handle| *handle).ok_or(StableRefError::Stale)
    }

    /// Drops the handle, whatever its type, on this thread. The number is stale from then on.
    ///
    /// # Errors
    /// If it is stale.
    pub fn dispose(self) -> Result<(), StableRefError> {
        let value = TABLE.lock().remove(self);
        value.map(drop).ok_or(StableRefError::Stale)
    }

    /// How many numbers stand for something: those that nobody has disposed of yet.
    pub fn count() -> usize {
        let table = TABLE.lock();
        table.entries.iter().filter(|entry| entry.value.is_some()).count()
    }

    /// The number. It is not 0.
    pub fn to_bits(self) -> u64 {
        self.0
    }

    /// A number that came back. Any number will do; if it stands for nothing, it is stale.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The number in the place of a pointer, which is not null and leads nowhere.
    #[cfg(target_pointer_width = "64")]
    pub fn to_raw(self) -> *mut c_void {
        std::ptr::without_provenance_mut(self.0 as usize)
    }

    /// A number that came back in the place of a pointer. Any pointer will do.
    #[cfg(target_pointer_width = "64")]
    pub fn from_raw(raw: *mut c_void) -> Self {
        Self(raw.addr() as u64)
    }
}

impl fmt::Debug for StableRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StableRef({:#x})", self.0)
    }
}
