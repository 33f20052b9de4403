//! The vectors of level 2.

use super::vector;
use crate::Error;
use crate::conformance::expectation::{Expectation, ExpectationAnswer, Test, expected};
use crate::random::SplitMix64;

/// Error rates of the test of samples.
const RATE: f64 = 1e-3;
/// The effect that samples must show, relative to the largest entry of the expectation.
const EFFECT: f64 = 0.05;
/// Among these numbers of networks is one with few configurations.
const ATTEMPTS: usize = 1 << 16;

/// Expectation number `index` of a seed, and its answer by enumeration: network and rule of a case
/// with few configurations, random rewards, a baseline that is not 0.
///
/// # Errors
/// As [`vector`].
pub fn expectation(index: usize, seed: u64) -> Result<(Expectation, ExpectationAnswer), Error> {
    let mut random = SplitMix64::new(SplitMix64::new(!seed ^ (index as u64).rotate_left(32)).bits());
    for attempt in 0..ATTEMPTS {
        // Each attempt has the rule of another case.
        let (case, _) = vector(index + attempt, seed ^ (attempt as u64) << 48)?;
        let rewards: Vec<f64> = (0..case.shape().actions).map(|_| random.symmetric(1.0)).collect();
        let baseline = 0.25 + 0.5 * random.unit();
        let question = |effect| {
            let test = Test { effect, false_alarm: RATE, missed: RATE };
            Expectation::new(&case, rewards.clone(), baseline, test)
        };
        // Options of single samples and large networks are refused.
        let Ok(first) = question(1.0) else { continue };
        let Ok(truth) = expected(&first) else { continue };
        let largest = truth.values().fold(0.0f64, |most, x| most.max(x.abs()));
        if largest > 1e-6 {
            return Ok((question(EFFECT * largest)?, ExpectationAnswer::of_expected(truth)));
        }
    }
    unreachable!("one of the shapes has few configurations");
}

/// The properties of a question, in words.
pub(super) fn comment(question: &Expectation) -> String {
    let case = question.case();
    format!(
        "expected update of {}, states {}, units {}; samples must show a bias of {:e}",
        case.rule().name(),
        case.shape().states,
        case.shape().units(),
        question.test().effect
    )
}
