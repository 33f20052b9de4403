//! Checker for derivations about recurrent winner-take-all networks.

mod evaluate;
mod judge;
mod language;
mod number;
mod resolve;

use std::sync::Arc;

pub use evaluate::geometry::Shape;
pub use judge::plan::Plan;
pub use judge::report::*;
pub use language::diagnostic::{Code, Diagnostic};
pub use language::source::{Source, Span};

/// Checks a file; `prelude` holds the definitions that its `network` brings into scope.
pub fn check(source: &Arc<Source>, prelude: Option<&Arc<Source>>, plan: &Plan) -> ChapterReport {
    let mut report = ChapterReport {
        title: source.title().to_owned(),
        file: source.name().to_owned(),
        claims: Vec::new(),
        measured: Vec::new(),
        diagnostics: Vec::new(),
    };
    match document(source, prelude) {
        Err(diagnostic) => report.diagnostics.push(diagnostic),
        Ok(document) => {
            for judged in judge::check(&document, plan, &|| ()) {
                report.claims.push(judged.claim);
                report.diagnostics.extend(judged.diagnostics);
            }
        }
    }
    report
}

fn document(
    source: &Arc<Source>,
    prelude: Option<&Arc<Source>>,
) -> Result<resolve::ir::Document, Diagnostic> {
    let items = language::parser::parse(source)?;
    let prelude = match prelude {
        Some(prelude) => language::parser::parse(prelude)?,
        None => Vec::new(),
    };
    resolve::resolve(&items, &prelude)
}
