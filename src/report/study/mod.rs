//! What a report shows of a study: robustness curves with intervals, and the criteria with their
//! verdicts.

mod document;
mod section;

pub use document::Study;
pub(super) use section::{criteria, html, provenance};
