//! A change of the parameters: an update, or a gradient.

use crate::network::{Observed, Shape};
use crate::number::{Matrix, Scalar};

/// One number per parameter: `recurrent` is `N × N`, `state` is `S × N`, `bias` is `N` long.
///
/// Derivatives with respect to `W` are entry-wise: only `W_ij` changes, in a general matrix. If
/// `W_ij` and `W_ji` change together, the derivative is twice that.
#[derive(Clone, Debug, PartialEq)]
pub struct Update<T> {
    /// Change of `W`; masked entries are zero.
    pub recurrent: Matrix<T>,
    /// Change of `U`; masked entries are zero.
    pub state: Matrix<T>,
    /// Change of `b`.
    pub bias: Vec<T>,
}

impl<T: Scalar> Update<T> {
    /// An update of zeros.
    pub fn zeros(shape: Shape) -> Self {
        let n = shape.units();
        Self {
            recurrent: Matrix::zeros(n, n),
            state: Matrix::zeros(shape.states(), n),
            bias: vec![T::zero(); n],
        }
    }

    /// The masked change with `κ·pair(i, j)` for `W_ij`, `s_k·unit_i` for `U_ki` and `unit_i`
    /// for `b_i`.
    ///
    /// Every gradient of this model has this form, because `-E` is `κ Σ W_ij v_i v_j + Σ U_ki s_k
    /// v_i + Σ b_i v_i`.
    pub fn from_statistics(observed: &Observed<'_, T>, pair: impl Fn(usize, usize) -> T, unit: &[T]) -> Self {
        let parameters = observed.parameters();
        let (n, mask) = (parameters.shape().units(), parameters.mask());
        let kappa: T = parameters.convention().kappa();
        let masked = |exists: bool, value: &dyn Fn() -> T| if exists { value() } else { T::zero() };
        Self {
            recurrent: Matrix::from_fn(n, n, |i, j| {
                masked(mask.recurrent(i, j), &|| kappa.clone() * pair(i, j))
            }),
            state: Matrix::from_fn(observed.state().len(), n, |k, i| {
                masked(mask.state(k, i), &|| observed.state()[k].clone() * unit[i].clone())
            }),
            bias: unit.to_vec(),
        }
    }

    /// The gradient of `Σ_i μ_i z_i(q)` with constant `q`: `κ(q_j μ_i + q_i μ_j)`, `s_k μ_i`,
    /// `μ_i`, masked.
    ///
    /// This is presynaptic activity times a postsynaptic signal, in both directions of a symmetric
    /// synapse: the form of every local rule.
    pub fn from_net_input(observed: &Observed<'_, T>, q: &[T], mu: &[T]) -> Self {
        let pair = |i: usize, j: usize| q[j].clone() * mu[i].clone() + q[i].clone() * mu[j].clone();
        Self::from_statistics(observed, pair, mu)
    }

    /// All numbers in one sequence: recurrent, state, bias.
    pub fn entries(&self) -> impl Iterator<Item = &T> {
        self.recurrent.entries().iter().chain(self.state.entries()).chain(&self.bias)
    }

    /// Adds `factor · other`.
    pub fn add_scaled(&mut self, factor: &T, other: &Self) {
        let mine =
            self.recurrent.entries_mut().iter_mut().chain(self.state.entries_mut()).chain(&mut self.bias);
        for (total, term) in mine.zip(other.entries()) {
            *total += factor.clone() * term.clone();
        }
    }

    /// The update with every number multiplied by `factor`.
    pub fn scaled(mut self, factor: &T) -> Self {
        let entries =
            self.recurrent.entries_mut().iter_mut().chain(self.state.entries_mut()).chain(&mut self.bias);
        for entry in entries {
            *entry = factor.clone() * entry.clone();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::networks;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn statistics_become_entries_where_there_are_weights(recipe in networks(16)) {
            let parameters = recipe.parameters::<BigRational>();
            let state = recipe.state::<BigRational>(0);
            let observed = parameters.observe(&state).unwrap();
            let n = recipe.shape.units();
            let (q, mu): (Vec<BigRational>, Vec<BigRational>) =
                ((0..n).map(|i| recipe.number(i)).collect(), (0..n).map(|i| recipe.number(i + 40)).collect());
            let update = Update::from_net_input(&observed, &q, &mu);
            let kappa: BigRational = recipe.convention.kappa();
            for i in 0..n {
                for j in 0..n {
                    let expected = &kappa * (&q[j] * &mu[i] + &q[i] * &mu[j]);
                    let exists = recipe.mask().recurrent(i, j);
                    prop_assert_eq!(&update.recurrent[(i, j)], &if exists { expected } else { Scalar::zero() });
                }
                for (k, s) in state.iter().enumerate() {
                    let exists = recipe.mask().state(k, i);
                    let expected = if exists { s * &mu[i] } else { Scalar::zero() };
                    prop_assert_eq!(&update.state[(k, i)], &expected);
                }
            }
            prop_assert_eq!(&update.bias, &mu);
            // 3u - 2u = u, and u + 0 = u.
            let mut sum = Update::zeros(recipe.shape);
            sum.add_scaled(&BigRational::ratio(3, 1), &update);
            sum.add_scaled(&BigRational::ratio(2, 1), &update.clone().scaled(&BigRational::ratio(-1, 1)));
            prop_assert_eq!(sum, update);
        }
    }
}
