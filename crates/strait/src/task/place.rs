//! Places in the source, as numbers: a job keeps four bytes of where it was spawned.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::collections::HashMap;
use std::panic::Location;

use crate::kernel::prim::{Global, Guard, Mutex};

type Place = &'static Location<'static>;

#[derive(Default)]
struct Places {
    numbers: HashMap<Place, u32>,
    places: Vec<Place>,
}

/// Grows with the program text, not with its run.
fn places() -> Guard<'static, Places> {
    static PLACES: Global<Mutex<Places>> = Global::new();
    PLACES.get_or_init(Mutex::default).lock()
}

thread_local! {
    /// The place of the last spawn on this thread, which is likely that of the next one.
    static LAST: Cell<Option<(Place, u32)>> = const { Cell::new(None) };
}

/// The number of a place.
pub(super) fn number(place: Place) -> u32 {
    if let Some((last, number)) = LAST.try_with(Cell::get).ok().flatten()
        && std::ptr::eq(last, place)
    {
        return number;
    }
    let mut places = places();
    let next = u32::try_from(places.places.len()).unwrap_or(u32::MAX);
    let number = *places.numbers.entry(place).or_insert(next);
    if number == next {
        places.places.push(place);
    }
    drop(places);
    let _ = LAST.try_with(|last| last.set(Some((place, number))));
    number
}

/// The place of a number.
pub(super) fn place(number: u32) -> Option<Place> {
    places().places.get(usize::try_from(number).ok()?).copied()
}
