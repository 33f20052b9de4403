//! `svpg-bmvc`: the rule as published in 2022. It equals `svpg` except for the bias.
//!
//! ```text
//! x = q,   e = A/B·(v − q),   β = A/B·v,   recurrent factor κ
//! ```
//!
//! The bias update is not the gradient (P1 of the derivations). Source: Yang et al. 2022, arXiv
//! 2210.13225, the published implementation.

use super::svpg::{fill_scores, scaled};
use super::{CaseOptions, CaseRule, Factors, LearningRule, RuleBatch, Support};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use std::ops::Range;
use svpg_reference::rule::Rule;

/// The rule `svpg-bmvc`.
#[derive(Debug)]
pub(super) struct SvpgBmvc;

impl CaseRule for SvpgBmvc {
    fn name(&self) -> &'static str {
        "svpg-bmvc"
    }

    fn summary(&self) -> &'static str {
        "svpg with the bias rule of the implementation of 2022"
    }

    fn learning(&self) -> Option<&'static dyn LearningRule> {
        Some(&SvpgBmvc)
    }

    fn reference(&self, _options: &CaseOptions, _samples: Range<usize>) -> Rule<f64> {
        Rule::SvpgBmvc
    }

    fn difference_from(&self, other: &str) -> Option<&'static str> {
        (other == "svpg").then_some("update.bias has v - q where the rule has v")
    }
}

impl LearningRule for SvpgBmvc {
    fn support(&self) -> Support {
        Support { spikes: true, ppo: false, votes: true }
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        let (size, units) = (batch.size(), batch.q.columns());
        let signals = batch.circuit_signals(compute);
        let kept = factors.bias_error.take();
        fill_scores(compute, batch, &signals, factors);
        let mut bias = kept
            .filter(|rows| rows.rows() == size && rows.columns() == units)
            .unwrap_or_else(|| AlignedMatrix::zeros(size, units));
        bias.all_mut().fill(0.0);
        for b in 0..size {
            let row = bias.row_mut(b);
            for (winner, scale) in scaled(batch, &signals, b) {
                row[winner] = scale;
            }
        }
        factors.bias_error = Some(bias);
        Ok(())
    }
}
