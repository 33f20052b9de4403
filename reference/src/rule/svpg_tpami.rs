//! `svpg-tpami`: the rule as published in 2025, for REINFORCE and PPO. It is the rule `svpg` with
//! `g` instead of `A`, and with the factors of the convention full in both conventions.
//!
//! With `e = v - q`: `ΔW_ij = g (q_j e_i + q_i e_j)`, `ΔU_ki = g s_k e_i`, `Δb_i = g e_i`. The
//! published implementation uses this rule with forward passes in both conventions. In the
//! convention half, the update is therefore `g` times the score with a doubled recurrent block
//! (L7).
//!
//! With `p = q_a` of the sampled action, `Hn` the entropy of the action circuit and `η` the entropy
//! weight, `g = (1/B) [A (1-p) + η p (-ln p - Hn)]`. In PPO, the first term is `A r (1-p)` if `r A
//! ≤ clip(r, 1-ε, 1+ε) A`, else 0, with `r = exp(ln p - old_log_prob)`. The update is averaged over
//! the batch again and so scales as 1/B² (P5). P2 and P3 state what the update is instead of the
//! gradient. P4 states when PPO equals REINFORCE. Source: doi 10.1109/TPAMI.2024.3511936, the
//! published implementation.

use crate::Error;
use crate::mean_field::x_ln_x;
use crate::network::Update;
use crate::number::{Real, Scalar};
use crate::rule::{Batch, svpg::scaled_score};

/// The weight of the advantage in the first term.
#[derive(Clone, Debug, PartialEq)]
pub enum Algorithm<T> {
    /// `A (1-p)`.
    Reinforce,
    /// `A r (1-p)`, clipped.
    Ppo {
        /// `ε`, positive.
        epsilon: T,
        /// `ln p` of each sample's action under the policy that sampled it, `B` long.
        old_log_prob: Vec<T>,
    },
}

/// The rule's options.
#[derive(Clone, Debug, PartialEq)]
pub struct Options<T> {
    /// REINFORCE or PPO.
    pub algorithm: Algorithm<T>,
    /// `η`, the weight of the entropy term.
    pub entropy: T,
}

/// The average update over the batch.
///
/// # Errors
/// A fixed point that was not found ([`Error::is_not_converged`]); `entropy`, `epsilon` or
/// `old_log_prob` is not finite, `epsilon` is not positive, or the length of `old_log_prob` is not
/// `B` ([`Error::is_invalid`]).
pub fn update<T: Real>(batch: &Batch<'_, T>, options: &Options<T>) -> Result<Update<T>, Error> {
    options.check(batch.trials().len())?;
    batch.average_indexed(|b, trial| {
        let actions = &trial.q()?[trial.observed().shape().action_units()];
        let signal = options.signal(b, trial.advantage().clone(), actions, trial.action());
        let mut update = scaled_score(trial, &(signal / batch.size()))?;
        // The score of W has the factor κ; the published rule has the factor 1 for every forward
        // pass.
        let kappa: T = trial.observed().parameters().convention().kappa();
        update.recurrent.entries_mut().iter_mut().for_each(|weight| *weight = weight.clone() / kappa.clone());
        Ok(update)
    })
}

impl<T> Options<T> {
    /// The options with their numbers in another type.
    pub(super) fn map<U>(&self, convert: impl Fn(&T) -> U) -> Options<U> {
        let algorithm = match &self.algorithm {
            Algorithm::Reinforce => Algorithm::Reinforce,
            Algorithm::Ppo { epsilon, old_log_prob } => Algorithm::Ppo {
                epsilon: convert(epsilon),
                old_log_prob: old_log_prob.iter().map(&convert).collect(),
            },
        };
        Options { algorithm, entropy: convert(&self.entropy) }
    }
}

impl<T: Real> Options<T> {
    fn check(&self, samples: usize) -> Result<(), Error> {
        let finite = |place: &str, value: &T| {
            if value.is_finite() {
                Ok(())
            } else {
                Err(Error::invalid(place, "is not a finite number; use a finite number"))
            }
        };
        finite("options.entropy", &self.entropy)?;
        let Algorithm::Ppo { epsilon, old_log_prob } = &self.algorithm else { return Ok(()) };
        finite("options.epsilon", epsilon)?;
        if *epsilon <= T::zero() {
            return Err(Error::invalid("options.epsilon", "is not positive; use about 0.2"));
        }
        if old_log_prob.len() != samples {
            let message =
                format!("has {} entries; give one for each of {samples} samples", old_log_prob.len());
            return Err(Error::invalid("options.old_log_prob", message));
        }
        old_log_prob
            .iter()
            .enumerate()
            .try_for_each(|(b, old)| finite(&format!("options.old_log_prob[{b}]"), old))
    }

    /// `B g` of sample `b`, from its advantage, the activities of the action circuit (`A` numbers)
    /// and the sampled action, `0..A`.
    ///
    /// # Panics
    /// If `action` or, for PPO, `b` has no entry.
    pub fn signal(&self, b: usize, advantage: T, actions: &[T], action: usize) -> T {
        let p = actions[action].clone();
        let policy_term = match &self.algorithm {
            Algorithm::Reinforce => advantage,
            Algorithm::Ppo { epsilon, old_log_prob } => {
                let ratio = if p.is_zero() { T::zero() } else { (p.ln() - old_log_prob[b].clone()).exp() };
                clipped(advantage, ratio, epsilon)
            }
        } * (T::one() - p.clone());
        let entropy = actions.iter().fold(T::zero(), |sum, q| sum - x_ln_x(q));
        let entropy_term = -x_ln_x(&p) - p * entropy;
        policy_term + self.entropy.clone() * entropy_term
    }
}

/// `A r` if the unclipped branch of PPO's objective is the smaller one, else 0.
fn clipped<T: Scalar>(advantage: T, ratio: T, epsilon: &T) -> T {
    let (low, high) = (T::one() - epsilon.clone(), T::one() + epsilon.clone());
    let unclipped = ratio.clone() * advantage.clone();
    let limited = if ratio < low {
        low
    } else if ratio > high {
        high
    } else {
        ratio
    };
    if unclipped <= limited * advantage { unclipped } else { T::zero() }
}

#[cfg(test)]
mod tests;
