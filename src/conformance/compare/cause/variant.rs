//! A wrong answer, and how far a candidate is from it.

use super::setting::Setting;
use crate::conformance::case::Parameters;
use crate::conformance::compare::block::Entries;

/// A wrong answer to a case.
pub(super) struct Variant {
    /// The mistake that gives it.
    pub(super) text: String,
    /// The wrong update; `None` if only `q` is known.
    pub(super) update: Option<Parameters>,
    /// The `q` of the wrong answer; `None`: the true one.
    pub(super) q: Option<Vec<Vec<f64>>>,
}

impl Variant {
    pub(super) fn of(text: impl Into<String>, update: Parameters) -> Self {
        Self { text: text.into(), update: Some(update), q: None }
    }

    pub(super) fn with_q(text: impl Into<String>, update: Parameters, q: Vec<Vec<f64>>) -> Self {
        Self { text: text.into(), update: Some(update), q: Some(q) }
    }
}

/// Distance of a block of a candidate from a block of an answer.
#[derive(Clone, Copy)]
pub(super) struct Distance {
    pub(super) block: &'static str,
    /// Largest difference, relative to the largest entry of the answer.
    pub(super) value: f64,
    /// Is the block of the answer zero?
    pub(super) is_zero: bool,
}

/// The distances of all blocks that are not empty.
pub(super) fn distances(setting: &Setting, answer: &Parameters, found: &Parameters) -> Vec<Distance> {
    let largest = answer.values().fold(0.0f64, |most, x| most.max(x.abs()));
    let blocks = Entries::of_parameters(setting.case.shape(), "", answer, found);
    let blocks = blocks.iter().filter(|block| block.values().next().is_some());
    blocks
        .map(|block| {
            let scale = block.values().fold(0.0f64, |most, (y, _)| most.max(y.abs()));
            let error = block.values().fold(0.0f64, |most, (y, x)| most.max((x - y).abs()));
            // A block that is zero but for rounding has no scale of its own.
            let is_rounding = error <= 4.0 * f64::EPSILON * largest;
            let value = if is_rounding { 0.0 } else { error / scale.max(1e-9 * largest) };
            Distance { block: block.name(), value, is_zero: scale <= 1e-12 * largest }
        })
        .collect()
}

/// Largest difference of two states.
pub(super) fn state_distance(expected: &[Vec<f64>], found: &[Vec<f64>]) -> f64 {
    let pairs = expected.iter().flatten().zip(found.iter().flatten());
    pairs.fold(0.0, |most, (y, x)| most.max((x - y).abs()))
}
