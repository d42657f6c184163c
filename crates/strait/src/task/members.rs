//! The children of a scope, in a slab.
//!
//! A child costs one slot of 24 bytes: its waker, by which cancellation reaches it, the place
//! where it was spawned, for `dump`, and the turn of the slot, so that a handle to a child that
//! has ended does not reach the next one. Slots come in chunks that never move: growing a vector
//! of a million of them would copy it, and hold it twice.

#![forbid(unsafe_code)]

use std::task::Waker;

/// Slots in a chunk. The first one grows up to this size.
const CHUNK: usize = 512;

/// Names one stay of one child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) index: u32,
    pub(super) turn: u32,
}

impl Key {
    /// The body of the scope, which is in no slot.
    pub(super) const BODY: Self = Self { index: u32::MAX, turn: 0 };
}

#[derive(Debug)]
struct Slot {
    held: Held,
    place: u32,
    turn: u32,
}

#[derive(Debug)]
enum Held {
    Child(Waker),
    /// The next free slot; itself if there is none.
    Free(u32),
}

/// The slab.
#[derive(Debug)]
pub(super) struct Members {
    chunks: Vec<Vec<Slot>>,
    free: Option<u32>,
    len: usize,
    /// Slots start here, so that a key from before the slab was emptied fits none of its next ones.
    turn: u32,
}

impl Members {
    pub(super) const fn new() -> Self {
        Self { chunks: Vec::new(), free: None, len: 0, turn: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a child, which `make` builds from its key.
    pub(super) fn insert<R>(&mut self, place: u32, make: impl FnOnce(Key) -> (Waker, R)) -> R {
        let index = match self.free {
            Some(index) => index,
            None => self.grow(),
        };
        let slot = self.slot(index).expect("it is free");
        let key = Key { index, turn: slot.turn };
        let (waker, made) = make(key);
        let slot = self.slot(index).expect("it is free");
        slot.place = place;
        let Held::Free(next) = std::mem::replace(&mut slot.held, Held::Child(waker)) else {
            unreachable!("only free slots are in the list");
        };
        self.free = (next != index).then_some(next);
        self.len += 1;
        made
    }

    /// Adds a free slot.
    fn grow(&mut self) -> u32 {
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            let room = if self.chunks.is_empty() { 4 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(room));
        }
        let before = (self.chunks.len() - 1) * CHUNK;
        let last = self.chunks.last_mut().expect("just made");
        let index = u32::try_from(before + last.len()).expect("a scope has fewer than 2^32 - 1");
        assert_ne!(index, Key::BODY.index, "a scope has fewer than 2^32 - 1 children");
        last.push(Slot { held: Held::Free(index), place: 0, turn: self.turn });
        self.free = Some(index);
        index
    }

    /// Takes a child out; its waker is for the caller to drop. `None`: it has left before.
    pub(super) fn remove(&mut self, key: Key) -> Option<(Waker, u32)> {
        let next = self.free.unwrap_or(key.index);
        let slot = self.slot(key.index).filter(|slot| slot.turn == key.turn)?;
        if matches!(slot.held, Held::Free(_)) {
            return None;
        }
        let Held::Child(waker) = std::mem::replace(&mut slot.held, Held::Free(next)) else {
            return None;
        };
        slot.turn = slot.turn.wrapping_add(1);
        let (place, turn) = (slot.place, slot.turn);
        self.free = Some(key.index);
        self.len -= 1;
        // The turns of all slots stay below that of the slab.
        if turn > self.turn {
            self.turn = turn;
        }
        if self.len == 0 && self.chunks.len() > 1 {
            self.chunks = Vec::new();
            self.free = None;
        }
        Some((waker, place))
    }

    /// The waker of a child that is still there.
    pub(super) fn waker(&mut self, key: Key) -> Option<&mut Waker> {
        match self.slot(key.index) {
            Some(Slot { held: Held::Child(waker), turn, .. }) if *turn == key.turn => Some(waker),
            _ => None,
        }
    }

    /// Where a child that is still there was spawned.
    pub(super) fn place(&mut self, key: Key) -> Option<u32> {
        self.waker(key)?;
        self.slot(key.index).map(|slot| slot.place)
    }

    /// The children from an index on, with where they were spawned.
    pub(super) fn iter(&self, from: usize) -> impl Iterator<Item = (Key, &Waker, u32)> {
        let slots =
            self.chunks.iter().skip(from / CHUNK).enumerate().flat_map(move |(i, chunk)| {
                let skip = if i == 0 { from % CHUNK } else { 0 };
                let first = (from / CHUNK + i) * CHUNK;
                chunk.iter().enumerate().skip(skip).map(move |(j, slot)| (first + j, slot))
            });
        slots.filter_map(|(index, slot)| match &slot.held {
            Held::Child(waker) => {
                let index = u32::try_from(index).expect("made from one");
                Some((Key { index, turn: slot.turn }, waker, slot.place))
            }
            Held::Free(_) => None,
        })
    }

    fn slot(&mut self, index: u32) -> Option<&mut Slot> {
        let index = usize::try_from(index).ok()?;
        self.chunks.get_mut(index / CHUNK)?.get_mut(index % CHUNK)
    }
}

#[cfg(all(test, not(strait_loom)))]
mod tests {
    use super::*;

    fn add(members: &mut Members, place: u32) -> Key {
        members.insert(place, |key| (Waker::noop().clone(), key))
    }

    #[test]
    fn a_slot_is_small() {
        assert_eq!(size_of::<Slot>(), 24);
    }

    #[test]
    fn an_old_key_does_not_reach_the_next_child() {
        let mut members = Members::new();
        let old = add(&mut members, 1);
        assert!(members.remove(old).is_some());
        let new = add(&mut members, 2);
        assert_eq!(old.index, new.index);
        assert!(members.remove(old).is_none() && members.waker(old).is_none());
        assert!(members.waker(new).is_some());
        assert_eq!(members.remove(new).map(|(_, place)| place), Some(2));
    }

    #[test]
    fn an_old_key_is_void_after_the_slab_was_given_back() {
        let mut members = Members::new();
        let keys: Vec<Key> = (0..2_000).map(|i| add(&mut members, i)).collect();
        assert_eq!(members.iter(0).count(), 2_000);
        assert_eq!(members.iter(700).map(|(_, _, place)| place).next(), Some(700));
        keys.iter().for_each(|key| assert!(members.remove(*key).is_some()));
        assert!(members.chunks.is_empty() && members.len() == 0);
        (0..2_000).for_each(|i| _ = add(&mut members, i));
        keys.iter().for_each(|key| assert!(members.remove(*key).is_none()));
    }

    #[test]
    fn free_slots_are_used_again() {
        let mut members = Members::new();
        let keys: Vec<Key> = (0..100).map(|i| add(&mut members, i)).collect();
        for key in &keys[10..60] {
            assert!(members.remove(*key).is_some());
        }
        for i in 0..50 {
            assert!(add(&mut members, i).index < 100);
        }
        assert_eq!(members.len(), 100);
        assert_eq!(add(&mut members, 0).index, 100);
    }
}
