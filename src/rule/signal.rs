//! The learning signal of a sample: its advantage, the entropy term, PPO's clipping.
//!
//! ```text
//! p, Hn       probability of the sampled action, entropy of the action circuit
//! whole       A + η(−ln p − Hn)
//! REINFORCE   whole
//! PPO         whole·r where r·whole ≤ clip(r, 1−ε, 1+ε)·whole, else 0;   r = exp(ln p − old ln p)
//! p = 0       0
//! ```
//!
//! In expectation over the sampled action, `η(−ln p − Hn)` times the score is the gradient of the
//! entropy. Source of the clipping: Schulman et al. 2017, arXiv 1707.06347.

use super::ActionStats;
use super::action_stats::{clipped, ratios};
use crate::kernel::simd::Level;

/// The weight of the advantage of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weighting<'a> {
    /// Weight 1.
    Reinforce,
    /// The clipped ratio of probabilities.
    Ppo {
        /// ε, in `(0,1)`.
        clip_range: f32,
        /// `ln p` of each sample's action under the policy that sampled it.
        old_log_prob: &'a [f32],
    },
}

/// The signals for `advantages`, which have the same number of entries for every sample.
///
/// # Panics
/// If the numbers of samples differ.
pub(crate) fn signals(
    level: Level,
    weighting: Weighting<'_>,
    entropy: f32,
    stats: &[ActionStats],
    advantages: &[f32],
) -> Vec<f32> {
    let each = advantages.len() / stats.len().max(1);
    assert_eq!(advantages.len(), stats.len() * each);
    let ratios = match weighting {
        Weighting::Reinforce => Vec::new(),
        Weighting::Ppo { old_log_prob, .. } => ratios(level, stats, old_log_prob),
    };
    let of = |(at, advantage): (usize, &f32)| {
        let b = at / each;
        let action = &stats[b];
        if action.probability == 0.0 {
            return 0.0;
        }
        let bonus = match entropy {
            0.0 => 0.0,
            entropy => entropy * (-action.log_prob - action.entropy),
        };
        let whole = advantage + bonus;
        match weighting {
            Weighting::Reinforce => whole,
            Weighting::Ppo { clip_range, .. } => clipped(whole, ratios[b], clip_range),
        }
    };
    advantages.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::{Weighting, signals};
    use crate::kernel::ln::twin::ln;
    use crate::kernel::simd::Level;
    use crate::rule::ActionStats;

    fn stats(probability: f32, entropy: f32) -> ActionStats {
        let log_prob = ln(probability);
        ActionStats { probability, log_prob, surprise: 0.0, entropy }
    }

    #[test]
    fn an_action_of_probability_zero_teaches_nothing() {
        let stats = [stats(0.0, 0.3), stats(0.5, 0.25)];
        let old = [-1.0, ln(0.5)];
        for weighting in [Weighting::Reinforce, Weighting::Ppo { clip_range: 0.2, old_log_prob: &old }] {
            for entropy in [0.0, 2.0] {
                let found = signals(Level::best(None), weighting, entropy, &stats, &[2.0, -3.0, 1.5, -1.0]);
                assert_eq!(found[..2], [0.0, 0.0], "{weighting:?}");
                let bonus = entropy * (-(ln(0.5)) - 0.25);
                assert_eq!(found[2..], [1.5 + bonus, -1.0 + bonus], "{weighting:?}");
            }
        }
    }

    #[test]
    fn the_whole_signal_is_clipped() {
        let old = [ln(0.25)];
        let weighting = Weighting::Ppo { clip_range: 0.2, old_log_prob: &old };
        let found =
            |advantage| signals(Level::best(None), weighting, 0.0, &[stats(0.5, 0.0)], &[advantage])[0];
        // The ratio is 2.
        assert_eq!(found(1.0), 0.0);
        assert!((found(-1.0) + 2.0).abs() < 1e-6);
    }
}
