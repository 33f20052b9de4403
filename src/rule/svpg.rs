//! `svpg`: the score of the sampled configuration times the advantage.
//!
//! ```text
//! x = q,   e = β = A/B·(v − q),   recurrent factor κ
//! ```
//!
//! `v` is the sampled configuration, `A` the signal, which can differ between circuits, and B the
//! number of samples. The sum over the batch is the average update (L2 of the derivations).

use super::{CaseOptions, CaseRule, Factors, LearningRule, RuleBatch, Support};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::threads::pieces;
use std::ops::Range;
use svpg_reference::rule::Rule;

/// The rule `svpg`.
#[derive(Debug)]
pub(super) struct Svpg;

impl CaseRule for Svpg {
    fn name(&self) -> &'static str {
        "svpg"
    }

    fn summary(&self) -> &'static str {
        "the gradient of the last step of inference, as derived in 2022"
    }

    fn learning(&self) -> Option<&'static dyn LearningRule> {
        Some(&Svpg)
    }

    fn reference(&self, _options: &CaseOptions, _samples: Range<usize>) -> Rule<f64> {
        Rule::Svpg
    }

    fn difference_from(&self, other: &str) -> Option<&'static str> {
        (other == "svpg-bmvc").then_some("update.bias has v where the rule has v - q")
    }
}

impl LearningRule for Svpg {
    fn support(&self) -> Support {
        Support { spikes: true, ppo: false, votes: true }
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        fill_scores(compute, batch, &batch.circuit_signals(compute), factors);
        Ok(())
    }
}

/// Fills `factors` with the scores times `signals`, samples × circuits.
pub(super) fn fill_scores(compute: &Compute, batch: &RuleBatch<'_>, signals: &[f32], factors: &mut Factors) {
    let RuleBatch { parameters, q, winners, .. } = *batch;
    let (circuits, size) = (&parameters.circuits, batch.size());
    let (count, stride) = (circuits.count(), q.stride());
    assert!(winners.len() == size * count && signals.len() == size * count);
    assert!(factors.error.rows() == size && factors.pre.rows() == size);
    assert!(q.columns() == circuits.units() && factors.error.columns() == circuits.units());
    factors.recurrent_factor = parameters.convention.kappa();
    factors.bias_error = None;
    let ranges = compute.threads.split(size, 1);
    let lengths = || ranges.iter().map(|range| range.len() * stride);
    let pre = pieces(factors.pre.all_mut(), lengths());
    let errors = pieces(factors.error.all_mut(), lengths());
    let parts = ranges.iter().zip(pre).zip(errors).collect();
    compute.threads.each(parts, |((range, pre), errors)| {
        for ((b, pre), error) in
            range.clone().zip(pre.chunks_exact_mut(stride)).zip(errors.chunks_exact_mut(stride))
        {
            let q = q.padded_row(b);
            pre.copy_from_slice(q);
            for ((winner, scale), members) in scaled(batch, signals, b).zip(circuits.iter()) {
                for (error, q) in error[members.clone()].iter_mut().zip(&q[members]) {
                    *error = scale * (0.0 - q);
                }
                error[winner] = scale * (1.0 - q[winner]);
            }
        }
    });
}

/// The winner of every circuit of sample `b`, and its signal divided by the number of samples.
pub(super) fn scaled<'a>(
    batch: &RuleBatch<'a>,
    signals: &'a [f32],
    b: usize,
) -> impl Iterator<Item = (usize, f32)> + 'a {
    let size = batch.size() as f32;
    let count = batch.parameters.circuits.count();
    let of = b * count..(b + 1) * count;
    batch.winners[of.clone()]
        .iter()
        .zip(&signals[of])
        .map(move |(&winner, &signal)| (winner as usize, signal / size))
}
