//! A network with one observed state. All quantities given `s` are functions of it.

use crate::Error;
use crate::network::{Parameters, Shape};
use crate::number::Scalar;

/// Parameters with a state `s`, and the part `Uᵀs + b` of the net input, which does not depend on
/// the activity of units.
#[derive(Clone, Debug)]
pub struct Observed<'a, T> {
    parameters: &'a Parameters<T>,
    state: Vec<T>,
    drive: Vec<T>,
}

impl<'a, T: Scalar> Observed<'a, T> {
    pub(super) fn new(parameters: &'a Parameters<T>, state: &[T]) -> Result<Self, Error> {
        let shape = parameters.shape();
        if state.len() != shape.states() {
            let message = format!("has {} entries; the shape requires {}", state.len(), shape.states());
            return Err(Error::invalid("state", message));
        }
        for (k, s) in state.iter().enumerate() {
            if !(*s >= T::zero() && *s <= T::one()) {
                return Err(Error::invalid(format!("state[{k}]"), "is outside [0,1]; scale the observation"));
            }
        }
        let mut drive = parameters.bias().to_vec();
        for (k, s) in state.iter().enumerate() {
            for (total, weight) in drive.iter_mut().zip(parameters.state().row(k)) {
                *total += weight.clone() * s.clone();
            }
        }
        Ok(Self { parameters, state: state.to_vec(), drive })
    }

    /// The network.
    pub fn parameters(&self) -> &'a Parameters<T> {
        self.parameters
    }

    /// The network's shape.
    pub fn shape(&self) -> Shape {
        self.parameters.shape()
    }

    /// `s`, `S` long.
    pub fn state(&self) -> &[T] {
        &self.state
    }

    /// `Uᵀs + b`, `N` long.
    pub fn drive(&self) -> &[T] {
        &self.drive
    }

    /// 2κ, the factor of the recurrent term: 2 in full, 1 in half.
    pub fn coupling(&self) -> T {
        self.parameters.convention().coupling()
    }

    /// `z_i(q) = 2κ Σ_j W_ij q_j + Σ_k U_ki s_k + b_i`, for `q` of `N` entries: minus the
    /// contribution of unit `i` to the energy (N3). At the fixed point, its softmax is `q` (N5).
    pub fn net_input_of(&self, i: usize, q: &[T]) -> T {
        let mut recurrent = T::zero();
        for (weight, activity) in self.parameters.recurrent().row(i).iter().zip(q) {
            recurrent += weight.clone() * activity.clone();
        }
        self.coupling() * recurrent + self.drive[i].clone()
    }

    /// `z(q)`, `N` long.
    pub fn net_input(&self, q: &[T]) -> Vec<T> {
        (0..self.shape().units()).map(|i| self.net_input_of(i, q)).collect()
    }
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use crate::number::Scalar;
    use crate::testing::four_networks;

    #[test]
    fn the_net_input_is_the_derivative_of_the_negative_energy() {
        // -E is multilinear in v over different circuits: its derivative with respect to v_i is a
        // difference quotient.
        for recipe in four_networks() {
            let parameters = recipe.parameters::<BigRational>();
            let observed = parameters.observe(&recipe.state(0)).unwrap();
            assert_eq!(observed.state(), recipe.state::<BigRational>(0));
            let q = recipe.probabilities::<BigRational>();
            let z = observed.net_input(&q);
            for i in 0..q.len() {
                let mut moved = q.clone();
                moved[i] += BigRational::one();
                let difference =
                    crate::energy::energy(&observed, &q) - crate::energy::energy(&observed, &moved);
                assert_eq!(difference, z[i]);
            }
        }
    }

    #[test]
    fn a_state_outside_its_range_is_refused() {
        let recipe = four_networks().next().unwrap();
        let parameters = recipe.parameters::<f64>();
        assert!(parameters.observe(&[0.0, 1.0]).is_ok());
        assert_eq!(
            parameters.observe(&[0.0]).unwrap_err().to_string(),
            "state: has 1 entries; the shape requires 2"
        );
        for outside in [-1e-9, 1.0 + 1e-9, f64::NAN] {
            assert_eq!(parameters.observe(&[0.5, outside]).unwrap_err().place(), "state[1]");
        }
    }
}
