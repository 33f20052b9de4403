//! `two-phase`: clamped minus free phase (F1, F2, M7).
//!
//! With `q⁺ = q|a` and `q⁻ = q*`: `ΔW_ij = κ A (q⁺_i q⁺_j - q⁻_i q⁻_j)`, `ΔU_ki = A s_k (q⁺_i -
//! q⁻_i)`, `Δb_i = A (q⁺_i - q⁻_i)`. The advantage is used as given: the baseline belongs to the
//! learner. The factor κ is that of `exact`: these products approximate its moments. A `q` given
//! with a sample is used as `q⁻`.

use crate::Error;
use crate::network::{Observed, Update};
use crate::number::{Real, Scalar};
use crate::rule::Batch;

/// The average update over the batch.
///
/// # Errors
/// A free or clamped fixed point was not found ([`Error::is_not_converged`]).
pub fn update<T: Real>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| {
        let clamped = trial.clamped(0, &T::one())?;
        Ok(contrast(trial.observed(), &clamped, trial.q()?).scaled(trial.advantage()))
    })
}

/// The difference of the phases' statistics, for an advantage of 1. `plus` is `q⁺` and `minus` is
/// `q⁻`, each of `N` entries.
pub fn contrast<T: Scalar>(observed: &Observed<'_, T>, plus: &[T], minus: &[T]) -> Update<T> {
    let pair = |i: usize, j: usize| plus[i].clone() * plus[j].clone() - minus[i].clone() * minus[j].clone();
    let unit: Vec<T> = plus.iter().zip(minus).map(|(plus, minus)| plus.clone() - minus.clone()).collect();
    Update::from_statistics(observed, pair, &unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact_policy::ExactPolicy;
    use crate::mean_field::{clamped, free};
    use crate::network::{Block, Convention, Parameters};
    use crate::testing::{assert_close, four_networks, network};

    #[test]
    fn the_rule_is_the_difference_of_its_phases() {
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            let given = recipe.probabilities::<f64>();
            for q in [None, Some(given)] {
                let batch = Batch::with_fixed_points(&parameters, recipe.samples(q.clone())).unwrap();
                let kappa: f64 = recipe.convention.kappa();
                let mut expected = Update::zeros(recipe.shape);
                for trial in batch.trials() {
                    let minus = q.clone().unwrap_or_else(|| free(trial.observed()).q);
                    let plus = clamped(trial.observed(), trial.action()).unwrap().q;
                    let advantage = trial.advantage();
                    let mask = parameters.mask();
                    for i in 0..9 {
                        for j in (0..9).filter(|&j| mask.recurrent(i, j)) {
                            let contrast = plus[i] * plus[j] - minus[i] * minus[j];
                            expected.recurrent[(i, j)] += kappa * advantage * contrast / 3.0;
                        }
                        for k in (0..2).filter(|&k| mask.state(k, i)) {
                            let state = trial.observed().state()[k];
                            expected.state[(k, i)] += advantage * state * (plus[i] - minus[i]) / 3.0;
                        }
                        expected.bias[i] += advantage * (plus[i] - minus[i]) / 3.0;
                    }
                }
                let computed = update(&batch).unwrap();
                assert_close(computed.entries(), expected.entries(), 1e-15);
                assert!(computed.entries().any(|entry| entry.abs() > 1e-2));
            }
        }
    }

    #[test]
    fn a_batch_is_the_mean_of_its_samples() {
        // The update for a sample does not depend on the advantages of other samples.
        let recipe = network(Convention::Full, false);
        let parameters = recipe.parameters::<f64>();
        let alone = |sample| update(&Batch::with_fixed_points(&parameters, vec![sample]).unwrap()).unwrap();
        let mut expected = Update::zeros(recipe.shape);
        for sample in recipe.samples(None) {
            let term = alone(sample);
            assert!(term.entries().any(|entry| entry.abs() > 1e-2));
            expected.add_scaled(&(1.0 / 3.0), &term);
        }
        let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
        assert_close(update(&batch).unwrap().entries(), expected.entries(), 1e-15);
    }

    /// The largest difference between `Σ_a weight_a (R_a - mean) contrast_a` and the exact gradient
    /// of `Σ_a π_a R_a`.
    fn gap(parameters: &Parameters<f64>, state: &[f64], by_mean_field: bool) -> f64 {
        let observed = parameters.observe(state).unwrap();
        let exact = ExactPolicy::new(&observed).unwrap();
        let (reward, minus) = ([0.75, -1.5, 0.25], free(&observed).q);
        let weights = if by_mean_field { &minus[6..9] } else { exact.policy() };
        let mean: f64 = weights.iter().zip(reward).map(|(p, r)| p * r).sum();
        let mut difference = Update::zeros(observed.shape());
        for a in 0..3 {
            let plus = clamped(&observed, a).unwrap().q;
            difference.add_scaled(&(weights[a] * (reward[a] - mean)), &contrast(&observed, &plus, &minus));
            difference.add_scaled(&(-exact.policy()[a] * reward[a]), &exact.ln_policy_gradient(a).unwrap());
        }
        difference.entries().fold(0.0, |most, entry| most.max(entry.abs()))
    }

    #[test]
    fn the_expected_update_is_exact_where_hidden_circuits_do_not_meet() {
        // M7, both directions, in both conventions.
        for convention in [Convention::Full, Convention::Half] {
            let recipe = network(convention, false);
            let connected = recipe.parameters::<f64>();
            let state = recipe.state::<f64>(1);
            let mask = connected.mask().clone().without(recipe.shape, Block::HiddenHidden);
            let recurrent = crate::number::Matrix::from_fn(9, 9, |i, j| {
                if mask.recurrent(i, j) { connected.recurrent()[(i, j)] } else { 0.0 }
            });
            let (weights, bias) = (connected.state().clone(), connected.bias().to_vec());
            let apart = Parameters::new(recipe.shape, convention, mask, recurrent, weights, bias).unwrap();
            assert!(gap(&apart, &state, false) < 1e-14);
            assert!(gap(&apart, &state, true) > 1e-3);
            assert!(gap(&connected, &state, false) > 1e-3);
        }
    }
}
