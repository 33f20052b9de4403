//! `two-phase`: the clamped phase minus the free phase.
//!
//! ```text
//! x = (q⁺ + q⁻)/2,   e = β = A/B·(q⁺ − q⁻),   recurrent factor κ
//! ```
//!
//! `q⁻` is the free activity, `q⁺` the activity with the action circuit clamped to the sampled
//! action, `A` the signal, and B the number of samples. The sum over the batch is the average
//! update (M7 of the derivations). The rule does not centre the advantage: the baseline belongs to
//! the learner.

use super::{CaseOptions, CaseRule, Factors, GapRow, LearningRule, RuleBatch, RuleOptions, Support};
use crate::Error;
use crate::exactness::Acting;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use std::ops::Range;
use svpg_reference::rule::Rule;

/// The rule `two-phase`.
#[derive(Debug)]
pub(super) struct TwoPhase;

impl CaseRule for TwoPhase {
    fn name(&self) -> &'static str {
        "two-phase"
    }

    fn summary(&self) -> &'static str {
        "the clamped phase minus the free phase, which reaches hidden units"
    }

    fn learning(&self) -> Option<&'static dyn LearningRule> {
        Some(&TwoPhase)
    }

    fn reference(&self, _options: &CaseOptions, _samples: Range<usize>) -> Rule<f64> {
        Rule::TwoPhase
    }

    fn gap_rows(&self) -> Vec<GapRow> {
        let by_mean_field = GapRow::new(self.name());
        let by_free_energy = GapRow { acting: Acting::FreeEnergy, ..by_mean_field.clone() };
        vec![by_mean_field, by_free_energy]
    }
}

impl LearningRule for TwoPhase {
    fn support(&self) -> Support {
        Support { spikes: false, ppo: true, votes: false }
    }

    fn clamped_phases(&self, _options: RuleOptions) -> Vec<f32> {
        vec![1.0]
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        let [clamped] = batch.clamped else { panic!("the rule has one clamped phase") };
        fill_contrast(batch, (clamped, batch.q), &batch.signals(compute), factors);
        Ok(())
    }
}

/// Fills `factors` with the difference of two phases, the first minus the second, times `signals`,
/// one per sample.
pub(super) fn fill_contrast(
    batch: &RuleBatch<'_>,
    (plus, minus): (&AlignedMatrix, &AlignedMatrix),
    signals: &[f32],
    factors: &mut Factors,
) {
    let size = batch.size();
    assert!(plus.rows() == size && minus.rows() == size);
    assert!(signals.len() == size && factors.error.rows() == size);
    for (b, signal) in signals.iter().enumerate() {
        let scale = signal / size as f32;
        let rates = minus.row(b).iter().zip(plus.row(b));
        let own = factors.pre.row_mut(b).iter_mut().zip(factors.error.row_mut(b));
        for ((minus, plus), (pre, error)) in rates.zip(own) {
            *pre = 0.5 * (plus + minus);
            *error = scale * (plus - minus);
        }
    }
    factors.bias_error = None;
    factors.recurrent_factor = batch.parameters.convention.kappa();
}
