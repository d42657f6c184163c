//! Locks by how many contend, the latest value by how many it wakes: one line a contestant.

use super::Figure;
use super::arms;
use crate::raw::{Raw, Row};

/// A figure for all rows that differ in their number alone.
pub(crate) fn figures(raw: &Raw, threshold: f64) -> Vec<Figure> {
    arms::grouped(raw, threshold, group, ("crowd", "how many"))
}

/// The name with the number left open, as in `sync/mutex/tasks2/N/yield`.
fn group(row: &Row) -> Option<(String, u32)> {
    let at = match row.name.split('/').collect::<Vec<_>>()[..] {
        ["sync", _, _, _, ..] => 3,
        ["many", "latest", "wake", _, _] => 4,
        _ => return None,
    };
    arms::left_open(row, at)
}
