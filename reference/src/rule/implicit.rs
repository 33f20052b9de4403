//! `implicit`: the entry-wise gradient of `A ln q*_a` through the fixed point (M5, M6). It is not
//! local: it needs a linear solve.
//!
//! A `q` given with a sample is used as `q*`, as in every rule.

use crate::Error;
use crate::mean_field;
use crate::network::Update;
use crate::number::Scalar;
use crate::rule::Batch;

/// The average update over the batch.
///
/// # Errors
/// A fixed point was not found ([`Error::is_not_converged`]) or is degenerate
/// ([`Error::is_singular`]).
pub fn update<T: Scalar>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let gradient = mean_field::ln_policy_gradient(trial.observed(), trial.q()?, trial.action())?;
        Ok(gradient.scaled(trial.advantage()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient;
    use crate::testing::{assert_close, four_networks};

    #[test]
    fn the_rule_is_the_mean_field_gradient() {
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
            let computed = update(&batch).unwrap();
            assert_close(computed.entries(), gradient::mean_field(&batch).unwrap().entries(), 0.0);
            assert!(computed.entries().any(|entry| entry.abs() > 1e-2));
            // A given q is used as q*.
            let given = recipe.probabilities::<f64>();
            let batch = Batch::new(&parameters, recipe.samples(Some(given.clone()))).unwrap();
            let mut expected = Update::zeros(recipe.shape);
            for trial in batch.trials() {
                let term = mean_field::ln_policy_gradient(trial.observed(), &given, trial.action()).unwrap();
                expected.add_scaled(&(trial.advantage() / 3.0), &term);
            }
            assert_close(update(&batch).unwrap().entries(), expected.entries(), 1e-15);
        }
    }
}
