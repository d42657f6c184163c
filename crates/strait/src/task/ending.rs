//! What a job without a result may end with.

#![forbid(unsafe_code)]

use super::error::BoxError;

/// What a job that is [launched](super::Scope::launch) may give: nothing, or a `Result` of
/// nothing, whose error is a failure of its scope, or it never ends.
pub trait Ending: Send + 'static {
    #[doc(hidden)]
    fn error(self) -> Option<BoxError>;
}

impl Ending for () {
    fn error(self) -> Option<BoxError> {
        None
    }
}

impl<E: Into<BoxError> + Send + 'static> Ending for Result<(), E> {
    fn error(self) -> Option<BoxError> {
        self.err().map(Into::into)
    }
}

/// Names the type `!`, which cannot be written yet where a type is expected.
#[allow(unnameable_types, reason = "it only names a type")]
pub trait Returns {
    /// The type that is returned.
    type Type;
}

impl<T> Returns for fn() -> T {
    type Type = T;
}

impl Ending for <fn() -> ! as Returns>::Type {
    fn error(self) -> Option<BoxError> {
        None
    }
}
