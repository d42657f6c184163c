//! What the failure of a child means for its scope, as a value.

#![forbid(unsafe_code)]

use super::error::Cause;

/// What a scope does when a child of it fails or succeeds.
///
/// A child *fails* if it panics, or if it was [launched](super::Scope::launch) or
/// [tried](super::Scope::try_spawn) and gives an error. A child that is cancelled does neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The first failure cancels all other children and the body at once, and is the failure of
    /// the scope.
    #[default]
    FailFast,
    /// A failure is reported and counted, and nobody else is touched.
    Supervise,
    /// The first child that succeeds cancels the others. The scope fails if none does.
    AnyOk,
    /// The same with this number of children that must succeed.
    Quorum(usize),
    /// All children run to their ends; then the scope fails if any of them did.
    CollectAll,
}

/// What a scope does about the end of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Keep,
    /// It tells who listens, and forgets.
    Report,
    /// It cancels the rest.
    Cancel(Cause),
}

impl Policy {
    /// A child succeeded; it is the `successes`th.
    pub(super) fn on_success(self, successes: usize) -> Verdict {
        match self.wanted() {
            Some(wanted) if successes >= wanted => Verdict::Cancel(Cause::Decided),
            _ => Verdict::Keep,
        }
    }

    /// A child failed.
    pub(super) fn on_failure(self) -> Verdict {
        match self {
            Self::FailFast => Verdict::Cancel(Cause::SiblingFailed),
            Self::Supervise => Verdict::Report,
            Self::AnyOk | Self::Quorum(_) | Self::CollectAll => Verdict::Keep,
        }
    }

    /// Whether a scope with so many successes and kept failures has failed.
    pub(super) fn has_failed(self, successes: usize, failures: usize) -> bool {
        match self.wanted() {
            Some(wanted) => successes < wanted,
            None => failures > 0,
        }
    }

    /// Whether a panic of a child goes on in whoever awaits the scope.
    pub(super) fn resumes(self) -> bool {
        self == Self::FailFast
    }

    fn wanted(self) -> Option<usize> {
        match self {
            Self::AnyOk => Some(1),
            Self::Quorum(wanted) => Some(wanted),
            _ => None,
        }
    }
}
