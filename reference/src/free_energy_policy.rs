//! The free-energy policy `π_F(a|s) ∝ exp(-F(q|a))`, where `q|a` is the mean-field state with the
//! action clamped (F2, F2a, F3).
//!
//! A clamped action circuit has no entropy, so the entropy in `F` is a sum over hidden circuits. By
//! the envelope theorem (F1), the score is the clamped phase minus its mean over all actions: `∂ ln
//! π_F(a)/∂W_ij = κ ((q|a)_i (q|a)_j - Σ_c π_F(c) (q|c)_i (q|c)_j)`.
//!
//! Sources: Hinton, Neural Computation 1(1), 1989, doi 10.1162/neco.1989.1.1.143; Sallans and
//! Hinton, Journal of Machine Learning Research 5, 2004.

use crate::Error;
use crate::configuration::action_unit;
use crate::mean_field::{clamped, free_energy};
use crate::network::{Observed, Update};
use crate::number::Real;
use crate::rule::two_phase::contrast;
use crate::softmax::softmax;

/// `π_F(a|s)` for every action, `A` entries that sum to 1.
///
/// # Errors
/// A clamped fixed point was not found ([`Error::is_not_converged`]).
pub fn policy<T: Real>(observed: &Observed<'_, T>) -> Result<Vec<T>, Error> {
    Ok(policy_of(observed, &states(observed)?))
}

/// The entry-wise gradient of `ln π_F(a|s)` for an action in `0..A`.
///
/// # Errors
/// `action` is not in `0..A` ([`Error::is_invalid`]), or as [`policy`].
pub fn ln_policy_gradient<T: Real>(observed: &Observed<'_, T>, action: usize) -> Result<Update<T>, Error> {
    action_unit(observed.shape(), action)?;
    Ok(ln_policy_gradient_of(observed, &states(observed)?, action))
}

/// As [`ln_policy_gradient`], with given `q|a` for every action: `A` states of `N` entries.
///
/// # Panics
/// `action` is not in `0..A`, or a state is too short.
pub fn ln_policy_gradient_of<T: Real>(
    observed: &Observed<'_, T>,
    states: &[Vec<T>],
    action: usize,
) -> Update<T> {
    let mut gradient = Update::zeros(observed.shape());
    for (probability, state) in policy_of(observed, states).iter().zip(states) {
        gradient.add_scaled(probability, &contrast(observed, &states[action], state));
    }
    gradient
}

/// `q|a` for every action: `A` states of `N` entries.
///
/// # Errors
/// A clamped fixed point was not found ([`Error::is_not_converged`]).
pub fn states<T: Real>(observed: &Observed<'_, T>) -> Result<Vec<Vec<T>>, Error> {
    let state = |action| Ok(clamped(observed, action)?.required("q given the action")?.q);
    (0..observed.shape().actions()).map(state).collect()
}

/// `π_F(a|s)` for every action, from `q|a` for every action: `A` entries that sum to 1.
pub fn policy_of<T: Real>(observed: &Observed<'_, T>, states: &[Vec<T>]) -> Vec<T> {
    softmax(&states.iter().map(|state| -free_energy(observed, state)).collect::<Vec<T>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact_policy::ExactPolicy;
    use crate::mean_field::free;
    use crate::network::{Block, Parameters};
    use crate::number::Matrix;
    use crate::rule::{Batch, Sample, two_phase};
    use crate::testing::{Recipe, assert_close, assert_gradient, four_networks};

    const REWARDS: [f64; 3] = [0.75, -1.5, 0.25];

    /// Weights that are weak enough for one clamped fixed point over the whole range of finite
    /// differences.
    fn gentle() -> impl Iterator<Item = Recipe> {
        four_networks().map(|mut recipe| {
            recipe.numbers.iter_mut().for_each(|number| *number %= 7);
            recipe
        })
    }

    #[test]
    fn the_gradient_is_the_derivative_of_the_policy() {
        for recipe in gentle() {
            let parameters = recipe.parameters::<f64>();
            let state = recipe.state::<f64>(0);
            let observed = parameters.observe(&state).unwrap();
            for action in 0..3 {
                let gradient = ln_policy_gradient(&observed, action).unwrap();
                assert_gradient(&parameters, &gradient, |parameters| {
                    policy(&parameters.observe(&state).unwrap()).unwrap()[action].ln()
                });
            }
            assert!(ln_policy_gradient(&observed, 3).unwrap_err().is_invalid());
        }
    }

    #[test]
    fn the_difference_of_the_phases_is_that_of_the_free_energies() {
        // F1.
        for recipe in gentle() {
            let parameters = recipe.parameters::<f64>();
            let state = recipe.state::<f64>(1);
            let observed = parameters.observe(&state).unwrap();
            let phases = contrast(&observed, &clamped(&observed, 1).unwrap().q, &free(&observed).q);
            assert_gradient(&parameters, &phases, |parameters| {
                let observed = parameters.observe(&state).unwrap();
                let energy = |q: Vec<f64>| free_energy(&observed, &q);
                energy(free(&observed).q) - energy(clamped(&observed, 1).unwrap().q)
            });
        }
    }

    #[test]
    fn two_phase_is_the_gradient_of_this_policy_in_expectation() {
        // F2: actions drawn from the policy, the advantage centred under it, with synapses between
        // hidden circuits.
        for recipe in gentle() {
            let parameters = recipe.parameters::<f64>();
            let state = recipe.state::<f64>(1);
            let objective = |parameters: &Parameters<f64>| {
                let policy = policy(&parameters.observe(&state).unwrap()).unwrap();
                policy.iter().zip(REWARDS).map(|(p, r)| p * r).sum::<f64>()
            };
            let policy = policy(&parameters.observe(&state).unwrap()).unwrap();
            let mean = objective(&parameters);
            let expected = |baseline: f64| {
                let mut sum = Update::zeros(recipe.shape);
                for (action, probability) in policy.iter().enumerate() {
                    let sample = Sample {
                        state: state.clone(),
                        q: None,
                        configuration: recipe.configuration(action),
                        advantage: REWARDS[action] - baseline,
                    };
                    let batch = Batch::with_fixed_points(&parameters, vec![sample]).unwrap();
                    sum.add_scaled(probability, &two_phase::update(&batch).unwrap());
                }
                sum
            };
            let centred = expected(mean);
            assert_gradient(&parameters, &centred, objective);
            // Without a baseline, the update also has the mean reward times the mean difference of
            // the phases.
            let bare = expected(0.0);
            let largest =
                centred.entries().zip(bare.entries()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(largest > 1e-3, "{largest:e}");
        }
    }

    #[test]
    fn without_synapses_between_hidden_circuits_it_is_the_exact_policy() {
        // F3, and that the policy differs with synapses between hidden circuits.
        for recipe in four_networks() {
            let connected = recipe.parameters::<f64>();
            let state = recipe.state::<f64>(1);
            let mask = connected.mask().clone().without(recipe.shape, Block::HiddenHidden);
            let recurrent =
                Matrix::from_fn(
                    9,
                    9,
                    |i, j| if mask.recurrent(i, j) { connected.recurrent()[(i, j)] } else { 0.0 },
                );
            let (weights, bias) = (connected.state().clone(), connected.bias().to_vec());
            let apart =
                Parameters::new(recipe.shape, recipe.convention, mask, recurrent, weights, bias).unwrap();
            let both = |parameters: &Parameters<f64>| {
                let observed = parameters.observe(&state).unwrap();
                (policy(&observed).unwrap(), ExactPolicy::new(&observed).unwrap().policy().to_vec())
            };
            let (found, exact) = both(&apart);
            assert_close(&found, &exact, 1e-14);
            let (found, exact) = both(&connected);
            assert!(found.iter().zip(&exact).any(|(a, b)| (a - b).abs() > 1e-4), "{found:?} {exact:?}");
        }
    }
}
