//! `implicit`: the entry-wise gradient of `A ln q*_a` through the fixed point (M5, M6). Not local: a linear solve.
//!
//! A `q` given with a sample stands for `q*`, as in every rule.

use crate::Error;
use crate::mean_field;
use crate::network::Update;
use crate::number::Scalar;
use crate::rule::Batch;

/// The batch's average update.
///
/// # Errors
/// A fixed point that was not found ([`Error::is_not_converged`]) or is degenerate ([`Error::is_singular`]).
pub fn update<T: Scalar>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let gradient = mean_field::ln_policy_gradient(trial.observed(), trial.q()?, trial.action())?;
        Ok(gradient.scaled(trial.advantage()))
    })
}
