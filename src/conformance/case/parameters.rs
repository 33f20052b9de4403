//! Weights, updates and gradients: one number per parameter.

use super::shape::Shape;
use serde::{Deserialize, Serialize};

/// One number per parameter: weights, an update or a gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Recurrent, N×N.
    pub recurrent: Vec<Vec<f64>>,
    /// From state to unit, S×N.
    pub state: Vec<Vec<f64>>,
    /// Bias, N.
    pub bias: Vec<f64>,
}

impl Parameters {
    /// All zero, for a network of the given shape.
    pub fn zero(shape: Shape) -> Self {
        let units = shape.units();
        Self {
            recurrent: vec![vec![0.0; units]; units],
            state: vec![vec![0.0; units]; shape.states],
            bias: vec![0.0; units],
        }
    }

    /// All numbers: recurrent by rows, state by rows, bias.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.recurrent.iter().flatten().chain(self.state.iter().flatten()).chain(&self.bias).copied()
    }

    /// The parameters with `f` applied to every number.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        let rows = |rows: &[Vec<f64>]| rows.iter().map(|row| row.iter().map(|&x| f(x)).collect()).collect();
        Self {
            recurrent: rows(&self.recurrent),
            state: rows(&self.state),
            bias: self.bias.iter().map(|&x| f(x)).collect(),
        }
    }

    /// The parameters with `f` applied to every number and that of `other` at the same place.
    #[must_use]
    pub fn with(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let row = |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(&x, &y)| f(x, y)).collect() };
        let rows = |x: &[Vec<f64>], y: &[Vec<f64>]| x.iter().zip(y).map(|(x, y)| row(x, y)).collect();
        Self {
            recurrent: rows(&self.recurrent, &other.recurrent),
            state: rows(&self.state, &other.state),
            bias: row(&self.bias, &other.bias),
        }
    }
}
