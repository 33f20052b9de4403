//! Any text as a chapter: it is refused at a place in its own file, in one line, or checked without
//! a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};
use svpg_check::{Chapter, Diagnostic, MAX_DIAGNOSTICS, Plan, Source};

/// The chapter in scope, and the name of the file under test.
static PRELUDE: LazyLock<Arc<Source>> = LazyLock::new(svpg::chapters::prelude);
const NAME: &str = "fuzzed.md";

fn assert_well_formed(diagnostic: &Diagnostic) {
    let line = diagnostic.to_string();
    assert!(!line.chars().any(char::is_control), "not one line: {line:?}");
    assert!(!diagnostic.message.is_empty() && !diagnostic.help.is_empty(), "says nothing: {line:?}");
    let Some(span) = &diagnostic.span else { return };
    let range = span.range();
    assert!(range.start <= range.end, "runs backwards: {range:?}");
    assert!(span.source().text().get(range.clone()).is_some(), "not a piece of its file: {range:?}");
    assert_eq!(span.source().name(), NAME, "the fault lies in the file under test: {line:?}");
    assert!(
        diagnostic.snippet().is_some()
            || span.source().text().is_empty()
            || range.start == span.source().text().len()
    );
}

fuzz_target!(|bytes: &[u8]| {
    let source = Source::new(NAME, String::from_utf8_lossy(bytes));
    let chapter = match Chapter::new(&source, Some(&PRELUDE)) {
        Err(diagnostics) => {
            assert!((1..=MAX_DIAGNOSTICS).contains(&diagnostics.iter().count()), "none, or too many");
            return diagnostics.iter().for_each(assert_well_formed);
        }
        Ok(chapter) => chapter,
    };
    let mut plan = Plan::usual(1);
    // Few classes: most of the time should go to new texts.
    plan.budget = 2_000;
    plan.largest_work = 200;
    plan.claim_work = 200;
    plan.instances = 1;
    let report = chapter.check(&plan, &|| ());
    report.diagnostics.iter().for_each(assert_well_formed);
    assert!(
        !report.claims.is_empty() || !report.measured.is_empty(),
        "a chapter without a claim was accepted"
    );
});
