//! `two-phase`: clamped minus free phase, with the advantage centred over the batch (M7).
//!
//! With `q⁺ = q|a`, `q⁻ = q*` and `A` minus its batch mean:
//! `ΔW_ij = (c/2) A (q⁺_i q⁺_j - q⁻_i q⁻_j)`, `ΔU_ki = A s_k (q⁺_i - q⁻_i)`,
//! `Δb_i = A (q⁺_i - q⁻_i)`. The factor `c/2` is that of `exact`, whose moments these products
//! stand for. A batch of one has a centred advantage of 0. A `q` given with a sample stands for
//! `q⁻`.

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

/// The difference of the phases' statistics for `q⁺` and `q⁻` of `N` entries, for an advantage of
/// 1.
pub fn contrast<T: Scalar>(observed: &Observed<'_, T>, clamped: &[T], free: &[T]) -> Update<T> {
    let pair =
        |i: usize, j: usize| clamped[i].clone() * clamped[j].clone() - free[i].clone() * free[j].clone();
    let unit: Vec<T> = clamped.iter().zip(free).map(|(plus, minus)| plus.clone() - minus.clone()).collect();
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
                let entry: f64 = recipe.convention.entry();
                let mut expected = Update::zeros(recipe.shape);
                for trial in batch.trials() {
                    let minus = q.clone().unwrap_or_else(|| free(trial.observed()).q);
                    let plus = clamped(trial.observed(), trial.action()).unwrap().q;
                    // The advantages 3/5, -1/5, -1 have the mean -1/5.
                    let advantage = trial.advantage() + 0.2;
                    let mask = parameters.mask();
                    for i in 0..9 {
                        for j in (0..9).filter(|&j| mask.recurrent(i, j)) {
                            let contrast = plus[i] * plus[j] - minus[i] * minus[j];
                            expected.recurrent[(i, j)] += entry * advantage * contrast / 3.0;
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
