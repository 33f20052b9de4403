//! `svpg`: the score of the sampled configuration under the last-step policy, times the advantage (L2).
//!
//! With `e = v - q`: `ΔW_ij = (c/2) A (q_j e_i + q_i e_j)`, `ΔU_ki = A s_k e_i`, `Δb_i = A e_i`. In expectation over `v ~ q` it is the
//! last-step gradient for action units (L3) and zero on hidden ones (L4). `q_j` is the presynaptic filtered spike train, `e_i`
//! the postsynaptic spike minus its firing probability. Source: BMVC 2022, the derived rule.

use crate::Error;
use crate::network::Update;
use crate::number::Scalar;
use crate::rule::{Batch, Trial};

/// The batch's average update.
///
/// # Errors
/// A fixed point that was not found ([`Error::is_not_converged`]).
pub fn update<T: Scalar>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| scaled_score(trial, trial.advantage()))
}

/// The score `∂ ln Π_c q⁺(v)/∂θ` times `factor`.
pub(super) fn scaled_score<T: Scalar>(trial: &Trial<'_, T>, factor: &T) -> Result<Update<T>, Error> {
    let mu: Vec<T> = trial.score()?.into_iter().map(|e| factor.clone() * e).collect();
    Ok(Update::from_net_input(trial.observed(), trial.q()?, &mu))
}
