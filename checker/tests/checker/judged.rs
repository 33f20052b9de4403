//! A chapter put to the checker: the one place of the tests about known truth that uses its
//! interface.

use svpg_check::{Chapter, Plan, Source, Verdict};

/// What the checker says of a claim.
pub(crate) struct Judged {
    pub(crate) id: String,
    pub(crate) expected: String,
    pub(crate) verdict: Verdict,
    pub(crate) as_expected: bool,
    pub(crate) reason: String,
}

/// The verdicts of a whole file, or what is wrong with it.
pub(crate) fn judged(name: &str, text: &str) -> Result<Vec<Judged>, String> {
    let prelude = Source::new("01-network.md", include_str!("../../../derivations/01-network.md"));
    let chapter =
        Chapter::new(&Source::new(name, text), Some(&prelude)).map_err(|error| error.to_string())?;
    let report = chapter.check(&Plan::usual(0), &|| ());
    match report.diagnostics.first() {
        Some(error) => Err(error.to_string()),
        None => Ok(report
            .claims
            .into_iter()
            .map(|claim| Judged {
                id: claim.id,
                expected: claim.expected,
                verdict: claim.verdict,
                as_expected: claim.as_expected,
                reason: claim.reason.unwrap_or_default(),
            })
            .collect()),
    }
}
