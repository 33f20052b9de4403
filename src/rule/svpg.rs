//! `svpg` and `svpg-bmvc`: the score of the sampled configuration times the advantage.
//!
//! ```text
//! x = q,   e = A/B·(v − q),   recurrent factor κ;   β = e (svpg),   β = A/B·v (svpg-bmvc)
//! ```
//!
//! `v` is the sampled configuration, `A` the advantage, which may differ from circuit to circuit, B
//! the number of samples: the sum over the batch is the average update (L2 of the derivations; P1
//! for the bias). Source of `svpg-bmvc`: Yang et al. 2022, arXiv 2210.13225, the published
//! implementation.

use crate::inference::{Threads, pieces};
use crate::kernel::matrix::AlignedMatrix;
use crate::learn::Factors;
use crate::network::Parameters;

/// What moves a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BiasRule {
    /// `A (v − q)`: rule `svpg`.
    Score,
    /// `A v`: rule `svpg-bmvc`.
    Winner,
}

/// Fills `factors`, whose matrices are samples × units, from the winners and advantages of every
/// circuit, samples × circuits; winners are unit numbers.
///
/// # Panics
/// Where the number of samples, units or circuits differs.
pub fn fill(
    threads: &Threads,
    parameters: &Parameters,
    q: &AlignedMatrix,
    (winners, advantages): (&[u32], &[f32]),
    bias: BiasRule,
    factors: &mut Factors,
) {
    let (circuits, batch) = (&parameters.circuits, q.rows());
    let (count, stride) = (circuits.count(), q.stride());
    assert!(winners.len() == batch * count && advantages.len() == batch * count);
    assert!(factors.error.rows() == batch && factors.pre.rows() == batch);
    assert!(q.columns() == circuits.units() && factors.error.columns() == circuits.units());
    factors.recurrent_factor = parameters.convention.kappa();
    factors.bias_error = match (bias, factors.bias_error.take()) {
        (BiasRule::Score, _) => None,
        (BiasRule::Winner, Some(rows)) if rows.rows() == batch && rows.columns() == q.columns() => Some(rows),
        (BiasRule::Winner, _) => Some(AlignedMatrix::zeros(batch, q.columns())),
    };
    let scales = |b: usize| {
        let of = b * count..(b + 1) * count;
        winners[of.clone()]
            .iter()
            .zip(&advantages[of])
            .map(move |(&winner, &a)| (winner as usize, a / batch as f32))
    };
    let ranges = threads.split(batch, 1);
    let lengths = || ranges.iter().map(|range| range.len() * stride);
    let pre = pieces(factors.pre.all_mut(), lengths());
    let errors = pieces(factors.error.all_mut(), lengths());
    let parts = ranges.iter().zip(pre).zip(errors).collect();
    threads.each(parts, |((range, pre), errors)| {
        for ((b, pre), error) in
            range.clone().zip(pre.chunks_exact_mut(stride)).zip(errors.chunks_exact_mut(stride))
        {
            let q = q.padded_row(b);
            pre.copy_from_slice(q);
            for ((winner, scale), members) in scales(b).zip(circuits.iter()) {
                for (error, q) in error[members.clone()].iter_mut().zip(&q[members]) {
                    *error = scale * (0.0 - q);
                }
                error[winner] = scale * (1.0 - q[winner]);
            }
        }
    });
    if let Some(bias) = &mut factors.bias_error {
        bias.all_mut().fill(0.0);
        for b in 0..batch {
            let row = bias.row_mut(b);
            for (winner, scale) in scales(b) {
                row[winner] = scale;
            }
        }
    }
}
