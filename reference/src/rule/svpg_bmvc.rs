//! `svpg-bmvc`: as published in 2022. `ΔW` and `ΔU` as in `svpg`, but `Δb_i = A v_i` for `A (v_i - q_i)`.
//!
//! In expectation the bias differs from the last-step gradient by `q_i E[A]` (P1). Source: BMVC 2022, the published implementation.

use crate::Error;
use crate::network::Update;
use crate::number::Scalar;
use crate::rule::{Batch, svpg::scaled_score};

/// The batch's average update.
///
/// # Errors
/// A fixed point that was not found ([`Error::is_not_converged`]).
pub fn update<T: Scalar>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let v = trial.configuration().one_hot::<T>();
        let bias = v.into_iter().map(|v| trial.advantage().clone() * v).collect();
        Ok(Update { bias, ..scaled_score(trial, trial.advantage())? })
    })
}
