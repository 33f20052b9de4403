//! `exact`: the entry-wise gradient of `A ln π(a|s)` by enumeration (E1, E3).
//!
//! `ΔW_ij = κ A (E[v_i v_j|s,a] - E[v_i v_j|s])`, `ΔU_ki = A s_k (E[v_i|s,a] - E[v_i|s])`,
//! `Δb_i` the same without `s_k`.

use crate::Error;
use crate::exact_policy::ExactPolicy;
use crate::network::Update;
use crate::number::Real;
use crate::rule::Batch;

/// The average update over the batch.
///
/// # Errors
/// Too many configurations ([`Error::is_too_large`]).
pub fn update<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let gradient = ExactPolicy::new(trial.observed())?.ln_policy_gradient(trial.action())?;
        Ok(gradient.scaled(trial.advantage()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, four_networks};

    #[test]
    fn the_rule_is_its_formula() {
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            let given = Some(recipe.probabilities());
            let batch = Batch::new(&parameters, recipe.samples(given)).unwrap();
            let mut expected = Update::zeros(recipe.shape);
            for trial in batch.trials() {
                let exact = ExactPolicy::new(trial.observed()).unwrap();
                let (given, free) = (exact.given(trial.action()).unwrap(), exact.free());
                let pair = |i, j| trial.advantage() * (given.second[(i, j)] - free.second[(i, j)]);
                let unit: Vec<f64> =
                    given.first.iter().zip(&free.first).map(|(a, b)| trial.advantage() * (a - b)).collect();
                expected.add_scaled(&(1.0 / 3.0), &Update::from_statistics(trial.observed(), pair, &unit));
            }
            assert_close(update(&batch).unwrap().entries(), expected.entries(), 1e-15);
        }
    }
}
