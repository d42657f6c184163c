//! The place of a node among the candidates, written in its header. The callers have the node.

#![forbid(unsafe_code)]

use std::ptr::NonNull;

use super::header::Header;
use super::walk::header;

/// Notes the place. False if there is no room for such a number: the node is then no candidate.
#[inline]
pub(super) fn set(node: NonNull<Header>, index: usize) -> bool {
    let Ok(slot) = u32::try_from(index + 1) else { return false };
    header(node).set_slot(slot);
    true
}

#[inline]
pub(super) fn clear(node: NonNull<Header>) {
    header(node).set_slot(0);
}

#[inline]
pub(super) fn is_set(node: NonNull<Header>) -> bool {
    header(node).slot() != 0
}

/// The place, which is then forgotten.
pub(super) fn take(node: NonNull<Header>) -> usize {
    let header = header(node);
    let index = header.slot() as usize - 1;
    header.set_slot(0);
    index
}
