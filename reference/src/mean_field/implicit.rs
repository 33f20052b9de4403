//! The gradient of `ln q*_a` through the fixed point, by the implicit function theorem.
//!
//! Forward (M5), one solve a parameter: `(I - J c W) dq = J dz`. Adjoint (M6), one solve an action: as `J` and `W` are symmetric,
//! `e_aᵀ/q_a (I - JcW)⁻¹ J = μᵀ` with `(I - J c W) μ = J e_a / q_a`, and `J e_a / q_a = e_a - q` on the action circuit, so that no
//! `q_a`, however small, is divided by. Then `d ln q*_a = μᵀ dz`.

use super::fixed_point::linearisation;
use crate::Error;
use crate::configuration::action_unit;
use crate::network::{Observed, Update};
use crate::number::{Matrix, Scalar};
use crate::softmax::jacobian_times;

/// `dq` for a change `dz` of the net input at held `q` (`N` long), at the fixed point `q` (M5).
///
/// # Errors
/// The fixed point is degenerate: `I - J c W` is singular ([`Error::is_singular`]).
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
    let solution = T::solve(&linearisation(observed, q), &right).ok_or_else(|| {
        Error::singular("q", "the fixed point is degenerate and has no gradient; change a weight")
    })?;
    Ok(solution.entries().to_vec())
}
