//! The policy's probabilities of the sampled actions.

use crate::kernel::exp::exp_all;
use crate::kernel::ln::ln_all;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::simd::Level;
use crate::network::Circuits;

/// Statistics of one sample's action under the policy `q_a`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActionStats {
    /// `p = q_a` of the sampled action.
    pub probability: f32,
    /// `ln p`, −∞ if `p` is 0.
    pub log_prob: f32,
    /// `−p ln p`, 0 if `p` is 0.
    pub surprise: f32,
    /// `Hn = −Σ q ln q` over the action circuit, summed in order.
    pub entropy: f32,
}

/// Statistics of the actions of the first action circuit under the activity `q` (samples × units).
/// `winners` are unit numbers, samples × circuits.
///
/// # Panics
/// If the numbers of samples, units or circuits differ.
pub fn action_stats(
    level: Level,
    circuits: &Circuits,
    q: &AlignedMatrix,
    winners: &[u32],
) -> Vec<ActionStats> {
    let count = circuits.count();
    assert!(winners.len() == q.rows() * count && q.columns() == circuits.units());
    let members = circuits.members(circuits.hidden());
    let probabilities: Vec<f32> =
        (0..q.rows()).flat_map(|b| q.row(b)[members.clone()].iter().copied()).collect();
    let logarithms = mapped(level, probabilities.iter().copied(), ln_all);
    let surprise = |at: usize| match probabilities[at] {
        0.0 => 0.0,
        p => -(p * logarithms[at]),
    };
    let of = |b: usize| {
        let first = b * members.len();
        let at = first + winners[b * count + circuits.hidden()] as usize - members.start;
        ActionStats {
            probability: probabilities[at],
            log_prob: logarithms[at],
            surprise: surprise(at),
            entropy: (first..first + members.len()).fold(0.0, |sum, at| sum + surprise(at)),
        }
    };
    (0..q.rows()).map(of).collect()
}

/// `r = exp(ln p − old ln p)`, one per sample.
///
/// # Panics
/// If the numbers of samples differ.
pub(super) fn ratios(level: Level, stats: &[ActionStats], old_log_prob: &[f32]) -> Vec<f32> {
    assert_eq!(stats.len(), old_log_prob.len());
    mapped(level, stats.iter().zip(old_log_prob).map(|(stats, old)| stats.log_prob - old), exp_all)
}

/// PPO's weight of a sample: `A r` if `r A ≤ clip(r, 1−ε, 1+ε) A`, else 0. Source: Schulman et al.
/// 2017, arXiv 1707.06347.
pub(super) fn clipped(advantage: f32, ratio: f32, epsilon: f32) -> f32 {
    let unclipped = ratio * advantage;
    let limited = ratio.clamp(1.0 - epsilon, 1.0 + epsilon) * advantage;
    if unclipped <= limited { unclipped } else { 0.0 }
}

/// Applies a function to every number.
fn mapped(
    level: Level,
    numbers: impl Iterator<Item = f32>,
    function: fn(Level, &mut [[f32; WIDTH]]),
) -> Vec<f32> {
    let mut all: Vec<f32> = numbers.collect();
    let count = all.len();
    all.resize(count.next_multiple_of(WIDTH), 1.0);
    function(level, bytemuck::cast_slice_mut(&mut all));
    all.truncate(count);
    all
}

#[cfg(test)]
mod tests {
    use super::{action_stats, clipped, ratios};
    use crate::kernel::matrix::AlignedMatrix;
    use crate::kernel::simd::Level;
    use crate::network::Circuits;

    #[test]
    fn an_impossible_action_has_no_surprise_and_no_ratio() {
        let circuits = Circuits::new(1, 2, 1, 2).unwrap();
        let q = AlignedMatrix::from_fn(2, 4, |b, u| [[0.5, 0.5, 0.0, 1.0], [0.5, 0.5, 0.25, 0.75]][b][u]);
        for level in Level::all() {
            let found = action_stats(level, &circuits, &q, &[0, 2, 1, 3]);
            assert_eq!((found[0].probability, found[0].surprise, found[0].entropy), (0.0, 0.0, 0.0));
            assert_eq!(found[0].log_prob, f32::NEG_INFINITY);
            assert_eq!(found[1].probability, 0.75);
            let expected = -(0.25 * 0.25f64.ln() + 0.75 * 0.75f64.ln()) as f32;
            assert!((found[1].entropy - expected).abs() < 2.0 * f32::EPSILON);
            let ratios = ratios(level, &found, &[-1.0, found[1].log_prob]);
            assert_eq!(ratios, [0.0, 1.0]);
        }
    }

    #[test]
    fn clipping_takes_the_smaller_branch() {
        assert_eq!(clipped(2.0, 1.5, 0.2), 0.0);
        assert_eq!(clipped(2.0, 0.5, 0.2), 1.0);
        assert_eq!(clipped(-2.0, 1.5, 0.2), -3.0);
        assert_eq!(clipped(-2.0, 0.5, 0.2), 0.0);
        assert_eq!(clipped(-2.0, 1.0, 0.2), -2.0);
        assert_eq!(clipped(0.0, 7.0, 0.2), 0.0);
    }
}
