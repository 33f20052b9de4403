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
//! `g` is 0 where `p` is 0. The sum over the batch is the published update: an average over a batch
//! whose `g` holds a 1/B already. In the convention half the factor 1 is that of the published
//! spiking network, which leaves out the 2 in front of recurrent activity but not in the rule (L7
//! of the derivations). Source: Yang et al. 2025, doi 10.1109/TPAMI.2024.3511936, the published
//! implementation.

use super::action_stats::{clipped, ratios};
use super::{Factors, LearningRule, RuleBatch, Support, Weighting};
use crate::Error;
use crate::kernel::compute::Compute;

/// The rule `svpg-tpami`.
#[derive(Debug)]
pub(super) struct SvpgTpami;

impl LearningRule for SvpgTpami {
    fn name(&self) -> &'static str {
        "svpg-tpami"
    }

    fn summary(&self) -> &'static str {
        "as published in 2025"
    }

    fn support(&self) -> Support {
        Support { spikes: true, ppo: true, votes: false }
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        let RuleBatch { parameters, q, winners, stats, entropy, .. } = *batch;
        let (size, count) = (batch.size(), parameters.circuits.count());
        assert!(size > 0 && stats.len() == size && winners.len() == size * count);
        assert!(factors.pre.rows() == size && factors.error.rows() == size);
        let ratios = match batch.weighting {
            Weighting::Reinforce => Vec::new(),
            Weighting::Ppo { old_log_prob, .. } => ratios(compute.level, stats, old_log_prob),
        };
        for ((b, action), advantage) in stats.iter().enumerate().zip(batch.action_advantages()) {
            let weighted = match batch.weighting {
                Weighting::Reinforce => advantage,
                Weighting::Ppo { clip_range, .. } => clipped(advantage, ratios[b], clip_range),
            };
            let p = action.probability;
            let signal = match p {
                0.0 => 0.0,
                p => weighted * (1.0 - p) + entropy * (action.surprise - p * action.entropy),
            };
            let scale = signal / size as f32 / size as f32;
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
        Ok(())
    }
}
