//! The certificate of `svpg compare`: what was compared, with what result at every level, and what
//! that does not show.

use super::Verdict;
use super::compare::{Record, Waiver};
use super::destination::Destination;
use super::input::Digested;
use serde::Serialize;
use svpg::Error;
use svpg::conformance::compare::Summary;
use svpg::conformance::level::{LEVELS, Level};

const SCHEMA: &str = "svpg-comparison-certificate/1";
const WITH_WAIVERS: &str = "passed with waivers";
const NOT_CLAIMED: [&str; 4] = [
    "parts that an answer leaves out: they are not compared and do not count as passed",
    "questions other than those of the inputs",
    "that the program gave the answers: the certificate is about the numbers in the inputs",
    "that a rule is the gradient of an objective: see `svpg verify`",
];

#[derive(Serialize)]
struct Certificate<'a> {
    schema: &'static str,
    svpg: &'static str,
    verdict: &'static str,
    levels: Vec<OfLevel>,
    waivers: &'a [Waiver],
    not_claimed: [&'static str; 4],
    inputs: &'a [Digested],
    unchecked: usize,
    summary: &'a Summary,
}

/// The verdict of a level.
#[derive(Serialize)]
struct OfLevel {
    level: u8,
    name: &'static str,
    /// `passed`, `passed with waivers`, `failed` or `not run`.
    verdict: &'static str,
    passed: usize,
    failed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_claimed: Option<&'static str>,
}

impl OfLevel {
    fn new(level: &'static Level, summary: &Summary) -> Self {
        let [passed, failed, waived] = summary.of_level(level.number);
        let (verdict, claim) = match [passed, failed, waived] {
            [0, 0, _] => ("not run", None),
            [_, 0, 0] => ("passed", Some(level.claim.to_owned())),
            [_, 0, _] => (WITH_WAIVERS, Some(format!("except in the waived blocks, {}", level.claim))),
            _ => ("failed", None),
        };
        Self {
            level: level.number,
            name: level.name,
            verdict,
            passed,
            failed,
            claim,
            not_claimed: Some(level.not_claimed).filter(|_| verdict != "not run"),
        }
    }
}

/// Writes the certificate.
pub(super) fn write(file: &Destination, record: &Record, verdict: Verdict) -> Result<(), Error> {
    let certificate = Certificate {
        schema: SCHEMA,
        svpg: env!("CARGO_PKG_VERSION"),
        verdict: match verdict {
            Verdict::Passed if record.summary.waived > 0 => WITH_WAIVERS,
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::BadInput => "bad input",
        },
        levels: LEVELS.iter().map(|level| OfLevel::new(level, &record.summary)).collect(),
        waivers: &record.waivers,
        not_claimed: NOT_CLAIMED,
        inputs: &record.inputs,
        unchecked: record.unchecked,
        summary: &record.summary,
    };
    file.write(
        &(serde_json::to_string_pretty(&certificate).expect("a certificate has text keys alone") + "\n"),
    )
}
