//! What a message is made of. The tally deals in words; a payload carries one there and back.

use std::fmt;

/// Which payload a row sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Payload {
    #[default]
    Word,
    /// Four words, more than travels in a register.
    Bytes32,
    /// A word on the heap, allocated by the sender and freed by the receiver.
    Boxed,
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Word => "word",
            Self::Bytes32 => "32B",
            Self::Boxed => "box",
        })
    }
}

/// What a message that was torn unpacks to. No producer has such a number, so that the sum of a
/// round that received one is wrong.
const TORN: usize = usize::MAX;

pub(crate) trait Message: Send + Sync + Unpin + 'static {
    fn pack(word: usize) -> Self;
    fn unpack(self) -> usize;
}

impl Message for usize {
    #[inline]
    fn pack(word: usize) -> Self {
        word
    }

    #[inline]
    fn unpack(self) -> usize {
        self
    }
}

/// Each word is different, so that one which is missing or of another message is seen.
impl Message for [u64; 4] {
    #[inline]
    fn pack(word: usize) -> Self {
        let word = word as u64;
        [word, !word, word ^ 0x5555_5555_5555_5555, word ^ 0xaaaa_aaaa_aaaa_aaaa]
    }

    #[inline]
    fn unpack(self) -> usize {
        let word = self[0] as usize;
        if self == Self::pack(word) { word } else { TORN }
    }
}

impl Message for Box<usize> {
    #[inline]
    fn pack(word: usize) -> Self {
        Self::new(word)
    }

    #[inline]
    fn unpack(self) -> usize {
        *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_payload_carries_its_word() {
        for word in [0, 1, 0x1234_5678_9abc_def0] {
            assert_eq!(usize::pack(word).unpack(), word);
            assert_eq!(<[u64; 4]>::pack(word).unpack(), word);
            assert_eq!(Box::<usize>::pack(word).unpack(), word);
        }
    }

    #[test]
    fn a_torn_message_is_no_message() {
        for at in 0..4 {
            let mut message = <[u64; 4]>::pack(7);
            message[at] = <[u64; 4]>::pack(8)[at];
            assert_eq!(message.unpack(), TORN);
        }
    }
}
