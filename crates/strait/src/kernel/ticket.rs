//! Tickets and the two counter words of a channel.
//!
//! A ticket names one cell of an endless row. Tickets are counted modulo 2^40 and compared by
//! their signed distance, which is right as long as fewer than 2^39 cells are alive (16 TiB).
//!
//! ```text
//! rear word   | 63 closed | 62 cancelled    | 61..0 next send ticket, modulo 2^40 when read |
//! front word  | 63..48 holes | 47..40 announced | 39..0 next receive ticket                 |
//! ```
//!
//! `announced` (receivers that wait) and `holes` (withdrawn sends inside the window) widen the
//! window of admitted sends beyond the capacity. They share the word with the receive ticket, so
//! that "take a ticket and spend an announcement" is one compare-and-swap, and so that a receiver
//! with an outdated view fails. *While the ticket stays, `holes` only grows*: it shrinks only
//! together with a step of the ticket. So a receiver whose compare-and-swap succeeds knows that no
//! hole was counted since it looked, however often announcements came and went in between. (One
//! field for both would not tell: a hole counted and an announcement taken back cancel out.)
//!
//! The send ticket has 62 bits, so counting sends that come after the close never reaches the
//! flags.

#![forbid(unsafe_code)]

const TICKET_BITS: u32 = 40;
const TICKET_MASK: u64 = (1 << TICKET_BITS) - 1;
const ANNOUNCED_ONE: u64 = 1 << TICKET_BITS;
const ANNOUNCED_MAX: u64 = 0xff;
const HOLE_ONE: u64 = 1 << 48;
const HOLES_MAX: u64 = 0xffff;

pub(crate) const CLOSED: u64 = 1 << 63;
pub(crate) const CANCELLED: u64 = 1 << 62;

/// Where the counters of a new channel start: under `strait_wrap` and loom just below the wrap, but
/// at the beginning of a segment, whose cells must all be used before it is retired.
pub(crate) const START: u64 = if cfg!(strait_loom) {
    TICKET_MASK - 1
} else if cfg!(strait_wrap) {
    TICKET_MASK - 63
} else {
    0
};

/// A place in the endless row of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Ticket {
    pub(crate) const fn new(raw: u64) -> Self {
        Self(raw & TICKET_MASK)
    }

    /// The 40 bits.
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn plus(self, n: u64) -> Self {
        Self::new(self.0.wrapping_add(n))
    }

    /// How far `self` lies behind `other` in the row; negative when it comes first.
    pub(crate) const fn since(self, other: Self) -> i64 {
        (self.0.wrapping_sub(other.0) << (64 - TICKET_BITS)) as i64 >> (64 - TICKET_BITS)
    }

    pub(crate) const fn is_before(self, other: Self) -> bool {
        self.since(other) < 0
    }
}

/// A snapshot of the send counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rear(pub(crate) u64);

impl Rear {
    pub(crate) const fn ticket(self) -> Ticket {
        Ticket::new(self.0)
    }

    pub(crate) const fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    pub(crate) const fn is_cancelled(self) -> bool {
        self.0 & CANCELLED != 0
    }
}

/// A snapshot of the receive counter and the widening of the send window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Front(pub(crate) u64);

impl Front {
    pub(crate) const fn ticket(self) -> Ticket {
        Ticket::new(self.0)
    }

    /// Receivers that wait and have said so.
    pub(crate) const fn announced(self) -> u64 {
        self.0 >> TICKET_BITS & ANNOUNCED_MAX
    }

    /// Withdrawn sends between here and the limit.
    pub(crate) const fn holes(self) -> u64 {
        self.0 >> 48
    }

    const fn with_ticket(self, ticket: Ticket) -> u64 {
        self.0 & !TICKET_MASK | ticket.bits()
    }

    /// The word after `n` tickets were taken by a receiver that had `announced` itself or not.
    #[inline]
    pub(crate) const fn taken(self, n: u64, announced: bool) -> Self {
        let spent = if announced { ANNOUNCED_ONE } else { 0 };
        Self(self.with_ticket(self.ticket().plus(n)) - spent)
    }

    /// The word after the front has passed a hole, which was `counted` or not.
    pub(crate) const fn passed(self, counted: bool) -> Self {
        let spent = if counted { HOLE_ONE } else { 0 };
        Self(self.with_ticket(self.ticket().plus(1)) - spent)
    }

    /// The word with one more announcement, unless there are very many. Half of the field is
    /// kept, so that all threads that asked at the same time may go on.
    pub(crate) const fn announcing(self) -> Option<Self> {
        if self.announced() < ANNOUNCED_MAX / 2 { Some(Self(self.0 + ANNOUNCED_ONE)) } else { None }
    }

    /// What to subtract from the word to take an announcement back.
    pub(crate) const fn announcement() -> u64 {
        ANNOUNCED_ONE
    }

    /// Whether one more hole can be counted.
    pub(crate) const fn has_room_for_hole(self) -> bool {
        self.holes() < HOLES_MAX
    }

    /// The word with one more hole counted.
    pub(crate) const fn with_hole(self) -> Self {
        debug_assert!(self.has_room_for_hole());
        Self(self.0 + HOLE_ONE)
    }

    /// The first ticket that is not admitted with the given capacity.
    pub(crate) const fn limit(self, capacity: u64) -> Ticket {
        self.ticket().plus(capacity.wrapping_add(self.announced() + self.holes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_signed_and_wraps() {
        let last = Ticket::new(TICKET_MASK);
        let next = last.plus(1);
        assert_eq!(next.bits(), 0);
        assert_eq!(next.since(last), 1);
        assert_eq!(last.since(next), -1);
        assert!(last.is_before(next));
        assert!(!next.is_before(last));
        assert!(!next.is_before(next));
    }

    #[test]
    fn the_wrap_leaves_the_other_fields_alone() {
        let front = Front(TICKET_MASK).announcing().unwrap().with_hole().with_hole();
        assert_eq!((front.announced(), front.holes()), (1, 2));
        let taken = front.taken(1, true);
        assert_eq!((taken.ticket().bits(), taken.announced(), taken.holes()), (0, 0, 2));
        let passed = front.passed(true);
        assert_eq!((passed.ticket().bits(), passed.announced(), passed.holes()), (0, 1, 1));
        assert_eq!(front.limit(3).bits(), 5);
        assert_eq!(Front(front.0 - Front::announcement()).announced(), 0);
    }

    #[test]
    fn full_fields_refuse() {
        assert!(Front(ANNOUNCED_MAX / 2 * ANNOUNCED_ONE).announcing().is_none());
        assert!(Front(0).has_room_for_hole());
        assert!(!Front(HOLES_MAX * HOLE_ONE).has_room_for_hole());
    }

    #[test]
    fn sends_after_the_close_never_reach_the_flags() {
        let rear = Rear(CLOSED | (CANCELLED - 1));
        assert!(rear.is_closed() && !rear.is_cancelled());
        assert_eq!(rear.ticket().bits(), TICKET_MASK);
    }
}
