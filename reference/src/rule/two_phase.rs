//! `two-phase`: clamped minus free phase, with the advantage centred over the batch (M7).
//!
//! With `q⁺ = q|a`, `q⁻ = q*` and `A` minus its batch mean: `ΔW_ij = (c/2) A (q⁺_i q⁺_j - q⁻_i q⁻_j)`, `ΔU_ki = A s_k (q⁺_i - q⁻_i)`,
//! `Δb_i = A (q⁺_i - q⁻_i)`. The factor `c/2` is that of `exact`, whose moments these products stand for. A batch of one has a
//! centred advantage of 0. A `q` given with a sample stands for `q⁻`.

use crate::Error;
use crate::mean_field;
use crate::network::{Observed, Update};
use crate::number::{Real, Scalar};
use crate::rule::Batch;

/// The batch's average update.
///
/// # Errors
/// A free or clamped fixed point that was not found ([`Error::is_not_converged`]).
pub fn update<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    let total = batch.trials().iter().fold(T::zero(), |sum, trial| sum + trial.advantage().clone());
    let mean = total / batch.size();
    batch.average(|trial| {
        let clamped =
            mean_field::clamped(trial.observed(), trial.action())?.required("q given the action")?.q;
        Ok(contrast(trial.observed(), &clamped, trial.q()?)
            .scaled(&(trial.advantage().clone() - mean.clone())))
    })
}

/// The difference of the phases' statistics for `q⁺` and `q⁻` of `N` entries, for an advantage of 1.
pub fn contrast<T: Scalar>(observed: &Observed<'_, T>, clamped: &[T], free: &[T]) -> Update<T> {
    let pair =
        |i: usize, j: usize| clamped[i].clone() * clamped[j].clone() - free[i].clone() * free[j].clone();
    let unit: Vec<T> = clamped.iter().zip(free).map(|(plus, minus)| plus.clone() - minus.clone()).collect();
    Update::from_statistics(observed, pair, &unit)
}
