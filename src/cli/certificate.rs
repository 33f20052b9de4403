//! The certificate of `svpg compare`: what was compared, with what result, and what that does not
//! show.

use super::Verdict;
use super::destination::Destination;
use super::input::Digested;
use serde::Serialize;
use svpg::Error;
use svpg::conformance::compare::Summary;

const SCHEMA: &str = "svpg-comparison-certificate/1";
const CLAIM: &str = "every compared block of every answer is within the tolerance of the answer of the reference of \
                     this version";
const NOT_CLAIMED: [&str; 4] = [
    "parts that an answer leaves out: they are not compared and do not count as passed",
    "cases other than those of the inputs",
    "that the program gave the answers: the certificate is about the numbers in the inputs",
    "that a rule is the gradient of an objective: see `svpg verify`",
];

#[derive(Serialize)]
struct Certificate<'a> {
    schema: &'static str,
    svpg: &'static str,
    verdict: &'static str,
    claim: &'static str,
    not_claimed: [&'static str; 4],
    inputs: &'a [Digested],
    unchecked: usize,
    summary: &'a Summary,
}

/// Writes the certificate. `unchecked` is the number of parts that the
/// answers leave out.
pub(super) fn write(
    file: &Destination,
    inputs: &[Digested],
    unchecked: usize,
    summary: &Summary,
    verdict: Verdict,
) -> Result<(), Error> {
    let certificate = Certificate {
        schema: SCHEMA,
        svpg: env!("CARGO_PKG_VERSION"),
        verdict: match verdict {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::BadInput => "bad input",
        },
        claim: CLAIM,
        not_claimed: NOT_CLAIMED,
        inputs,
        unchecked,
        summary,
    };
    file.write(
        &(serde_json::to_string_pretty(&certificate).expect("a certificate has text keys alone") + "\n"),
    )
}
