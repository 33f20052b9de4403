//! Files with one deliberate error each. A comment `-- error D201` marks the line that must be
//! refused.

use rayon::prelude::*;
use svpg_check::{Chapter, Diagnostic, Plan, Verdict};

use super::MustFail;
use crate::chapters;

/// Tries every file.
pub(super) fn run() -> Vec<MustFail> {
    chapters::MUST_FAIL.par_iter().map(one).collect()
}

fn one(file: &(&str, &str)) -> MustFail {
    let source = chapters::source("derivations/must-fail", file);
    let expected = file
        .1
        .lines()
        .enumerate()
        .find_map(|(number, line)| {
            Some(format!("{} on line {}", line.split_once("-- error ")?.1, number + 1))
        })
        .unwrap_or_else(|| "an expectation: no line has a comment -- error CODE".to_owned());
    let found = match Chapter::new(&source, Some(&chapters::prelude())) {
        Err(diagnostics) => diagnostics.into_iter().next(),
        Ok(chapter) => {
            let mut plan = Plan::usual(0);
            plan.budget = 20_000;
            chapter.check(&plan, &|| ()).diagnostics.into_iter().next()
        }
    };
    let found = found.as_ref().map_or_else(|| "nothing".to_owned(), place);
    MustFail { file: file.0.to_owned(), ok: found == expected, expected, found }
}

/// Checks every file of false claims: no claim may hold, and each must have the stated verdict.
pub(super) fn must_not_hold(seed: u64) -> Vec<MustFail> {
    let found: Vec<Vec<MustFail>> =
        chapters::MUST_NOT_HOLD.par_iter().map(|file| false_claims(file, seed)).collect();
    found.into_iter().flatten().collect()
}

fn false_claims(file: &(&str, &str), seed: u64) -> Vec<MustFail> {
    let source = chapters::source("derivations/must-not-hold", file);
    let claim = |expected: String, found: String, ok: bool| MustFail {
        file: format!("must-not-hold/{}", file.0),
        expected,
        found,
        ok,
    };
    match Chapter::new(&source, Some(&chapters::prelude())) {
        Err(diagnostics) => vec![claim("claims".to_owned(), diagnostics.to_string(), false)],
        Ok(chapter) => {
            let report = chapter.check(&Plan::usual(seed), &|| ());
            let claims = report.claims.into_iter().map(|found| {
                claim(
                    format!("{} {}", found.id, found.expected),
                    found.verdict.as_str().to_owned(),
                    found.as_expected && found.verdict != Verdict::Holds,
                )
            });
            claims.collect()
        }
    }
}

fn place(diagnostic: &Diagnostic) -> String {
    let line = diagnostic.span.as_ref().map_or(0, |span| span.position().line);
    format!("{} on line {line}", diagnostic.code)
}
