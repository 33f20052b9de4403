//! `svpg`: the score of the sampled configuration under the last-step policy, times the advantage
//! (L2).
//!
//! With `e = v - q`: `ΔW_ij = κ A (q_j e_i + q_i e_j)`, `ΔU_ki = A s_k e_i`, `Δb_i = A e_i`. In
//! expectation over `v ~ q`, it is the last-step gradient for action units (L3) and zero for hidden
//! units (L4). `q_j` is the presynaptic filtered spike train, `e_i` the postsynaptic spike minus
//! its firing probability. Source: BMVC 2022, the derived rule.

use crate::Error;
use crate::network::Update;
use crate::number::Scalar;
use crate::rule::{Batch, Trial};

/// The average update over the batch.
///
/// # Errors
/// A fixed point was not found ([`Error::is_not_converged`]).
pub fn update<T: Scalar>(batch: &Batch<'_, T>) -> Result<Update<T>, Error> {
    batch.average(|trial| scaled_score(trial, trial.advantage()))
}

/// The score `∂ ln Π_c q⁺(v)/∂θ` times `factor`.
pub(super) fn scaled_score<T: Scalar>(trial: &Trial<'_, T>, factor: &T) -> Result<Update<T>, Error> {
    let mu: Vec<T> = trial.score()?.into_iter().map(|e| factor.clone() * e).collect();
    Ok(Update::from_net_input(trial.observed(), trial.q()?, &mu))
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;
    use crate::configuration::Configuration;
    use crate::last_step;
    use crate::mean_field::free;
    use crate::network::Observed;
    use crate::rule::Sample;
    use crate::testing::{assert_close, assert_gradient, four_networks, networks};

    /// `Σ_v q(v) R(a) svpg(v)`, exactly.
    fn expectation(observed: &Observed<'_, BigRational>, q: &[BigRational]) -> Update<BigRational> {
        let mut total = Update::zeros(observed.shape());
        for configuration in Configuration::enumerate(observed.shape()) {
            let probability = configuration.probability(q);
            let advantage = BigRational::ratio(2 * configuration.action() as i64 * 7 % 5 - 3, 4);
            let (state, q) = (observed.state().to_vec(), Some(q.to_vec()));
            let batch =
                Batch::new(observed.parameters(), vec![Sample { state, q, configuration, advantage }])
                    .unwrap();
            total.add_scaled(&probability, &update(&batch).unwrap());
        }
        total
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn no_credit_reaches_hidden_units(recipe in networks(16)) {
            // L4, exactly; and the update at the action units is the gradient of Σ_a q_a R_a with
            // constant q (L3).
            let parameters = recipe.parameters::<BigRational>();
            let state = recipe.state::<BigRational>(0);
            let observed = parameters.observe(&state).unwrap();
            let (q, shape) = (recipe.probabilities::<BigRational>(), recipe.shape);
            let expected = expectation(&observed, &q);
            for i in shape.hidden() {
                prop_assert!(expected.bias[i].is_zero());
                prop_assert!((0..shape.states()).all(|k| expected.state[(k, i)].is_zero()));
                prop_assert!(shape.hidden().all(|j| expected.recurrent[(i, j)].is_zero()));
            }
            let reward = |a: usize| BigRational::ratio(2 * a as i64 * 7 % 5 - 3, 4);
            let units = shape.action_units();
            let value: BigRational = (0..shape.actions()).map(|a| reward(a) * &q[units.start + a]).sum();
            let mut mu = vec![BigRational::zero(); q.len()];
            for (a, i) in units.enumerate() {
                mu[i] = &q[i] * (reward(a) - &value);
            }
            prop_assert_eq!(expected, Update::from_net_input(&observed, &q, &mu));
        }
    }

    #[test]
    fn the_rule_is_the_score_at_the_fixed_point() {
        // L2, for a batch with unequal advantages.
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
            let mut expected = Update::zeros(recipe.shape);
            for trial in batch.trials() {
                let q = free(trial.observed()).q;
                let v = trial.configuration().one_hot::<f64>();
                let score = last_step::ln_configuration_gradient(trial.observed(), &q, &v);
                expected.add_scaled(&(trial.advantage() / 3.0), &score);
            }
            let computed = update(&batch).unwrap();
            assert_close(computed.entries(), expected.entries(), 1e-15);
            let held: Vec<Vec<f64>> = batch.trials().iter().map(|trial| trial.candidate().to_vec()).collect();
            assert_gradient(&parameters, &computed, |parameters| {
                let terms = batch.trials().iter().zip(&held).map(|(trial, q)| {
                    let observed = parameters.observe(trial.observed().state()).unwrap();
                    trial.advantage()
                        * trial.configuration().probability(&last_step::policy(&observed, q)).ln()
                });
                terms.sum::<f64>() / 3.0
            });
        }
    }
}
