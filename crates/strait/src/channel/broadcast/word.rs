//! The two words of a broadcast channel: the rear, and the word of a slot.
//!
//! ```text
//! rear   | 63 closed | 62 held | 61..46 receivers | 45..0 position of the next element |
//! slot   | 63..34 lap | 33..32 stage | 31..16 pins | 15..0 left                         |
//! ```
//!
//! Positions are counted modulo 2^46 and compared by their signed distance. A slot serves every
//! `slots`-th position, one a *lap*; of the lap it knows as many low bits as it has room for.

#![forbid(unsafe_code)]

use crate::kernel::ticket::Ticket;

const POSITION_BITS: u32 = 46;
const POSITION_MASK: u64 = (1 << POSITION_BITS) - 1;
const RECEIVER_BITS: u32 = 16;

/// The most receivers of a channel at the same time.
pub(in crate::channel) const MOST_RECEIVERS: usize = (1 << RECEIVER_BITS) - 1;

pub(super) const RECEIVER_ONE: u64 = 1 << POSITION_BITS;
pub(super) const HELD: u64 = 1 << 62;
pub(super) const CLOSED: u64 = 1 << 63;

pub(super) const PIN_ONE: u64 = 1 << 16;
const STAGE_SHIFT: u32 = 32;
const LAP_SHIFT: u32 = 34;
const LAP_BITS: u32 = 30;

/// A place in the endless row of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position(u64);

impl Position {
    pub(super) const fn plus(self, n: u64) -> Self {
        Self(self.0.wrapping_add(n) & POSITION_MASK)
    }

    pub(super) const fn minus(self, n: u64) -> Self {
        Self(self.0.wrapping_sub(n) & POSITION_MASK)
    }

    /// How far `self` lies behind `other` in the row; negative when it comes first.
    pub(super) const fn since(self, other: Self) -> i64 {
        let spare = 64 - POSITION_BITS;
        (self.0.wrapping_sub(other.0) << spare) as i64 >> spare
    }

    /// The same place among those who wait.
    pub(super) const fn ticket(self) -> Ticket {
        Ticket::new(self.0)
    }
}

/// A snapshot of the rear.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rear(pub(super) u64);

impl Rear {
    /// Without receivers.
    pub(super) const fn new(start: Position) -> Self {
        Self(start.0)
    }

    pub(super) const fn position(self) -> Position {
        Position(self.0 & POSITION_MASK)
    }

    pub(super) const fn receivers(self) -> u64 {
        self.0 >> POSITION_BITS & ((1 << RECEIVER_BITS) - 1)
    }

    pub(super) const fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    /// A receiver that is being made counts the elements that it is to replay.
    pub(super) const fn is_held(self) -> bool {
        self.0 & HELD != 0
    }

    /// The word after the next position was taken.
    pub(super) const fn advanced(self) -> u64 {
        self.0 & !POSITION_MASK | self.position().plus(1).0
    }
}

/// How positions are laid out on slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    bits: u32,
    lap_bits: u32,
}

/// Where a slot is with the element of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before it: the element has not been published.
    Early,
    /// It holds the element.
    Full,
    /// Behind it: the element was taken out.
    Late,
}

/// What a slot is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for the element of this lap.
    Empty = 0,
    /// It holds the element of this lap.
    Full = 1,
    /// One thread takes the element out: a few instructions.
    Gone = 2,
}

impl Shape {
    /// For 2^`bits` slots.
    pub(super) const fn new(bits: u32) -> Self {
        let known = POSITION_BITS - bits;
        let lap_bits = if known < LAP_BITS { known } else { LAP_BITS };
        Self { bits, lap_bits }
    }

    /// The first position of a new channel: the second lap, so that what lies before the first
    /// element is a lap that has ended. Under `strait_wrap` the last lap before the wrap.
    pub(super) const fn start(self) -> Position {
        let lap =
            if cfg!(strait_wrap) || cfg!(strait_loom) { POSITION_MASK >> self.bits } else { 1 };
        Position(lap << self.bits)
    }

    pub(super) const fn index(self, position: Position) -> usize {
        (position.0 & ((1 << self.bits) - 1)) as usize
    }

    const fn lap(self, position: Position) -> u64 {
        position.0 >> self.bits & ((1 << self.lap_bits) - 1)
    }

    /// The word of a slot at `stage`, for the lap of `position`.
    pub(super) const fn at(self, position: Position, stage: Stage) -> SlotWord {
        SlotWord(self.lap(position) << LAP_SHIFT | (stage as u64) << STAGE_SHIFT)
    }

    /// Where a slot is with the element of `position`. Right as long as they are less than half of
    /// all laps apart.
    pub(super) const fn phase(self, word: SlotWord, position: Position) -> Phase {
        let known = self.lap_bits + (LAP_SHIFT - STAGE_SHIFT);
        let full = self.at(position, Stage::Full).0 >> STAGE_SHIFT;
        let ahead = (word.0 >> STAGE_SHIFT).wrapping_sub(full) << (64 - known);
        match ahead as i64 {
            0 => Phase::Full,
            ..0 => Phase::Early,
            _ => Phase::Late,
        }
    }

    /// The word of a slot that waits for the lap after that of `position`.
    pub(super) const fn next(self, position: Position) -> SlotWord {
        self.at(position.plus(1 << self.bits), Stage::Empty)
    }

    /// The word of a slot that holds the element of `position`, which `left` receivers are to read.
    pub(super) const fn full(self, position: Position, left: u64) -> SlotWord {
        SlotWord(self.at(position, Stage::Full).0 | left)
    }
}

/// A snapshot of the word of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlotWord(pub(super) u64);

impl SlotWord {
    /// Whether it is at the same stage of the same lap.
    pub(super) const fn is_at(self, other: Self) -> bool {
        self.0 >> STAGE_SHIFT == other.0 >> STAGE_SHIFT
    }

    /// Receivers that read the element now and must find it where it is.
    pub(super) const fn pins(self) -> u64 {
        self.0 >> 16 & 0xffff
    }

    /// Receivers that have not read the element yet.
    pub(super) const fn left(self) -> u64 {
        self.0 & 0xffff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_laps_wrap_together() {
        for bits in [0, 1, 4, 15, 16, 17, 28] {
            let shape = Shape::new(bits);
            let last = Position(POSITION_MASK);
            let next = last.plus(1);
            assert_eq!((next.since(last), last.since(next), shape.index(next)), (1, -1, 0));
            assert_eq!(shape.next(last), shape.at(last.plus(1 << bits), Stage::Empty));
            // The slot of the last position waits for the first lap after the wrap.
            let before = Position(POSITION_MASK - (1 << bits) + 1);
            assert!(shape.next(before).is_at(shape.at(next, Stage::Empty)), "2^{bits} slots");
        }
    }

    #[test]
    fn phases_follow_each_other() {
        for bits in [0, 4, 17, 28] {
            let shape = Shape::new(bits);
            for lap in [1, 5, (1 << (POSITION_BITS - bits)) - 1] {
                let position = Position(lap << bits);
                let (before, after) = (position.minus(1 << bits), position.plus(1 << bits));
                let phase = |at, stage| shape.phase(shape.at(at, stage), position);
                for stage in [Stage::Empty, Stage::Full, Stage::Gone] {
                    assert_eq!(phase(before, stage), Phase::Early);
                    assert_eq!(phase(after, stage), Phase::Late);
                }
                assert_eq!(phase(position, Stage::Empty), Phase::Early);
                assert_eq!(shape.phase(shape.full(position, 7), position), Phase::Full);
                assert_eq!(phase(position, Stage::Gone), Phase::Late);
            }
        }
    }

    #[test]
    fn the_fields_leave_each_other_alone() {
        let rear = Rear(CLOSED | HELD | (5 * RECEIVER_ONE) | POSITION_MASK);
        let after = Rear(rear.advanced());
        assert_eq!((after.position(), after.receivers()), (Position(0), 5));
        assert!(after.is_closed() && after.is_held());
        let shape = Shape::new(3);
        let word = SlotWord(shape.full(Position(77), 3).0 + 2 * PIN_ONE);
        assert_eq!((word.pins(), word.left()), (2, 3));
        assert!(word.is_at(shape.at(Position(77), Stage::Full)));
        assert!(!word.is_at(shape.at(Position(77), Stage::Gone)));
        assert!(!word.is_at(shape.at(Position(85), Stage::Full)));
    }
}
