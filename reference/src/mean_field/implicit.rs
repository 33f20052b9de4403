//! The gradient of `ln q*_a` through the fixed point, by the implicit function theorem.
//!
//! Forward (M5), one solve per parameter: `(I - 2κJW) dq = J dz`. Adjoint (M6), one solve per
//! action: because `J` and `W` are symmetric, `e_aᵀ/q_a (I - 2κJW)⁻¹ J = μᵀ` with `(I - 2κJW) μ = J
//! e_a / q_a`, and `J e_a / q_a = e_a - q` on the action circuit, so there is no division by `q_a`,
//! which can be small. Then `d ln q*_a = μᵀ dz`.

use super::fixed_point::linearisation;
use crate::Error;
use crate::configuration::action_unit;
use crate::network::{Observed, Update};
use crate::number::{Matrix, Scalar};
use crate::softmax::jacobian_times;

/// `dq` for a change `dz` (`N` long) of the net input at constant `q`, at the fixed point `q` (M5).
///
/// # Errors
/// The fixed point is degenerate: `I - 2κJW` is singular ([`Error::is_singular`]).
pub fn sensitivity<T: Scalar>(observed: &Observed<'_, T>, q: &[T], dz: &[T]) -> Result<Vec<T>, Error> {
    solve(observed, q, &jacobian_times(observed.shape(), q, dz))
}

/// The `μ`, `N` long, with `d ln q*_a = Σ_i μ_i dz_i`, at the fixed point `q` (M6).
///
/// # Errors
/// `action` is not in `0..A`, or the fixed point is degenerate ([`Error::is_singular`]).
pub fn adjoint<T: Scalar>(observed: &Observed<'_, T>, q: &[T], action: usize) -> Result<Vec<T>, Error> {
    solve(observed, q, &action_score(observed, q, action)?)
}

/// The entry-wise gradient of `ln q*_a` at the fixed point `q`.
///
/// # Errors
/// As [`adjoint`].
pub fn ln_policy_gradient<T: Scalar>(
    observed: &Observed<'_, T>,
    q: &[T],
    action: usize,
) -> Result<Update<T>, Error> {
    Ok(Update::from_net_input(observed, q, &adjoint(observed, q, action)?))
}

/// `∂ ln q_a / ∂z` with `q = softmax_c(z)`: `e_a - q` on the action circuit, 0 elsewhere (L1).
pub(crate) fn action_score<T: Scalar>(
    observed: &Observed<'_, T>,
    q: &[T],
    action: usize,
) -> Result<Vec<T>, Error> {
    let winner = action_unit(observed.shape(), action)?;
    let mut score = vec![T::zero(); q.len()];
    for i in observed.shape().action_units() {
        score[i] = -q[i].clone();
    }
    score[winner] += T::one();
    Ok(score)
}

fn solve<T: Scalar>(observed: &Observed<'_, T>, q: &[T], right: &[T]) -> Result<Vec<T>, Error> {
    let right = Matrix::from_fn(q.len(), 1, |i, _| right[i].clone());
    let solution = T::solve(&linearisation(observed, q, &T::one()), &right).ok_or_else(|| {
        Error::singular("q", "the fixed point is degenerate and has no gradient; change a weight")
    })?;
    Ok(solution.entries().to_vec())
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;
    use crate::mean_field::free;
    use crate::network::{Convention, Mask, Parameters, Shape};
    use crate::testing::{assert_gradient, four_networks, networks};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_adjoint_is_the_forward_derivative(recipe in networks(8), action in 0..3usize) {
            // M6, exactly: any q is the fixed point for some bias, and neither side depends on the
            // bias.
            let parameters = recipe.parameters::<BigRational>();
            let observed = parameters.observe(&recipe.state(0)).unwrap();
            let q = recipe.probabilities::<BigRational>();
            let action = action % recipe.shape.actions();
            // The system is singular only on a set of measure zero, but small fractions can be in
            // this set.
            let Ok(mu) = adjoint(&observed, &q, action) else { return Ok(()) };
            let unit = recipe.shape.action_units().start + action;
            for i in 0..q.len() {
                let mut dz = vec![BigRational::zero(); q.len()];
                dz[i] = BigRational::one();
                let dq = sensitivity(&observed, &q, &dz).unwrap();
                prop_assert_eq!(&dq[unit] / &q[unit], mu[i].clone());
                // M5, the linear system itself.
                let through: Vec<BigRational> = (0..q.len())
                    .map(|k| {
                        let moved = (0..q.len()).fold(BigRational::zero(), |sum, j| {
                            sum + &parameters.recurrent()[(k, j)] * &dq[j]
                        });
                        moved * observed.coupling() + &dz[k]
                    })
                    .collect();
                prop_assert_eq!(jacobian_times(recipe.shape, &q, &through), dq);
            }
        }
    }

    #[test]
    fn the_gradient_is_the_derivative_through_the_fixed_point() {
        for recipe in four_networks() {
            let mut recipe = recipe;
            // Weights that are weak enough for one fixed point over the whole range of steps.
            recipe.numbers.iter_mut().for_each(|number| *number %= 5);
            let parameters = recipe.parameters::<f64>();
            let state = recipe.state::<f64>(0);
            for action in 0..3 {
                let observed = parameters.observe(&state).unwrap();
                let gradient = ln_policy_gradient(&observed, &free(&observed).q, action).unwrap();
                assert_gradient(&parameters, &gradient, |parameters| {
                    let found = free(&parameters.observe(&state).unwrap());
                    assert!(found.converged);
                    found.q[parameters.shape().action_units().start + action].ln()
                });
            }
        }
    }

    #[test]
    fn a_degenerate_fixed_point_has_no_gradient() {
        // Two circuits of two units at q = ½ that excite each other with W = ±½: 2κJW has the
        // eigenvalue 1.
        let shape = Shape::new(0, 1, 2, 2).unwrap();
        let weights = Matrix::from_fn(4, 4, |i, j| match (i / 2 == j / 2, i % 2 == j % 2) {
            (true, _) => BigRational::zero(),
            (false, same) => BigRational::ratio(if same { 1 } else { -1 }, 2),
        });
        let bias = vec![BigRational::zero(); 4];
        let parameters =
            Parameters::new(shape, Convention::Full, Mask::all(shape), weights, Matrix::zeros(0, 4), bias)
                .unwrap();
        let observed = parameters.observe(&[]).unwrap();
        let half = vec![BigRational::ratio(1, 2); 4];
        assert!(adjoint(&observed, &half, 0).unwrap_err().is_singular());
        assert!(sensitivity(&observed, &half, &half).unwrap_err().is_singular());
        assert!(adjoint(&observed, &half, 2).unwrap_err().is_invalid());
    }
}
