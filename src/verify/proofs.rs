//! Theorems for networks of every size: the statements of a chapter for Coq, and which claims of
//! the built-in chapters have a proof.

use std::sync::Arc;

pub use svpg_check::Statements;
use svpg_check::{Chapter, Source};

use super::Claim;
use crate::Error;
use crate::chapters;

/// The claims that are proved for every size, by chapter. The theorem of a claim has its id, and
/// stands in the file of `proofs/` that has the chapter's name. `proofs/check` checks the proofs.
pub const PROVED: &[(&str, &[&str])] = &[
    ("01-network.md", &["N1", "N2", "N3", "N4", "N5", "N6", "N7b"]),
    ("02-exact-policy.md", &["E1a", "E1b", "E1", "E2", "E3", "E3b"]),
    ("03-decision-process.md", &["E4a", "E4b", "E4"]),
    ("04-mean-field.md", &["M1", "M1b", "M2a", "M2", "M3", "M3a", "M3c", "M4"]),
    ("05-implicit-gradient.md", &["M5a", "M5b", "M5", "M6a", "M6", "M6b"]),
    ("06-two-phase.md", &["M7a", "M7i", "M7", "M7d", "M7e", "M7f"]),
    (
        "07-exact-and-local.md",
        &["W1", "W2a", "W2", "W2b", "W2c", "W3", "W6b", "F1a", "F1", "F2a", "F2", "F3"],
    ),
    ("08-last-step.md", &["L1", "L2", "L3", "L3h", "L3b"]),
    ("09-credit.md", &["L4a", "L4", "L5b", "L6c", "L6b", "L7b", "L7e"]),
    ("10-published.md", &["P1b", "P1c", "P2b", "P2c", "P2e", "P3b", "P3c", "P4", "P4b", "P5b"]),
    ("11-spikes.md", &["S1", "S1b", "S1c", "S1d", "S3", "S3b"]),
    ("12-deterministic-boltzmann.md", &["DB1", "DB4", "DB5"]),
    ("13-free-energy-policies.md", &["FE1", "FE2", "FE3b", "FE4", "FE6"]),
    ("15-reward-modulated.md", &["RM1", "RM3", "RM4", "RM5", "RM7", "RM9"]),
];

/// The claims that a theorem refutes: in all real fields there is a network at which the claim is
/// wrong. The theorems stand beside those of [`PROVED`].
pub const REFUTED: &[(&str, &[&str])] = &[
    ("09-credit.md", &["L5", "L6", "L7", "L7c", "L7d"]),
    ("10-published.md", &["P1", "P2", "P2d", "P3", "P5"]),
];

/// The name of a chapter's file in `proofs/` and `proofs/generated/`, without its ending:
/// `chapter_09_credit` for `09-credit.md`.
pub fn proof_file(chapter: &str) -> String {
    format!("chapter_{}", chapter.trim_end_matches(".md").replace('-', "_"))
}

/// Marks the claims of the built-in chapters that have a proof.
pub(super) fn mark(claims: &mut [Claim]) {
    for claim in claims {
        let proved = |(file, ids): &(&str, &[&str])| {
            claim.report.place.starts_with(&format!("derivations/{file}:"))
                && ids.contains(&claim.report.id.as_str())
        };
        claim.proved_for_every_size = PROVED.iter().any(proved);
    }
}

/// The statements of a chapter's claims for Coq.
///
/// # Errors
/// Bad input: the errors of the file, or none of its claims has a statement.
pub fn statements(source: &Arc<Source>) -> Result<Statements, Vec<Error>> {
    let prelude = chapters::prelude();
    // The prelude does not contain itself.
    let prelude = (source.text() != prelude.text()).then_some(&prelude);
    let chapter = Chapter::new(source, prelude)
        .map_err(|diagnostics| super::bad_chapters(source.name(), &diagnostics))?;
    let statements = chapter.statements();
    match statements.left_out.first() {
        Some(left_out) if statements.stated.is_empty() => {
            let what =
                format!("claim {} has no statement: the translation lacks {}", left_out.id, left_out.lacks);
            let remedy = "write the claim with what docs/proofs.md lists, or leave it to `svpg check`";
            Err(vec![Error::bad_input(&left_out.place, what, remedy)])
        }
        _ => Ok(statements),
    }
}
