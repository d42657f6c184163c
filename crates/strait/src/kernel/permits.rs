//! The word of a line for permits: see the head of `line.rs`.

#![forbid(unsafe_code)]

pub(super) const WAITING: u64 = 1;
pub(super) const CALLED: u64 = 1 << 1;
pub(super) const CLOSED: u64 = 1 << 2;
const OVERTAKE: u64 = 1 << 3;
pub(super) const PERMIT: u64 = 1 << 24;
const OVERTAKES: u64 = PERMIT - OVERTAKE;

/// How many permits others may take while the same waiter is the first.
pub(crate) const MOST_OVERTAKES: u64 = if cfg!(strait_loom) { 1 } else { 1024 };

/// As many as a line may have; a quarter of what the word holds.
pub(crate) const MOST_PERMITS: u64 = (1 << 38) - 1;

/// A snapshot of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

impl Word {
    pub(super) const fn permits(self) -> u64 {
        self.0 / PERMIT
    }

    pub(super) const fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    pub(super) const fn is_waiting(self) -> bool {
        self.0 & WAITING != 0
    }

    /// Whether nobody overtakes any more.
    pub(super) const fn is_kept(self) -> bool {
        self.0 & OVERTAKES >= MOST_OVERTAKES * OVERTAKE && !cfg!(strait_mutant = "line_never_kept")
    }

    /// The word when somebody who does not wait has taken `want`.
    #[inline]
    pub(super) const fn overtaken(self, want: u64, overtake: bool) -> Option<Self> {
        if want == 0 {
            // Nobody waits for nothing.
            return Some(self);
        }
        if self.permits() < want {
            return None;
        }
        let taken = self.0 - want * PERMIT;
        if !self.is_waiting() {
            Some(Self(taken))
        } else if overtake && !self.is_kept() {
            Some(Self(taken + OVERTAKE))
        } else {
            None
        }
    }

    /// The word when the first waiter has taken `want` and left.
    pub(super) const fn served(self, want: u64, others: bool, keep: bool) -> Self {
        let gone = if others { OVERTAKES | CALLED } else { OVERTAKES | CALLED | WAITING };
        let served = Self((self.0 - want * PERMIT) & !gone);
        if others && keep { served.kept() } else { served }
    }

    /// The word when the first waiter has looked in vain.
    pub(super) const fn kept(self) -> Self {
        let cleared = if cfg!(strait_mutant = "line_called_for_ever") { 0 } else { CALLED };
        Self(self.0 & !(OVERTAKES | cleared) | (MOST_OVERTAKES * OVERTAKE))
    }

    /// The word with what is known of the list. Permits that do not suffice for the first waiter are
    /// kept for it.
    pub(super) const fn with_list(self, any: bool, called: bool) -> Self {
        let waiting = Self(self.0 | WAITING);
        match (any, called) {
            (false, _) => Self(self.0 & !(WAITING | CALLED | OVERTAKES)),
            (true, true) => Self(waiting.0 | CALLED),
            (true, false) if self.permits() > 0 => waiting.kept(),
            (true, false) => Self(waiting.0 & !CALLED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_touch() {
        let word = Word(3 * PERMIT).with_list(true, true);
        assert_eq!((word.permits(), word.is_waiting(), word.is_closed()), (3, true, false));
        let word = word.overtaken(1, true).unwrap();
        assert_eq!((word.permits(), word.0 & CALLED), (2, CALLED));
        let kept = word.kept();
        assert!(kept.is_kept() && kept.overtaken(1, true).is_none());
        assert_eq!(kept.served(2, false, true), Word(0));
        assert_eq!(kept.served(1, true, false), Word(PERMIT | WAITING));
        assert!(kept.served(1, true, true).is_kept());
        assert!(Word(MOST_PERMITS * PERMIT).overtaken(MOST_PERMITS, false) == Some(Word(0)));
    }

    #[test]
    fn overtaking_has_its_bound() {
        let mut word = Word(PERMIT | WAITING);
        for _ in 0..MOST_OVERTAKES {
            assert!(word.overtaken(1, false).is_none(), "a try overtakes nobody");
            word = Word(word.overtaken(1, true).unwrap().0 + PERMIT);
        }
        assert!(word.overtaken(1, true).is_none());
    }

    #[test]
    fn permits_that_do_not_suffice_are_kept() {
        assert!(Word(2 * PERMIT).with_list(true, false).is_kept());
        assert!(!Word(0).with_list(true, false).is_kept());
        assert_eq!(Word(0).with_list(true, false).kept().with_list(false, false), Word(0));
    }
}
