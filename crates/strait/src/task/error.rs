//! What can go wrong with jobs.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// Any error, of which nothing more is known.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a scope or a job was cancelled. It is set once; the first one stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody asked for it, with these words.
    Requested(&'static str),
    /// The time was up.
    Deadline,
    /// A child of a fail-fast scope failed, or its body.
    SiblingFailed,
    /// Enough children had succeeded.
    Decided,
    /// The scope above was cancelled.
    ParentCancelled,
    /// The program was asked to stop.
    Shutdown,
    /// The future of the scope was dropped.
    Dropped,
    /// The dispatcher was closed, or its runtime is gone.
    Closed,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested(why) => write!(f, "requested: {why}"),
            Self::Deadline => f.write_str("the deadline has passed"),
            Self::SiblingFailed => f.write_str("a sibling failed"),
            Self::Decided => f.write_str("enough siblings succeeded"),
            Self::ParentCancelled => f.write_str("the parent was cancelled"),
            Self::Shutdown => f.write_str("shutdown"),
            Self::Dropped => f.write_str("the scope was dropped"),
            Self::Closed => f.write_str("the dispatcher is closed"),
        }
    }
}

/// The current job is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled(pub Cause);

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cancelled: {}", self.0)
    }
}

impl Error for Cancelled {}

/// A time limit passed before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(pub(super) Duration);

impl Elapsed {
    /// The limit.
    pub fn limit(&self) -> Duration {
        self.0
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not done within {:?}", self.0)
    }
}

impl Error for Elapsed {}

/// How one job came to no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reason {
    /// It gave an error.
    Error(BoxError),
    /// It panicked, with this message. The panic hook has run.
    Panicked(String),
    /// It was cancelled.
    Cancelled(Cause),
}

/// A job that came to no result.
#[derive(Debug)]
pub struct Failed(Box<Inner>);

#[derive(Debug)]
struct Inner {
    reason: Reason,
    name: Option<Box<str>>,
    place: Option<&'static Location<'static>>,
}

impl Failed {
    pub(super) fn new(reason: Reason) -> Self {
        Self(Box::new(Inner { reason, name: None, place: None }))
    }

    pub(super) fn of(
        reason: Reason,
        name: Option<Box<str>>,
        place: Option<&'static Location<'static>>,
    ) -> Self {
        Self(Box::new(Inner { reason, name, place }))
    }

    /// What happened.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The same, by value.
    pub fn into_reason(self) -> Reason {
        self.0.reason
    }

    /// The name of the job, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Where the job was spawned.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.0.place
    }

    /// The error of the job, if it gave one of this type.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match &self.0.reason {
            Reason::Error(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.name, self.0.place) {
            (Some(name), _) => write!(f, "job `{name}`")?,
            (None, Some(place)) => write!(f, "job of {}:{}", place.file(), place.line())?,
            (None, None) => f.write_str("job")?,
        }
        match &self.0.reason {
            Reason::Error(error) => write!(f, " failed: {error}"),
            Reason::Panicked(message) => write!(f, " panicked: {message}"),
            Reason::Cancelled(cause) => write!(f, " was cancelled: {cause}"),
        }
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.reason {
            Reason::Error(error) => Some(&**error),
            _ => None,
        }
    }
}

/// A scope that came to no result: all failures of its children, the first one first, or the cause
/// of its cancellation.
#[derive(Debug)]
pub struct Failure(Box<Report>);

#[derive(Debug)]
struct Report {
    faults: Vec<Failed>,
    cause: Cause,
    cancelled: usize,
}

impl Failure {
    pub(super) fn new(faults: Vec<Failed>, cause: Cause, cancelled: usize) -> Self {
        Self(Box::new(Report { faults, cause, cancelled }))
    }

    /// What failed first; `None` if the scope was cancelled without any failure.
    pub fn first(&self) -> Option<&Failed> {
        self.0.faults.first()
    }

    /// All failures, in the order in which they happened.
    pub fn all(&self) -> &[Failed] {
        &self.0.faults
    }

    /// The same, by value.
    pub fn into_all(self) -> Vec<Failed> {
        self.0.faults
    }

    /// How many jobs were cancelled by it.
    pub fn cancelled(&self) -> usize {
        self.0.cancelled
    }

    /// Why the scope was cancelled.
    pub fn cause(&self) -> Cause {
        self.0.cause
    }

    /// The error of the first failure, if it is of this type.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.first()?.downcast_ref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, others)) = self.0.faults.split_first() else {
            return write!(f, "scope cancelled: {}", self.0.cause);
        };
        write!(f, "{first}")?;
        for other in others {
            write!(f, "; {other}")?;
        }
        Ok(())
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.first()?.source()
    }
}
