//! What proves a round: every message names its producer and its place in that producer's
//! sequence; consumers count and add them up, and a lone consumer also checks the order.

use std::fmt;

/// The low bits of a message hold the sequence number, the rest the producer.
const SEQUENCE_BITS: u32 = 40;
const _: () = assert!(usize::BITS == 64, "messages pack two numbers into 64 bits");

pub(crate) fn message(producer: usize, sequence: usize) -> usize {
    producer << SEQUENCE_BITS | sequence
}

/// Why a round is an error and not a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Messages were lost or doubled.
    Count { sent: usize, received: usize },
    /// The count is right, but these are not the messages that were sent.
    Sum,
    /// A lone consumer saw a producer's messages out of sequence.
    Order,
    /// An operation that must fail succeeded, or the reverse.
    Answer,
    /// More were inside together than may be.
    Exclusion,
    /// A thread or a task panicked.
    Panic,
    /// The tasks of a round wait for each other for ever, or for far too long.
    Hung,
    /// What a program beside this one says, or that it says nothing.
    Outside(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { sent, received } => write!(f, "{received} messages for {sent}"),
            Self::Sum => f.write_str("wrong messages"),
            Self::Order => f.write_str("out of order"),
            Self::Answer => f.write_str("wrong answer"),
            Self::Exclusion => f.write_str("not excluded"),
            Self::Panic => f.write_str("panicked"),
            Self::Hung => f.write_str("did not end"),
            Self::Outside(said) => f.write_str(said),
        }
    }
}

/// What one consumer received.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    count: usize,
    sum: usize,
    /// The sequence number each producer owes next; empty where the order is not checked.
    owed: Vec<usize>,
    disorder: bool,
}

impl Tally {
    /// Checks each producer's sequence as well if this is the `only` consumer: among several,
    /// nobody can tell who was first.
    pub(crate) fn new(producers: usize, only: bool) -> Self {
        Self { owed: vec![0; if only { producers } else { 0 }], ..Self::default() }
    }

    #[inline]
    pub(crate) fn take(&mut self, message: usize) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(message);
        if let Some(owed) = self.owed.get_mut(message >> SEQUENCE_BITS) {
            let sequence = message & ((1 << SEQUENCE_BITS) - 1);
            self.disorder |= sequence != *owed;
            *owed = sequence + 1;
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
        self.disorder |= other.disorder;
    }

    /// Whether this is what `producers` sent, `share` messages each.
    pub(crate) fn check(&self, producers: usize, share: usize) -> Result<(), Fault> {
        let sent = producers * share;
        let sum = (0..producers).fold(0_usize, |sum, producer| {
            let sequences = share * share.saturating_sub(1) / 2;
            sum.wrapping_add(message(producer, 0).wrapping_mul(share)).wrapping_add(sequences)
        });
        if self.count != sent {
            return Err(Fault::Count { sent, received: self.count });
        }
        if self.sum != sum {
            return Err(Fault::Sum);
        }
        if self.disorder { Err(Fault::Order) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(messages: &[(usize, usize)]) -> Tally {
        let mut tally = Tally::new(2, true);
        messages.iter().for_each(|&(producer, sequence)| tally.take(message(producer, sequence)));
        tally
    }

    #[test]
    fn accepts_any_merge_of_the_producers() {
        assert_eq!(received(&[(1, 0), (0, 0), (0, 1), (1, 1)]).check(2, 2), Ok(()));
    }

    #[test]
    fn tells_a_lost_a_doubled_a_torn_and_an_overtaken_message() {
        let lost = received(&[(0, 0), (0, 1), (1, 0)]);
        assert_eq!(lost.check(2, 2), Err(Fault::Count { sent: 4, received: 3 }));
        let doubled = received(&[(0, 0), (0, 0), (1, 0), (1, 1)]);
        assert_eq!(doubled.check(2, 2), Err(Fault::Sum));
        let torn = [message(0, 0), usize::MAX, message(1, 0), message(1, 1)];
        let mut tally = Tally::new(2, true);
        torn.into_iter().for_each(|message| tally.take(message));
        assert_eq!(tally.check(2, 2), Err(Fault::Sum));
        let overtaken = received(&[(0, 1), (0, 0), (1, 0), (1, 1)]);
        assert_eq!(overtaken.check(2, 2), Err(Fault::Order));
    }
}
