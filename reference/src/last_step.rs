//! The last-step policy `q⁺ = softmax_c(z(q))`, differentiated with the `q` inside `z` constant
//! (claims L1 to L3). At a fixed point its value is `q` (N6).

use crate::Error;
use crate::mean_field::action_score;
use crate::network::{Observed, Update};
use crate::number::Real;
use crate::softmax::softmax_circuits;

/// `q⁺ = softmax_c(z(q))`, `N` long, for `q` of `N` entries.
pub fn policy<T: Real>(observed: &Observed<'_, T>, q: &[T]) -> Vec<T> {
    softmax_circuits(observed.shape(), &observed.net_input(q))
}

/// The entry-wise gradient of `ln q⁺_a` with constant `q`, for an action in `0..A`.
///
/// # Errors
/// `action` is not in `0..A`.
pub fn ln_policy_gradient<T: Real>(
    observed: &Observed<'_, T>,
    q: &[T],
    action: usize,
) -> Result<Update<T>, Error> {
    let score = action_score(observed, &policy(observed, q), action)?;
    Ok(Update::from_net_input(observed, q, &score))
}

/// The entry-wise gradient of `ln Π_c q⁺(v)` with constant `q`: the score of a whole configuration
/// `v` of `N` entries (L2).
pub fn ln_configuration_gradient<T: Real>(observed: &Observed<'_, T>, q: &[T], v: &[T]) -> Update<T> {
    let score: Vec<T> = v.iter().zip(policy(observed, q)).map(|(v, q)| v.clone() - q).collect();
    Update::from_net_input(observed, q, &score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_gradient, four_networks};

    #[test]
    fn the_gradients_are_derivatives_with_q_held() {
        for recipe in four_networks() {
            let parameters = recipe.parameters::<f64>();
            let (state, q) = (recipe.state::<f64>(0), recipe.probabilities::<f64>());
            let observed = parameters.observe(&state).unwrap();
            for action in 0..3 {
                let gradient = ln_policy_gradient(&observed, &q, action).unwrap();
                assert_gradient(&parameters, &gradient, |parameters| {
                    policy(&parameters.observe(&state).unwrap(), &q)[6 + action].ln()
                });
            }
            let v = recipe.configuration(1);
            let gradient = ln_configuration_gradient(&observed, &q, &v.one_hot());
            assert_gradient(&parameters, &gradient, |parameters| {
                v.probability(&policy(&parameters.observe(&state).unwrap(), &q)).ln()
            });
            assert!(ln_policy_gradient(&observed, &q, 3).unwrap_err().is_invalid());
        }
    }
}
