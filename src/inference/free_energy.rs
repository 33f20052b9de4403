//! Free energies of rate inference at its current activity.
//!
//! ```text
//! −F(q) = Σ_i q_i·(d_i + κ·(Wq)_i) − Σ_hidden q_i ln q_i,   d = Uᵀs + b
//! ```
//!
//! A clamped action circuit is one-hot and has no entropy (F2a). Products `Wq` and logarithms are
//! in f32, the sums over units in f64, unit by unit. The error comes from roundings of `q`, `d` and
//! `Wq` and is about 10⁻⁷ of the largest term. `F` is stationary at the fixed point, so an error δ
//! of the activity changes `F` by the order of δ². With noise, `d` is the drive of the last
//! iteration.

use super::rate::RateInference;
use crate::kernel::compute::Compute;
use crate::kernel::ln::ln_all;
use crate::kernel::matrix::padded;
use crate::kernel::product::add_product;
use crate::kernel::threads::pieces;
use crate::kernel::tile::Tile;
use crate::network::Parameters;

impl RateInference {
    /// `−F(q)` of every sample in nats, with the entropy of the hidden circuits. Overwrites the
    /// working memory of an iteration.
    pub(super) fn minus_free_energies(&mut self, compute: &Compute, parameters: &Parameters) -> Vec<f64> {
        let Compute { level, threads } = compute;
        let (stride, units) = (padded(parameters.units()), parameters.units());
        let (kappa, hidden) = (f64::from(parameters.convention.kappa()), parameters.circuits.hidden_units());
        let Self { q, drive, next, unit_inputs, blocks, .. } = self;
        let mut found = vec![0.0; q.rows()];
        let ranges = threads.split(q.rows(), 1);
        let lengths = |stride: usize| ranges.iter().map(move |range| range.len() * stride);
        let recurrent = pieces(next.all_mut(), lengths(stride));
        let logarithms = pieces(unit_inputs.all_mut(), lengths(stride));
        let parts = recurrent.into_iter().zip(logarithms).zip(pieces(&mut found, lengths(1)));
        threads.each(ranges.iter().zip(parts).collect(), |(range, ((recurrent, logarithms), found))| {
            let all = &q.all()[range.start * stride..range.end * stride];
            recurrent.fill(0.0);
            for (inputs, to) in blocks.iter().cloned() {
                let x = all.get(inputs.start..).unwrap_or_default();
                let out = Tile::new(recurrent, stride, to);
                add_product(*level, (x, stride), (&parameters.weights, inputs), out);
            }
            logarithms.copy_from_slice(all);
            ln_all(*level, bytemuck::cast_slice_mut(logarithms));
            let rows = recurrent.chunks_exact(stride).zip(logarithms.chunks_exact(stride));
            for ((b, (recurrent, logarithms)), found) in range.clone().zip(rows).zip(found) {
                let (q, drive) = (&q.row(b)[..units], drive.row(b));
                let wide = |x: f32| f64::from(x);
                for (i, &share) in q.iter().enumerate() {
                    *found += wide(share) * (wide(drive[i]) + kappa * wide(recurrent[i]));
                    if i < hidden && share > 0.0 {
                        *found -= wide(share) * wide(logarithms[i]);
                    }
                }
            }
        });
        found
    }
}
