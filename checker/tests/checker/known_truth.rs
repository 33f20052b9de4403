//! Claims whose truth is known: true ones that are hard to confirm, each with a false sibling that
//! is broken in one place. `T7` is true, `F7` its sibling.

use std::collections::BTreeSet;

use crate::judged::judged;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("known_truth/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = files!(
    "cancellation.md",
    "comparisons.md",
    "exponentials.md",
    "networks.md",
    "processes.md",
    "roots.md",
    "symmetric.md"
);

#[test]
fn every_claim_gets_the_verdict_that_is_its_truth() {
    let mut deviations = Vec::new();
    let mut count = 0;
    for (name, text) in FILES {
        match judged(name, text) {
            Err(error) => deviations.push(error),
            Ok(claims) => {
                count += claims.len();
                deviations.extend(claims.iter().filter(|claim| !claim.as_expected).map(|claim| {
                    format!(
                        "{name} {}: {} instead of {} {}",
                        claim.id,
                        claim.verdict.as_str(),
                        claim.expected,
                        claim.reason
                    )
                }));
            }
        }
    }
    assert!(
        deviations.is_empty(),
        "{} of {count} verdicts deviate:\n{}",
        deviations.len(),
        deviations.join("\n")
    );
}

/// A claim that is true without a sibling that is not says nothing of a checker that lets
/// everything pass.
#[test]
fn every_true_claim_has_a_false_sibling() {
    let mut pairs = 0;
    for (name, text) in FILES {
        let ids = |letter: char| -> BTreeSet<&str> {
            text.lines()
                .filter_map(|line| line.strip_prefix("claim ")?.strip_prefix(letter)?.split(' ').next())
                .collect()
        };
        assert_eq!(ids('T'), ids('F'), "{name}");
        pairs += ids('T').len();
    }
    assert!(pairs >= 60, "{pairs}");
}
