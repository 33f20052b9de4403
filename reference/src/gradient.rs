//! Entry-wise gradients of `(1/B) Σ_b A_b ln π(a_b|s_b)` for the three policies of the model.

use crate::Error;
use crate::last_step;
use crate::mean_field;
use crate::network::Update;
use crate::number::Real;
use crate::rule::{Batch, exact as exact_rule};

/// For the exact policy (E1).
///
/// # Errors
/// Too many configurations ([`Error::is_too_large`]).
pub fn exact<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    exact_rule::update(batch)
}

/// For the mean-field policy `q*_a`, through the fixed point (M5, M6); a `q` given with a sample plays no part.
///
/// # Errors
/// No fixed point was found, or it is degenerate ([`Error::is_not_converged`], [`Error::is_singular`]).
pub fn mean_field<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let q = match trial.fixed_point() {
            Some(found) => found.clone(),
            None => mean_field::free(trial.observed()),
        };
        let q = q.required("q")?.q;
        Ok(mean_field::ln_policy_gradient(trial.observed(), &q, trial.action())?.scaled(trial.advantage()))
    })
}

/// For the last-step policy `q⁺_a` with `q` held, at the given `q` or else the fixed point.
///
/// # Errors
/// `q` was not given and no fixed point was found ([`Error::is_not_converged`]).
pub fn last_step<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let gradient = last_step::ln_policy_gradient(trial.observed(), trial.q()?, trial.action())?;
        Ok(gradient.scaled(trial.advantage()))
    })
}
