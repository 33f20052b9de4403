//! `exact`: the gradient of the exact policy, by enumeration of all configurations. It is not for
//! training: a network of the published size has about 10²⁰ configurations or more.

use super::{CaseOptions, CaseRule, GapRow, LearningRule};
use crate::exactness::Acting;
use std::ops::Range;
use svpg_reference::rule::Rule;

/// The rule `exact`.
#[derive(Debug)]
pub(super) struct Exact;

impl CaseRule for Exact {
    fn name(&self) -> &'static str {
        "exact"
    }

    fn summary(&self) -> &'static str {
        "the gradient of the exact policy, by enumeration; only for cases"
    }

    fn learning(&self) -> Option<&'static dyn LearningRule> {
        None
    }

    fn reference(&self, _options: &CaseOptions, _samples: Range<usize>) -> Rule<f64> {
        Rule::Exact
    }

    fn gap_rows(&self) -> Vec<GapRow> {
        vec![GapRow { acting: Acting::Exact, ..GapRow::new(self.name()) }]
    }

    fn is_enumerated(&self) -> bool {
        true
    }
}
