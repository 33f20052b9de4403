//! The last lines: whether every result is as expected, and the limits of the report.

use std::fmt::Write as _;

use super::{Colour, counted};
use crate::verify::{Kernel, Report};

const LIMITS: &str = "Nothing is claimed for other shapes; `--format json` lists those tried for each claim. An equality that holds was\n\
                      compared exactly in every class: a shape, a wiring and, if the two conventions can differ, a convention. The stated\n\
                      error is the probability to miss a difference in the class with the weakest evidence. Inequalities, and equalities\n\
                      that branch on values, are only sampled.";

/// Writes the result in one line, and the limits of the report.
pub(super) fn conclusion(out: &mut String, report: &Report, colour: Colour) {
    let result = if report.ok { colour.good("ok:") } else { colour.bad("FAILED:") };
    let _ = writeln!(out, "\n{result} {}.", summary(report));
    let _ = writeln!(out, "{}", colour.quiet(LIMITS));
}

fn summary(report: &Report) -> String {
    let claims = report.claims.len();
    let expected = report.claims.iter().filter(|claim| claim.report.as_expected).count();
    let found = match (expected == claims, claims) {
        (true, 1) => "the claim is as expected".to_owned(),
        (true, _) => format!("all {claims} claims are as expected"),
        (false, 1) => "the claim is not as expected".to_owned(),
        (false, _) => format!("{expected} of {claims} claims are as expected"),
    };
    let problems = problems(report);
    match (problems.is_empty(), expected == claims) {
        (true, _) => found,
        (false, true) => format!("{found}, but {}", problems.join(", and ")),
        (false, false) => format!("{found}, and {}", problems.join(", and ")),
    }
}

/// Failures other than those of claims.
fn problems(report: &Report) -> Vec<String> {
    let survivors = || report.controls.iter().filter(|control| !control.refuted);
    let equal = survivors().filter(|control| control.equivalent.is_some()).count();
    let wrong = |count: usize, one: &str, many: &str| (count > 0).then(|| counted(count, one, many));
    let failed = |cases: &[crate::verify::MustFail]| cases.iter().filter(|case| !case.ok).count();
    let kernels = report.kernels.iter().filter(|kernel| !Kernel::passes(kernel)).count();
    let published = report.published_size.as_ref().is_some_and(|check| !check.ok);
    [
        wrong(
            survivors().count() - equal,
            "wrong version was not refuted",
            "wrong versions were not refuted",
        ),
        wrong(
            equal,
            "version equal to the original is not listed",
            "versions equal to the original are not listed",
        ),
        wrong(
            report.stale_reasons.len(),
            "listed version is not equal to the original or does not exist",
            "listed versions are not equal to the original or do not exist",
        ),
        wrong(
            failed(&report.must_fail),
            "file with an error was not refused",
            "files with an error were not refused",
        ),
        wrong(
            failed(&report.must_not_hold),
            "false claim has a wrong verdict",
            "false claims have a wrong verdict",
        ),
        wrong(kernels, "kernel fails", "kernels fail"),
        published.then(|| "a rule differs at the published size".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
