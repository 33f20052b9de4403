//! The error type: place, error and remedy in one line.

use std::fmt;

/// An error of this crate. [`fmt::Display`] gives one line: place, error, remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    place: String,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Invalid,
    NotConverged,
    TooLarge,
    Singular,
}

impl Error {
    pub(crate) fn invalid(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::Invalid, place: place.into(), message: message.into() }
    }

    pub(crate) fn not_converged(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::NotConverged, place: place.into(), message: message.into() }
    }

    pub(crate) fn too_large(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::TooLarge, place: place.into(), message: message.into() }
    }

    pub(crate) fn singular(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: Kind::Singular, place: place.into(), message: message.into() }
    }

    /// The same error with the place inside an enclosing structure: `state[2]` inside `batch[3]`
    /// becomes `batch[3].state[2]`.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.place = format!("{outer}.{}", self.place);
        self
    }

    /// The place of the error as a path into the input, such as `recurrent[3][5]` or
    /// `batch[0].state[2]`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Error and remedy, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// An input outside its domain: shape, range, symmetry, mask.
    pub fn is_invalid(&self) -> bool {
        self.kind == Kind::Invalid
    }

    /// No mean-field fixed point was found, so quantities at the fixed point do not exist.
    pub fn is_not_converged(&self) -> bool {
        self.kind == Kind::NotConverged
    }

    /// There are too many configurations to enumerate.
    pub fn is_too_large(&self) -> bool {
        self.kind == Kind::TooLarge
    }

    /// A linear system without a unique solution.
    pub fn is_singular(&self) -> bool {
        self.kind == Kind::Singular
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn an_error_says_place_fault_and_remedy() {
        let error = Error::invalid("state[2]", "is outside [0,1]; scale it").within("batch[1]");
        assert_eq!(error.to_string(), "batch[1].state[2]: is outside [0,1]; scale it");
        assert_eq!((error.place(), error.message()), ("batch[1].state[2]", "is outside [0,1]; scale it"));
    }

    #[test]
    fn a_predicate_holds_for_its_kind_alone() {
        type Predicate = fn(&Error) -> bool;
        let makers = [Error::invalid, Error::not_converged, Error::too_large, Error::singular];
        let predicates: [Predicate; 4] =
            [Error::is_invalid, Error::is_not_converged, Error::is_too_large, Error::is_singular];
        for (i, make) in makers.iter().enumerate() {
            for (j, holds) in predicates.iter().enumerate() {
                assert_eq!(holds(&make("place", "message")), i == j);
            }
        }
    }
}
