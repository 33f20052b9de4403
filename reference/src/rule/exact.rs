//! `exact`: the entry-wise gradient of `A ln π(a|s)` by enumeration (E1, E3).
//!
//! `ΔW_ij = (c/2) A (E[v_i v_j|s,a] - E[v_i v_j|s])`, `ΔU_ki = A s_k (E[v_i|s,a] - E[v_i|s])`, `Δb_i` the same without `s_k`.

use crate::Error;
use crate::exact_policy::ExactPolicy;
use crate::network::Update;
use crate::number::Real;
use crate::rule::Batch;

/// The batch's average update.
///
/// # Errors
/// Too many configurations ([`Error::is_too_large`]).
pub fn update<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let gradient = ExactPolicy::new(trial.observed())?.ln_policy_gradient(trial.action())?;
        Ok(gradient.scaled(trial.advantage()))
    })
}
