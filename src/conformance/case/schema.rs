//! Names of the formats.

use crate::Error;

/// A case.
pub(super) const CASE: &str = "svpg-case/1";
/// An answer.
pub(super) const ANSWER: &str = "svpg-answer/1";

/// Refuses a document of another format.
pub(crate) fn check(found: &str, expected: &str) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::bad_input(
        "schema",
        format_args!("found {found:?}, expected {expected:?}"),
        format_args!("set it to {expected:?} if the document has that format"),
    ))
}
