//! Tickets and the two counter words of a channel.
//!
//! A ticket names one cell of an endless row. Tickets are counted modulo 2^40 and compared by
//! their signed distance, which is right as long as fewer than 2^39 cells are alive (16 TiB).
//!
//! ```text
//! rear word   | 63 closed | 62 cancelled | 61..0 next send ticket, modulo 2^40 when read |
//! front word  | 63..40 extra             | 39..0 next receive ticket                     |
//! ```
//!
//! `extra` widens the window of admitted sends beyond the capacity: announced receivers plus
//! withdrawn sends inside the window. It shares the word with the receive ticket, so that "take
//! a ticket and spend an announcement" is one compare-and-swap, and so that a receiver with an
//! outdated view of either fails. The send ticket has 62 bits, so counting sends that come after
//! the close never reaches the flags.

#![forbid(unsafe_code)]

const TICKET_BITS: u32 = 40;
const TICKET_MASK: u64 = (1 << TICKET_BITS) - 1;
const EXTRA_ONE: u64 = 1 << TICKET_BITS;
const EXTRA_MAX: u64 = u64::MAX >> TICKET_BITS;

pub(crate) const CLOSED: u64 = 1 << 63;
pub(crate) const CANCELLED: u64 = 1 << 62;

/// Where the counters of a new channel start: under `strait_wrap` and loom just below the wrap.
pub(crate) const START: u64 = if cfg!(any(strait_wrap, strait_loom)) { TICKET_MASK - 1 } else { 0 };

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

    pub(crate) const fn extra(self) -> u64 {
        self.0 >> TICKET_BITS
    }

    /// The word after `n` tickets were taken and `spent` of `extra` with them.
    pub(crate) const fn advanced(self, n: u64, spent: u64) -> Self {
        debug_assert!(self.extra() >= spent);
        Self(self.ticket().plus(n).bits() | (self.extra() - spent) << TICKET_BITS)
    }

    /// Whether `extra` has room. Half of the field is kept, so that all threads that asked at
    /// the same time may go on.
    pub(crate) const fn can_widen(self) -> bool {
        self.extra() < EXTRA_MAX / 2
    }

    /// The word with one more extra.
    pub(crate) const fn widened(self) -> Self {
        Self(self.0 + EXTRA_ONE)
    }

    /// What to subtract from the word to take one extra back.
    pub(crate) const fn narrowing() -> u64 {
        EXTRA_ONE
    }

    /// The first ticket that is not admitted with the given capacity.
    pub(crate) const fn limit(self, capacity: u64) -> Ticket {
        self.ticket().plus(capacity.wrapping_add(self.extra()))
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
    fn advancing_over_the_wrap_leaves_extra_alone() {
        let front = Front(TICKET_MASK).widened().widened();
        assert_eq!(front.extra(), 2);
        let front = front.advanced(1, 1);
        assert_eq!((front.ticket().bits(), front.extra()), (0, 1));
        assert_eq!(front.limit(3).bits(), 4);
        assert_eq!(Front(front.0 - Front::narrowing()).extra(), 0);
    }

    #[test]
    fn extra_keeps_a_reserve() {
        assert!(Front(0).can_widen());
        assert!(!Front(EXTRA_MAX / 2 * EXTRA_ONE).can_widen());
    }

    #[test]
    fn sends_after_the_close_never_reach_the_flags() {
        let rear = Rear(CLOSED | (CANCELLED - 1));
        assert!(rear.is_closed() && !rear.is_cancelled());
        assert_eq!(rear.ticket().bits(), TICKET_MASK);
    }
}
