//! `svpg-tpami`: as published in 2025, for REINFORCE and PPO. The score of `svpg` times `g` instead
//! of the advantage.
//!
//! ```text
//! p = q_a of the sampled action,   Hn = −Σ q ln q over the action circuit,   B samples
//! REINFORCE   g = (A·(1−p) + η·(−p·ln p − p·Hn))/B
//! PPO         A·r instead of A where r·A ≤ clip(r, 1−ε, 1+ε)·A, else 0;   r = exp(ln p − old ln p)
//! x = q,   e = β = g/B·(v − q),   recurrent factor 1 in both conventions
//! ```
//!
//! The sum over the batch is the published update: an average over a batch whose `g` holds a 1/B
//! already. In the convention half the factor 1 is that of the published spiking network, which
//! leaves out the 2 in front of recurrent activity but not in the rule (L7 of the derivations).
//! Source: Yang et al. 2025, doi 10.1109/TPAMI.2024.3511936, the published implementation.

use super::action_stats::{action_stats, clipped, ratios};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::learn::Factors;
use crate::network::Circuits;

/// How the first term of `g` weighs the advantage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Algorithm<'a> {
    /// `A (1−p)`.
    Reinforce,
    /// `A r (1−p)`, clipped.
    Ppo {
        /// ε, positive.
        epsilon: f32,
        /// `ln p` of each sample's action when it was sampled.
        old_log_prob: &'a [f32],
    },
}

/// What the rule learns from: a batch of at least one sample.
#[derive(Clone, Copy, Debug)]
pub struct Sampled<'a> {
    /// Samples × units: activity.
    pub q: &'a AlignedMatrix,
    /// The sampled winner of every circuit, as unit numbers, samples × circuits.
    pub winners: &'a [u32],
    /// `A`, one a sample.
    pub advantages: &'a [f32],
}

/// Fills `factors`, whose matrices are samples × units, from the first action circuit's action.
///
/// # Panics
/// Where the number of samples, units or circuits differs.
pub fn fill(
    level: Level,
    circuits: &Circuits,
    Sampled { q, winners, advantages }: Sampled<'_>,
    algorithm: Algorithm<'_>,
    entropy: f32,
    factors: &mut Factors,
) {
    let (batch, count) = (q.rows(), circuits.count());
    assert!(batch > 0 && advantages.len() == batch);
    assert!(factors.pre.rows() == batch && factors.error.rows() == batch);
    let all = action_stats(level, circuits, q, winners);
    let ratios = match algorithm {
        Algorithm::Reinforce => Vec::new(),
        Algorithm::Ppo { old_log_prob, .. } => ratios(level, &all, old_log_prob),
    };
    let size = batch as f32;
    for (b, action) in all.iter().enumerate() {
        let advantage = match algorithm {
            Algorithm::Reinforce => advantages[b],
            Algorithm::Ppo { epsilon, .. } => clipped(advantages[b], ratios[b], epsilon),
        };
        let p = action.probability;
        let signal = advantage * (1.0 - p) + entropy * (action.surprise - p * action.entropy);
        let scale = signal / size / size;
        let q = q.row(b);
        factors.pre.row_mut(b).copy_from_slice(q);
        let error = factors.error.row_mut(b);
        for (error, q) in error.iter_mut().zip(q) {
            *error = scale * (0.0 - q);
        }
        for &winner in &winners[b * count..(b + 1) * count] {
            let winner = winner as usize;
            error[winner] = scale * (1.0 - q[winner]);
        }
    }
    factors.bias_error = None;
    factors.recurrent_factor = 1.0;
}
