//! Conversion of a network to the types of the reference.

use super::{Convention, Parameters};
use crate::Error;
use svpg_reference::network as plain;
use svpg_reference::number::Matrix;

impl From<Convention> for plain::Convention {
    fn from(convention: Convention) -> Self {
        match convention {
            Convention::Full => Self::Full,
            Convention::Half => Self::Half,
        }
    }
}

impl Parameters {
    /// The same network in f64, in the types of the reference. The reference supports one action
    /// circuit.
    ///
    /// # Errors
    /// Bad input: the network has several action circuits, or numbers that are not finite.
    pub fn reference(&self) -> Result<plain::Parameters<f64>, Error> {
        let (units, hidden, circuits) = (self.units(), self.circuits.hidden_units(), &self.circuits);
        if circuits.votes() > 1 {
            let what = "it has several action circuits, and the reference one";
            return Err(Error::bad_input("network", what, "give a run with one action circuit"));
        }
        let refused = |error: svpg_reference::Error| {
            Error::bad_input(error.place(), error.message(), "give a network whose numbers are finite")
        };
        // Without hidden circuits, their size has no meaning; the reference requires at least 1.
        let size = circuits.sizes().first().filter(|_| circuits.hidden() > 0).copied().unwrap_or(1);
        let shape = plain::Shape::new(self.states, circuits.hidden(), size, circuits.actions());
        let exists = |i, j| self.mask.recurrent(circuits.circuit_of(i), circuits.circuit_of(j));
        let sees = |i| if i < hidden { self.mask.state_hidden() } else { self.mask.state_action() };
        let shape = shape.map_err(refused)?;
        let mask = plain::Mask::new(
            shape,
            &Matrix::from_fn(units, units, exists),
            &Matrix::from_fn(self.states, units, |_, i| sees(i)),
        )
        .map_err(refused)?;
        let weight = |row: usize, unit: usize| f64::from(self.weights.row(row)[unit]);
        let recurrent = Matrix::from_fn(units, units, weight);
        let state = Matrix::from_fn(self.states, units, |k, i| weight(self.state_row(k), i));
        let bias = self.bias.row(0).iter().map(|&b| f64::from(b)).collect();
        plain::Parameters::new(shape, self.convention.into(), mask, recurrent, state, bias).map_err(refused)
    }
}
